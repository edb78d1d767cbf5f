import {
	bestCertificate,
	type CertificateReading,
	type CertificateStore,
	canBind,
	certificateInReach,
	explainUnread,
} from "../model/certificate.ts";
import type {
	Binding,
	Change,
	ConfigProperties,
	FormerBinding,
	MergedChanges,
	SiteProperties,
} from "../model/change.ts";
import type { BoundState, Site } from "../model/site.ts";

/** Several rules can ask for one thing: here they become one, and what they do not agree on is left to people. */
export function mergeChanges(
	site: Site,
	changes: readonly Change[],
	certificates: CertificateReading,
	now: Date,
): MergedChanges {
	const properties: SiteProperties = Object.assign(
		{},
		...changes.map((change) => (change.change === "site-properties" ? change.properties : {})),
	);
	const config: ConfigProperties = Object.assign(
		{},
		...changes.map((change) => (change.change === "site-config" ? change.properties : {})),
	);
	const hostNames = changes.filter((change) => change.change === "host-name");
	const namesTo = (action: "add" | "delete") => [
		...new Set(hostNames.filter((change) => change.action === action).map(({ hostName }) => hostName)),
	];
	const deletedHostNames = namesTo("delete").map((hostName) => ({
		hostName,
		before: formerBinding(site, hostName, certificates),
	}));
	const manualSteps = new Set(changes.flatMap((change) => (change.change === "manual-step" ? [change.advice] : [])));

	const bindings: Binding[] = [];
	const requested = changes.filter((change) => change.change === "binding");
	for (const [name, some] of Map.groupBy(requested, ({ hostName }) => hostName.toLowerCase())) {
		if (deletedHostNames.some((deleted) => deleted.hostName.toLowerCase() === name)) continue;
		const binding = mergeBinding(site, some, certificates, now);
		if (typeof binding === "string") manualSteps.add(binding);
		else bindings.push({ ...binding, before: formerBinding(site, binding.hostName, certificates) });
	}
	return {
		properties,
		config,
		addedHostNames: namesTo("add"),
		bindings,
		unbindings: [],
		deletedHostNames,
		tags: site.slot !== null && [...bindings, ...deletedHostNames].length > 0 ? site.tags : null,
		manualSteps: [...manualSteps],
	};
}

/** Several merges of one site as one: nothing twice. Those of one host name must have been merged together before. */
export function uniteChanges(merges: readonly MergedChanges[]): MergedChanges {
	const byName = <T extends { readonly hostName: string }>(some: readonly T[]) => [
		...new Map(some.map((one) => [one.hostName, one])).values(),
	];
	return {
		properties: Object.assign({}, ...merges.map(({ properties }) => properties)),
		config: Object.assign({}, ...merges.map(({ config }) => config)),
		addedHostNames: [...new Set(merges.flatMap(({ addedHostNames }) => addedHostNames))],
		bindings: byName(merges.flatMap(({ bindings }) => bindings)),
		unbindings: byName(merges.flatMap(({ unbindings }) => unbindings)),
		deletedHostNames: byName(merges.flatMap(({ deletedHostNames }) => deletedHostNames)),
		tags: merges.find(({ tags }) => tags !== null)?.tags ?? null,
		manualSteps: [...new Set(merges.flatMap(({ manualSteps }) => manualSteps))],
	};
}

/** Whether the command for a change, or the one that takes it back, waits for the subscription's certificates. */
export function callsForCertificates(site: Site, change: Change): boolean {
	if (change.change === "binding") return true;
	return change.change === "host-name" && change.action === "delete" && boundThumbprint(site, change) !== null;
}

type BindingChange = Extract<Change, { change: "binding" }>;

/** What all that is asked of one host name comes to; a text where that is for people to do. */
function mergeBinding(
	site: Site,
	changes: readonly BindingChange[],
	certificates: CertificateReading,
	now: Date,
): Omit<Binding, "before"> | string {
	const { hostName } = changes[0] as BindingChange;
	const [sslState = keptState(site, hostName), other] = new Set(
		changes.map((change) => change.sslState).filter((state) => state !== "Bound"),
	);
	if (other !== undefined) {
		return noCommand(hostName, `the policies want it bound both as ${sslState} and as ${other}; change one of them`);
	}
	const requested = changes.map(({ certificate }) => certificate);
	const pinned = requested.find((certificate) => typeof certificate === "object");
	if (pinned !== undefined) {
		const { thumbprint } = pinned;
		const isThere = thumbprint === boundThumbprint(site, { hostName });
		if (!certificates.readable) {
			return isThere ? { hostName, sslState, thumbprint } : noCommand(hostName, explainUnread(certificates.reason));
		}
		if (canBind(thumbprint, hostName, site, certificates.certificates, now)) return { hostName, sslState, thumbprint };
		const what = `the certificate ${thumbprint} that the policy asks for is not a valid one for it`;
		return `${noCommand(hostName, `${what} in ${site.location} in ${searchedGroups(site)}`)} ${getOne}`;
	}
	const bound = boundThumbprint(site, { hostName });
	if (bound !== null && !requested.includes("newer")) {
		const isUsable = !certificates.readable || isStillGood(bound, site, certificates.certificates, now);
		if (isUsable) return { hostName, sslState, thumbprint: bound };
	}
	if (!certificates.readable) return noCommand(hostName, explainUnread(certificates.reason));
	const held = certificates.certificates;
	const outlived = requested.includes("newer") ? held.byThumbprint.get(bound ?? "")?.expiresAt : undefined;
	const best = bestCertificate(hostName, site, held, now, outlived);
	if (best !== undefined) return { hostName, sslState, thumbprint: best.thumbprint };
	return `${noCommand(hostName, `there is no valid certificate for it in ${site.location} in ${searchedGroups(site)}`)} ${getOne}`;
}

const getOne =
	"Upload one (az webapp config ssl upload) or have App Service make a free one (az webapp config ssl create), then scan again.";

function noCommand(hostName: string, why: string): string {
	return `No command for ${hostName}: ${why}.`;
}

/** Whether a certificate that is bound can be bound anew. */
function isStillGood(thumbprint: string, site: Site, certificates: CertificateStore, now: Date): boolean {
	const certificate = certificateInReach(thumbprint, site, certificates);
	return certificate !== undefined && certificate.expiresAt > now;
}

/** The resource groups in which `az webapp config ssl bind` looks for a certificate. */
function searchedGroups({ resourceGroup, planResourceGroup }: Site): string {
	return [...new Set([resourceGroup, planResourceGroup ?? resourceGroup])].join(" and ");
}

function boundHostName(site: Site, hostName: string) {
	if (!site.customHostNames.reported) return undefined;
	const found = site.customHostNames.value.find(({ name }) => name.toLowerCase() === hostName.toLowerCase());
	// A thumbprint that stands beside Disabled is of a binding that was taken away.
	return found?.sslState.reported && found.sslState.value !== "Disabled" ? found : undefined;
}

function formerBinding(site: Site, hostName: string, certificates: CertificateReading): FormerBinding | null {
	const found = boundHostName(site, hostName);
	if (found === undefined) return null;
	const { thumbprint } = found;
	const isFound = certificates.readable
		? thumbprint !== null && certificateInReach(thumbprint, site, certificates.certificates) !== undefined
		: null;
	return { sslState: keptState(site, hostName), thumbprint, isFound };
}

function boundThumbprint(site: Site, { hostName }: Pick<BindingChange, "hostName">): string | null {
	return boundHostName(site, hostName)?.thumbprint ?? null;
}

/** The kind of binding that there is, so that nothing but the certificate changes; SNI where there is none. */
function keptState(site: Site, hostName: string): BoundState {
	const state = boundHostName(site, hostName)?.sslState;
	return state?.reported && state.value === "IpBasedEnabled" ? "IpBasedEnabled" : "SniEnabled";
}
