import type { Binding, ConfigProperties, MergedChanges, SiteProperties } from "./change.ts";
import { afterChanges, revertChanges } from "./consequence.ts";
import type { KnownSite } from "./known.ts";
import { invisible } from "./printable.ts";
import { warnOfChanges } from "./warnings.ts";

/** The words of a command line, not yet quoted for any shell. */
export type Command = readonly [program: string, ...words: string[]];

/** What is to be done at a site. */
export interface Steps {
	/** In the order in which to run them. */
	readonly commands: readonly Command[];
	/** What no command does, each with what to do instead, and what to know before a command is run. */
	readonly warnings: readonly string[];
}

export interface Plan {
	/** Closes the drift. */
	readonly remediation: Steps;
	/** Takes exactly that back. */
	readonly rollback: Steps;
}

/** From the changes of a site to the commands that make them, and those that take them back. */
export function planCommands(site: KnownSite, merged: MergedChanges): Plan {
	const { changes, hindrances } = whatCanBeDone(site, merged);
	const after = afterChanges(site, changes);
	const back = revertChanges(site, changes);
	return {
		remediation: {
			commands: writeCommands(site, changes),
			warnings: [...changes.byHand, ...hindrances, ...warnOfChanges(site, after, changes)],
		},
		rollback: {
			commands: writeCommands(site, back),
			warnings: [...back.byHand, ...warnOfChanges(after, site, back)],
		},
	};
}

/** Without what App Service refuses, or azure-cli has no command for. */
function whatCanBeDone(
	site: KnownSite,
	merged: MergedChanges,
): { readonly changes: MergedChanges; readonly hindrances: readonly string[] } {
	const { httpsOnly, ...clientCertProperties } = merged.properties;
	const { addedHostNames, bindings } = merged;
	const needsHigherTier = [Object.keys(clientCertProperties), addedHostNames, bindings].some(
		({ length }) => length > 0,
	);
	if (needsHigherTier && isBelowBasic(site)) {
		const properties = httpsOnly === undefined ? {} : { httpsOnly };
		const hindrance = `The plan's tier is ${site.tier}; client certificates and bindings of custom domains need Basic or higher. Scale the plan up first, then scan again.`;
		return { changes: { ...merged, properties, addedHostNames: [], bindings: [] }, hindrances: [hindrance] };
	}
	// `az webapp config ssl bind` looks for the certificates of the plan, and ends in a traceback where there is none.
	if (site.onContainerApps && bindings.length > 0) {
		const hindrances = bindings.map(
			({ hostName }) =>
				`No command for ${hostName}: azure-cli binds no host name of functions on Container Apps. Bind it in the portal, then scan again.`,
		);
		return { changes: { ...merged, bindings: [] }, hindrances };
	}
	return { changes: merged, hindrances: [] };
}

/**
 * One command for all properties of the site, one for its config, then the host names and bindings one by one, since ARM
 * refuses several at once.
 */
function writeCommands(site: KnownSite, changes: MergedChanges): readonly Command[] {
	const { properties, config, addedHostNames, bindings, unbindings, deletedHostNames } = changes;
	return [
		...(Object.keys(properties).length > 0 ? [updateSite(site, properties)] : []),
		...(Object.keys(config).length > 0 ? [setConfig(site, config)] : []),
		...addedHostNames.map((name) => changeHostName(site, "add", name)),
		...bindings.map((binding) => bindHostName(site, binding)),
		...unbindings.map((binding) => unbindHostName(site, binding)),
		...deletedHostNames.map(({ hostName }) => changeHostName(site, "delete", hostName)),
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
		// azure-cli would take what stands behind the first `=@` for the name of a file to read.
		const body = JSON.stringify({ properties }).replaceAll("@", "\\u0040");
		return ["az", "rest", "--method", "patch", "--url", url, "--body", body];
	}
	const { clientCertExclusionPaths: paths, ...words } = properties;
	const pairs = [
		...Object.entries(words).map(([name, value]) => `${name}=${value}`),
		...(paths === undefined ? [] : [`clientCertExclusionPaths=${settable(paths)}`]),
	];
	return ["az", verb, "update", ...siteOptions(site), "--set", ...pairs];
}

/**
 * A text as `--set` takes it for that text. It reads a value as JSON, else as a Python literal, else as it stands: what starts
 * with `/` stands as it is; anything else could be a number, a list, or `@` and the name of a file.
 * Source: azure-cli 2.91.0, set_properties in azure/cli/core/commands/arm.py, and _expand_file_prefixed_files.
 */
function settable(text: string): string {
	if (text === "" || text.startsWith("/")) return text;
	return `'${text.replace(/['\\]/g, "\\$&").replace(invisible, escapeForPython)}'`;
}

function escapeForPython(character: string): string {
	return `\\U${(character.codePointAt(0) as number).toString(16).padStart(8, "0")}`;
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

function unbindHostName(site: KnownSite, { hostName, thumbprint }: Pick<Binding, "hostName" | "thumbprint">): Command {
	return [
		...(["az", "webapp", "config", "ssl", "unbind"] as const),
		...siteOptions(site),
		...option("--hostname", hostName),
		...option("--certificate-thumbprint", thumbprint),
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
