import type { Binding, MergedChanges } from "./change.ts";
import { coveringIn, listSomePaths } from "./exclusion-paths.ts";
import type { KnownSite } from "./known.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "./renegotiation.ts";
import type { Reported } from "./site.ts";

/** What to know before a site is changed: whom it can cut off, and what else has to be done. */
export function warnOfChanges(before: KnownSite, after: KnownSite, changes: MergedChanges): readonly string[] {
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
	return [
		...(before.hasSlots
			? [`This changes production: ${before.name} has deployment slots beside it, each with commands of its own.`]
			: []),
		...warnOfRequirement(before, after),
		...warnOfProtocols(before, after),
		...warnOfRenegotiation(before, after),
		...bindings.flatMap(warnOfBinding),
		...unbindings.map(({ hostName }) => `Once ${hostName} is unbound, its callers get a certificate error.`),
		...(before.slot !== null && bindings.length + unbindings.length > 0
			? [
					`azure-cli gives the slot ${before.slot} the tags of production when it changes a binding: note the slot's own tags first.`,
				]
			: []),
		...addedHostNames.map((name) => `Before ${name} can be added, its DNS zone needs ${records}.`),
		...deletedHostNames.map(
			({ hostName }) => `Once ${hostName} is deleted, whoever still calls that name does not reach the site.`,
		),
	];
}

/** https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-custom-domain */
const records = "a CNAME or A record that leads to the site, and a TXT record asuid with its verification ID";

/** Who has to have a certificate from now on. */
function warnOfRequirement(before: KnownSite, after: KnownSite): string[] {
	if (!is(after.clientCertMode, "Required")) return [];
	if (!is(before.clientCertMode, "Required")) {
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

function removedPaths({ clientCertExclusionPaths: before }: KnownSite, { clientCertExclusionPaths: after }: KnownSite) {
	if (!before.reported || !after.reported) return [];
	const coveringOf = coveringIn(after.value);
	return before.value.filter((path) => coveringOf(path).length === 0);
}

/** Who cannot connect any more. */
function warnOfProtocols(before: KnownSite, after: KnownSite): string[] {
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
function warnOfRenegotiation(before: KnownSite, after: KnownSite): string[] {
	const isTorn = (site: KnownSite) =>
		whatNeedsRenegotiation(site).needs.length > 0 && whatRulesRenegotiationOut(site).named !== "";
	if (isTorn(before) || !isTorn(after)) return [];
	const need = whatNeedsRenegotiation(after).needs.join(" and ");
	const { named } = whatRulesRenegotiationOut(after);
	return [
		`Once this is done, client certificates are asked for by TLS renegotiation because of ${need}, which ${named} rules out: turn that off first, or do without ${need}.`,
	];
}

/** Who no longer gets the certificate that was bound. https://learn.microsoft.com/azure/app-service/configure-ssl-bindings */
function warnOfBinding({ hostName, sslState, thumbprint, before }: Binding): string[] {
	if (before === null) return [];
	const isByIp = [sslState, before.sslState].includes("IpBasedEnabled");
	const was = before.thumbprint === null ? before.sslState : `${before.sslState}:${before.thumbprint}`;
	return [
		[
			`The binding of ${hostName} is replaced (${was} becomes ${sslState}:${thumbprint}).`,
			...(before.thumbprint === thumbprint ? [] : ["Callers that pin the old certificate cannot connect."]),
			...(before.sslState === "IpBasedEnabled" && sslState === "SniEnabled"
				? ["Callers that do not name the host in the handshake (SNI) get another certificate."]
				: []),
			...(isByIp && before.sslState !== sslState
				? ["The site's inbound address can change: look at the host name's A record."]
				: []),
		].join(" "),
	];
}

function is<T>(setting: Reported<T>, value: T): boolean {
	return setting.reported && setting.value === value;
}
