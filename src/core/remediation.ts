import type { Binding, ConfigProperties, MergedChanges, SiteProperties } from "./change.ts";
import { parseExclusionPaths } from "./exclusion-paths.ts";
import type { KnownSite } from "./known.ts";
import { type TlsSettings, whatNeedsRenegotiation, whatRulesRenegotiationOut } from "./renegotiation.ts";
import type { Reported } from "./site.ts";

/** The words of a command line, not yet quoted for any shell. */
export type Command = readonly [program: string, ...words: string[]];

export interface Remediation {
	/** In the order in which to run them. */
	readonly commands: readonly Command[];
	/** What no command mends, each with what to do instead, and what to know before a command is run. */
	readonly warnings: readonly string[];
}

/**
 * From changes to commands: one for all properties of the site, one for its config, then the host names and bindings one by
 * one, since ARM refuses several at once.
 */
export function planRemediation(site: KnownSite, merged: MergedChanges): Remediation {
	const { config, deletedHostNames } = merged;
	let { properties, addedHostNames, bindings } = merged;
	const warnings = [...merged.byHand];

	const { httpsOnly, ...clientCertProperties } = properties;
	const needsHigherTier = [Object.keys(clientCertProperties), addedHostNames, bindings].some(
		({ length }) => length > 0,
	);
	if (needsHigherTier && isBelowBasic(site)) {
		warnings.push(
			`The plan's tier is ${site.tier}; client certificates and bindings of custom domains need Basic or higher. Scale the plan up first, then scan again.`,
		);
		properties = httpsOnly === undefined ? {} : { httpsOnly };
		[addedHostNames, bindings] = [[], []];
	}
	warnings.push(...warnOfRenegotiation(site, properties, config));
	// https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-custom-domain
	const records = "a CNAME or A record that leads to the site, and a TXT record asuid with its verification ID";
	for (const name of addedHostNames) {
		warnings.push(`Before ${name} can be added, its DNS zone needs ${records}.`);
	}
	for (const name of deletedHostNames) {
		warnings.push(`Once ${name} is deleted, whoever still calls that name does not reach the site.`);
	}
	return {
		commands: [
			...(Object.keys(properties).length > 0 ? [updateSite(site, properties)] : []),
			...(Object.keys(config).length > 0 ? [setConfig(site, config)] : []),
			...addedHostNames.map((name) => changeHostName(site, "add", name)),
			...bindings.map((binding) => bindHostName(site, binding)),
			...deletedHostNames.map((name) => changeHostName(site, "delete", name)),
		],
		warnings,
	};
}

/** That certificates can no longer be asked for must not come as a surprise, to callers least of all. */
function warnOfRenegotiation(site: KnownSite, properties: SiteProperties, config: ConfigProperties): string[] {
	const { clientCertEnabled, clientCertMode, clientCertExclusionPaths } = properties;
	const set = <T>(value: T | undefined, before: Reported<T>): Reported<T> =>
		value === undefined ? before : { reported: true, value };
	const after: TlsSettings = {
		clientCertMode: set(clientCertEnabled === false ? "Ignore" : clientCertMode, site.clientCertMode),
		clientCertExclusionPaths: set(
			clientCertExclusionPaths === undefined ? undefined : parseExclusionPaths(clientCertExclusionPaths),
			site.clientCertExclusionPaths,
		),
		http20Enabled: set(config.http20Enabled, site.http20Enabled),
		minTlsVersion: set(config.minTlsVersion, site.minTlsVersion),
	};
	const isTorn = (settings: TlsSettings) =>
		whatNeedsRenegotiation(settings).needs.length > 0 && whatRulesRenegotiationOut(settings).named !== "";
	if (isTorn(site) || !isTorn(after)) return [];
	const need = whatNeedsRenegotiation(after).needs.join(" and ");
	const { named } = whatRulesRenegotiationOut(after);
	return [
		`Once this is done, client certificates are asked for by TLS renegotiation because of ${need}, which ${named} rules out: turn that off first, or do without ${need}.`,
	];
}

/** https://learn.microsoft.com/azure/app-service/overview-hosting-plans */
function isBelowBasic(site: KnownSite): boolean {
	return site.tier !== null && ["free", "shared"].includes(site.tier.toLowerCase());
}

function updateSite(site: KnownSite, properties: SiteProperties): Command {
	const verb = updateVerb(site);
	if (verb === null) {
		const path = site.id.toWellFormed().split("/").map(encodeURIComponent).join("/");
		const url = `${path}?api-version=2025-05-01`;
		return ["az", "rest", "--method", "patch", "--url", url, "--body", JSON.stringify({ properties })];
	}
	const pairs = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
	return ["az", verb, "update", ...siteOptions(site), "--set", ...pairs];
}

/**
 * Which of azure-cli's groups updates the site. Its test is the case-sensitive `'function' in kind`, and it crashes on a
 * kind of null; where no verb serves, ARM is asked itself (null).
 * Source: azure-cli 2.91.0, command_modules/appservice/custom.py, update_webapp and get_functionapp.
 */
function updateVerb(site: KnownSite): "webapp" | "functionapp" | "logicapp" | null {
	if (site.armKind === null || site.onContainerApps) return null;
	if (site.kind === "logicapp") return "logicapp";
	return site.armKind.includes("function") ? "functionapp" : "webapp";
}

/** One command of azure-cli sets the config of every kind of site. */
function setConfig(site: KnownSite, { minTlsVersion, http20Enabled }: ConfigProperties): Command {
	return [
		...(["az", "webapp", "config", "set"] as const),
		...siteOptions(site),
		...(minTlsVersion === undefined ? [] : ["--min-tls-version", minTlsVersion]),
		...(http20Enabled === undefined ? [] : ["--http20-enabled", String(http20Enabled)]),
	];
}

function changeHostName(site: KnownSite, action: "add" | "delete", hostName: string): Command {
	return [
		...(["az", "webapp", "config", "hostname", action] as const),
		...siteOptions(site, "--webapp-name"),
		...option("--hostname", hostName),
	];
}

function bindHostName(site: KnownSite, { hostName, sslState, thumbprint }: Binding): Command {
	return [
		...(["az", "webapp", "config", "ssl", "bind"] as const),
		...siteOptions(site),
		...option("--hostname", hostName),
		...option("--certificate-thumbprint", thumbprint),
		...option("--ssl-type", sslState === "IpBasedEnabled" ? "IP" : "SNI"),
	];
}

/** Never `--ids`: with the ID of a slot, `az webapp update --ids` changes production. */
function siteOptions(site: KnownSite, nameOption = "--name"): string[] {
	return [
		...option("--subscription", site.subscriptionId),
		...option("--resource-group", site.resourceGroup),
		...option(nameOption, site.name),
		...(site.slot === null ? [] : option("--slot", site.slot)),
	];
}

/** A value that starts with a dash, as the name of a resource group may, would be taken for an option of its own. */
function option(name: string, value: string): string[] {
	return value.startsWith("-") ? [`${name}=${value}`] : [name, value];
}
