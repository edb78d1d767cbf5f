import type { Binding, MergedChanges } from "../model/change.ts";
import { coveringIn, listSomePaths } from "../model/exclusion-paths.ts";
import type { StoredSite } from "../model/finding.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "../model/renegotiation.ts";
import type { Reported } from "../model/site.ts";

/** What to know before a site is changed: whom it can cut off, and what else has to be done. */
export function warnOfChanges(before: StoredSite, after: StoredSite, changes: MergedChanges): readonly string[] {
	const { properties, config, addedHostNames, bindings, unbindings, deletedHostNames } = changes;
	const areNone = [
		Object.keys(properties),
		Object.keys(config),
		addedHostNames,
		bindings,
		unbindings,
		deletedHostNames,
	].every(({ length }) => length === 0);
	if (areNone) return [];
	const unboundSoFar = bindings.filter((binding) => binding.before === null).map(({ hostName }) => hostName);
	const deleted = deletedHostNames.map(({ hostName }) => hostName);
	const notBound = addedHostNames.filter((name) => !unboundSoFar.includes(name));
	return [
		...(before.hasSlots
			? [`This changes production: ${before.name} has deployment slots beside it, which stay as they are.`]
			: []),
		...warnOfRequirement(before, after),
		...warnOfProtocols(before, after),
		...(is(after.httpsOnly, true) && !is(before.httpsOnly, true) && unboundSoFar.length > 0
			? [`Whoever calls ${listSome(unboundSoFar)} over http gets a certificate error until the binding is made.`]
			: []),
		...warnOfRenegotiation(before, after),
		...warnOfBindings(bindings),
		...(unbindings.length > 0
			? [`Once ${listSome(unbindings.map(({ hostName }) => hostName))} is unbound, callers get a certificate error.`]
			: []),
		...warnOfAddress(changes),
		...(addedHostNames.length > 0
			? [`Before ${listSome(addedHostNames)} can be added, its DNS zone needs ${records}.`]
			: []),
		...(deleted.length > 0
			? [`Once ${listSome(deleted)} is deleted, whoever still calls that name does not reach the site.`]
			: []),
		...(deleted.length > 0 && notBound.length > 0
			? [
					`${listSome(notBound)} is not bound yet: delete ${listSome(deleted)} only once that works, if it is to take its place.`,
				]
			: []),
	];
}

/** The first few: the commands name them all. */
export function listSome(names: readonly string[]): string {
	const shown = names.length <= 3 ? names : [...names.slice(0, 2), `${names.length - 2} more host names`];
	return new Intl.ListFormat("en-GB").format(shown);
}

/** https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-custom-domain */
const records = "a CNAME or A record that leads to the site, and a TXT record asuid with its verification ID";

/** Who has to have a certificate from now on, or can no longer show one. */
function warnOfRequirement(before: StoredSite, after: StoredSite): string[] {
	if (is(after.clientCertMode, "Ignore") && !is(before.clientCertMode, "Ignore")) {
		return [
			"Once client certificates are ignored, none reaches the app: an app that checks them refuses every caller.",
		];
	}
	if (after.clientCertMode.reported && after.clientCertMode.value !== "Required") return [];
	if (is(after.clientCertMode, "Required") && !is(before.clientCertMode, "Required")) {
		const { clientCertExclusionPaths: paths } = after;
		const but = paths.reported && paths.value.length > 0 ? ` (but for ${listSomePaths(paths.value, "and")})` : "";
		return [
			`Once certificates are Required, callers without one get 403${but}: see to it that all of them send one first.`,
		];
	}
	const removed = removedPaths(before, after);
	if (removed.length === 0) return [];
	const which = removed.length === 1 ? "that path is no longer excluded" : "these paths are no longer excluded";
	return [`Callers of ${listSomePaths(removed, "and")} without a client certificate get 403 once ${which}.`];
}

function removedPaths(
	{ clientCertExclusionPaths: before }: StoredSite,
	{ clientCertExclusionPaths: after }: StoredSite,
) {
	if (!before.reported || !after.reported) return [];
	const coveringOf = coveringIn(after.value);
	return before.value.filter((path) => coveringOf(path).length === 0);
}

/** Who cannot connect any more. */
function warnOfProtocols(before: StoredSite, after: StoredSite): string[] {
	const warnings: string[] = [];
	if (is(after.httpsOnly, true) && !is(before.httpsOnly, true)) {
		warnings.push(
			"Once httpsOnly is on, http is redirected to https: what is sent by POST or PUT over http is lost in the redirect, so callers must use https first.",
		);
	}
	const [old, least] = [before.minTlsVersion, after.minTlsVersion];
	// The versions are texts of one form: their order is the alphabet's.
	if (least.reported && !(old.reported && old.value >= least.value)) {
		warnings.push(`Once TLS ${least.value} is the minimum, callers that speak nothing so new cannot connect.`);
	}
	if (is(after.http20Enabled, false) && !is(before.http20Enabled, false)) {
		warnings.push(
			"Once HTTP/2 is off, callers go on by HTTP/1.1; those that speak nothing but HTTP/2, such as gRPC, cannot connect.",
		);
	}
	return warnings;
}

/** That certificates can no longer be asked for must not come as a surprise, to callers least of all. */
function warnOfRenegotiation(before: StoredSite, after: StoredSite): string[] {
	const isIncompatible = (site: StoredSite) =>
		whatNeedsRenegotiation(site).needs.length > 0 && whatRulesRenegotiationOut(site).named !== "";
	if (isIncompatible(before) || !isIncompatible(after)) return [];
	const need = whatNeedsRenegotiation(after).needs.join(" and ");
	const { named } = whatRulesRenegotiationOut(after);
	return [
		`Once this is done, client certificates are asked for by TLS renegotiation because of ${need}, which ${named} rules out: turn that off first, or do without ${need}.`,
	];
}

/** Who no longer gets the certificate that was bound, in as many sentences as there are ways. */
function warnOfBindings(bindings: readonly Binding[]): string[] {
	const replaced = bindings.flatMap(({ hostName, sslState, thumbprint, before }) => {
		if (before === null) return [];
		const was = before.thumbprint === null ? before.sslState : `${before.sslState}:${before.thumbprint}`;
		const tail = [
			` is replaced (${was} becomes ${sslState}:${thumbprint}).`,
			...(before.thumbprint === thumbprint ? [] : ["Callers that pin the old certificate cannot connect."]),
			...(before.sslState === "IpBasedEnabled" && sslState === "SniEnabled"
				? ["Callers that do not name the host in the handshake (SNI) get another certificate."]
				: []),
		].join(" ");
		return [{ hostName, tail }];
	});
	return [...Map.groupBy(replaced, ({ tail }) => tail)].map(
		([tail, some]) => `The binding of ${listSome(some.map(({ hostName }) => hostName))}${tail}`,
	);
}

/** An IP-based binding has an address of its own. https://learn.microsoft.com/azure/app-service/configure-ssl-bindings */
function warnOfAddress({ bindings, unbindings, deletedHostNames }: MergedChanges): string[] {
	const isByIp = (state: string | undefined) => state === "IpBasedEnabled";
	const names = [
		...bindings.filter(({ sslState, before }) => isByIp(sslState) !== isByIp(before?.sslState)),
		...unbindings.filter(({ sslState }) => isByIp(sslState)),
		...deletedHostNames.filter(({ before }) => isByIp(before?.sslState)),
	].map(({ hostName }) => hostName);
	if (names.length === 0) return [];
	return [
		`With the IP-based binding of ${listSome(names)} the site's inbound address can change: look at the A records.`,
	];
}

function is<T>(setting: Reported<T>, value: T): boolean {
	return setting.reported && setting.value === value;
}
