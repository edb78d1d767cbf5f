import { type Certificate, certificateFor } from "./certificate.ts";
import type { ClientCertMode, Site, SslState, TlsVersion } from "./site.ts";

/** Properties of a site as ARM names them. */
interface SiteProperties {
	readonly httpsOnly?: boolean;
	readonly clientCertEnabled?: boolean;
	readonly clientCertMode?: Exclude<ClientCertMode, "Ignore">;
	/** Joined by `;`; the empty text for none. */
	readonly clientCertExclusionPaths?: string;
}

/** Properties of a site's `config/web` as ARM names them. */
interface ConfigProperties {
	readonly minTlsVersion?: TlsVersion;
	readonly http20Enabled?: boolean;
}

/** One step that brings a setting to its desired value. */
export type Change =
	| { readonly change: "site-properties"; readonly properties: SiteProperties }
	| { readonly change: "site-config"; readonly properties: ConfigProperties }
	| {
			readonly change: "binding";
			readonly hostName: string;
			readonly sslState: Exclude<SslState, "Disabled">;
			/** The certificate that is bound already; null where one has to be found. */
			readonly thumbprint: string | null;
	  }
	/** What people have to decide, since no command can. */
	| { readonly change: "by-hand"; readonly advice: string };

/** The words of a command line, not yet quoted for any shell. */
export type Command = readonly [program: string, ...words: string[]];

export interface Remediation {
	/** In the order in which to run them. */
	readonly commands: readonly Command[];
	/** What no command mends, each with what to do instead. */
	readonly warnings: readonly string[];
}

/** The certificates of a subscription, or why they could not be read. */
export type CertificateReading =
	| { readonly readable: true; readonly certificates: readonly Certificate[] }
	| { readonly readable: false; readonly reason: string };

/** From changes to commands: one command for all properties of the site, one for its config, then one for each binding, since ARM refuses several at once. */
export function planRemediation(
	site: Site,
	changes: readonly Change[],
	certificates: CertificateReading,
	now: Date,
): Remediation {
	const commands: Command[] = [];
	const warnings = changes.flatMap((change) => (change.change === "by-hand" ? [change.advice] : []));
	const properties: SiteProperties = Object.assign(
		{},
		...changes.map((change) => (change.change === "site-properties" ? change.properties : {})),
	);
	const config: ConfigProperties = Object.assign(
		{},
		...changes.map((change) => (change.change === "site-config" ? change.properties : {})),
	);
	const bindings = changes.filter((change) => change.change === "binding");

	const { httpsOnly, ...clientCertProperties } = properties;
	const needsHigherTier = Object.keys(clientCertProperties).length > 0 || bindings.length > 0;
	if (needsHigherTier && isBelowBasic(site)) {
		warnings.push(
			`The plan's tier is ${site.tier}; client certificates and bindings of custom domains need Basic or higher. Scale the plan up first, then scan again.`,
		);
		if (httpsOnly !== undefined) commands.push(updateSite(site, { httpsOnly }));
		if (Object.keys(config).length > 0) commands.push(setConfig(site, config));
		return { commands, warnings };
	}

	if (Object.keys(properties).length > 0) commands.push(updateSite(site, properties));
	if (Object.keys(config).length > 0) commands.push(setConfig(site, config));
	for (const { hostName, sslState, thumbprint } of bindings) {
		const found = thumbprint ?? findThumbprint(hostName, site, certificates, now);
		if (found !== undefined) commands.push(bindHostName(site, hostName, sslState, found));
		else warnings.push(explainMissingCertificate(hostName, site, certificates));
	}
	return { commands, warnings };
}

/** https://learn.microsoft.com/azure/app-service/overview-hosting-plans */
function isBelowBasic(site: Site): boolean {
	return site.tier !== null && ["free", "shared"].includes(site.tier.toLowerCase());
}

function updateSite(site: Site, properties: SiteProperties): Command {
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
function updateVerb(site: Site): "webapp" | "functionapp" | "logicapp" | null {
	if (site.armKind === null || site.onContainerApps) return null;
	if (site.kind === "logicapp") return "logicapp";
	return site.armKind.includes("function") ? "functionapp" : "webapp";
}

/** One command of azure-cli sets the config of every kind of site. */
function setConfig(site: Site, { minTlsVersion, http20Enabled }: ConfigProperties): Command {
	return [
		...(["az", "webapp", "config", "set"] as const),
		...siteOptions(site),
		...(minTlsVersion === undefined ? [] : ["--min-tls-version", minTlsVersion]),
		...(http20Enabled === undefined ? [] : ["--http20-enabled", String(http20Enabled)]),
	];
}

function bindHostName(site: Site, hostName: string, sslState: SslState, thumbprint: string): Command {
	const sslType = sslState === "IpBasedEnabled" ? "IP" : "SNI";
	return [
		...(["az", "webapp", "config", "ssl", "bind"] as const),
		...siteOptions(site),
		...option("--hostname", hostName),
		...option("--certificate-thumbprint", thumbprint),
		...option("--ssl-type", sslType),
	];
}

/** Never `--ids`: with the ID of a slot, `az webapp update --ids` changes production. */
function siteOptions(site: Site): string[] {
	return [
		...option("--subscription", site.subscriptionId),
		...option("--resource-group", site.resourceGroup),
		...option("--name", site.name),
		...(site.slot === null ? [] : option("--slot", site.slot)),
	];
}

/** A value that starts with a dash, as the name of a resource group may, would be taken for an option of its own. */
function option(name: string, value: string): string[] {
	return value.startsWith("-") ? [`${name}=${value}`] : [name, value];
}

function findThumbprint(hostName: string, site: Site, reading: CertificateReading, now: Date): string | undefined {
	return reading.readable ? certificateFor(hostName, site, reading.certificates, now)?.thumbprint : undefined;
}

function explainMissingCertificate(hostName: string, site: Site, reading: CertificateReading): string {
	if (!reading.readable) {
		return `No command for ${hostName}: the subscription's certificates could not be read (${reading.reason}).`;
	}
	const groups = [...new Set([site.resourceGroup, site.planResourceGroup ?? site.resourceGroup])].join(" and ");
	return (
		`No command for ${hostName}: there is no valid certificate for it in ${site.location} in ${groups}. ` +
		"Upload one (az webapp config ssl upload) or have App Service make a free one (az webapp config ssl create), then scan again."
	);
}
