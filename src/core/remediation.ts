import type { Binding, ConfigProperties, MergedChanges, SiteProperties } from "./change.ts";
import { afterChanges, revertChanges, takeSettings } from "./consequence.ts";
import type { KnownSite } from "./known.ts";
import { invisible } from "./printable.ts";
import { listSome, warnOfChanges } from "./warnings.ts";

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

/**
 * From the changes of a site to the commands that make them, and those that take them back. Where they are a part of what is asked
 * for at once, they are warned of as if the rest was done.
 */
export function planCommands(site: KnownSite, merged: MergedChanges, whole = merged): Plan {
	const { changes, hindrances } = whatCanBeDone(site, merged);
	const after = afterChanges(site, whatCanBeDone(site, whole).changes);
	const before = takeSettings(after, site, changes);
	const back = whatCanBeDone(site, revertChanges(site, changes));
	const lost = [...back.changes.byHand, ...back.hindrances];
	return {
		remediation: {
			commands: writeCommands(site, changes),
			// What cannot be taken back is to be known before.
			warnings: [...changes.byHand, ...hindrances, ...warnOfChanges(before, after, changes), ...lost],
		},
		rollback: {
			commands: writeCommands(site, back.changes),
			warnings: [...lost, ...warnOfChanges(after, before, back.changes)],
		},
	};
}

/** Without what App Service refuses, or azure-cli has no command for. */
export function whatCanBeDone(
	site: Pick<KnownSite, "tier" | "onContainerApps">,
	merged: MergedChanges,
): { readonly changes: MergedChanges; readonly hindrances: readonly string[] } {
	const { httpsOnly, ...clientCertProperties } = merged.properties;
	const { addedHostNames, bindings, unbindings } = merged;
	// To turn client certificates off needs no tier.
	const { clientCertEnabled, clientCertExclusionPaths } = clientCertProperties;
	const asksForTier = clientCertEnabled === true || (clientCertExclusionPaths ?? "") !== "";
	if (isBelowBasic(site) && (asksForTier || addedHostNames.length + bindings.length > 0)) {
		const kept = asksForTier ? {} : clientCertProperties;
		const properties = httpsOnly === undefined ? kept : { httpsOnly, ...kept };
		const hindrance = `The plan's tier is ${site.tier}; client certificates and bindings of custom domains need Basic or higher. Scale the plan up first, then scan again.`;
		return { changes: { ...merged, properties, addedHostNames: [], bindings: [] }, hindrances: [hindrance] };
	}
	const why = whyNoBinding(site);
	if (why !== undefined && bindings.length + unbindings.length > 0) {
		const names = [...bindings, ...unbindings].map(({ hostName }) => hostName);
		const hindrance = `No command for ${listSome(names)}: ${why}. Change the binding in the portal, then scan again.`;
		return { changes: { ...merged, bindings: [], unbindings: [] }, hindrances: [hindrance] };
	}
	return { changes: merged, hindrances: [] };
}

/**
 * Where `az webapp config ssl bind` cannot do it.
 * Source: azure-cli 2.91.0, _update_ssl_binding in command_modules/appservice/custom.py.
 */
function whyNoBinding({ onContainerApps, tier }: Pick<KnownSite, "tier" | "onContainerApps">): string | undefined {
	if (onContainerApps) {
		return "azure-cli binds no host name of functions on Container Apps, which have no App Service plan";
	}
	if (tier?.toLowerCase() === "flexconsumption") {
		return "for a Flex Consumption app azure-cli takes only certificates of the app itself, which mtls-drift does not read";
	}
	return undefined;
}

/**
 * One command for all properties of the site, one for its config, then the host names and bindings one by one, since ARM
 * refuses several at once.
 */
function writeCommands(site: KnownSite, changes: MergedChanges): readonly Command[] {
	const { properties, config, addedHostNames, bindings, unbindings, deletedHostNames, tags } = changes;
	const losesTags = bindings.length + unbindings.length > 0;
	return [
		...(Object.keys(properties).length > 0 ? [updateSite(site, properties)] : []),
		...(Object.keys(config).length > 0 ? [setConfig(site, config)] : []),
		...addedHostNames.map((name) => changeHostName(site, "add", name)),
		...bindings.map((binding) => bindHostName(site, binding)),
		...unbindings.map((binding) => unbindHostName(site, binding)),
		...deletedHostNames.map(({ hostName }) => changeHostName(site, "delete", hostName)),
		...(tags !== null && losesTags ? [setTags(site, tags)] : []),
	];
}

/** https://learn.microsoft.com/azure/app-service/overview-hosting-plans */
export function isBelowBasic(site: Pick<KnownSite, "tier">): boolean {
	return site.tier !== null && ["free", "shared"].includes(site.tier.toLowerCase());
}

function updateSite(site: KnownSite, properties: SiteProperties): Command {
	const verb = updateVerb(site);
	if (verb === null) return patchSite(site, { properties });
	const { clientCertExclusionPaths: paths, ...words } = properties;
	const pairs = [
		...Object.entries(words).map(([name, value]) => `${name}=${value}`),
		...(paths === undefined ? [] : [`clientCertExclusionPaths=${settable(paths)}`]),
	];
	return ["az", verb, "update", ...siteOptions(site), "--set", ...pairs];
}

/** Binding a host name of a slot leaves the tags of production there. */
function setTags(site: KnownSite, tags: Readonly<Record<string, string>>): Command {
	const verb = updateVerb(site);
	if (verb === null) return patchSite(site, { tags });
	return ["az", verb, "update", ...siteOptions(site), "--set", `tags=${JSON.stringify(tags)}`];
}

/** By ARM's own address, where azure-cli has no verb. */
function patchSite(site: KnownSite, resource: object): Command {
	const path = site.id.toWellFormed().split("/").map(encodeURIComponent).join("/");
	const url = `${path}?api-version=2025-05-01`;
	// azure-cli would take what stands behind the first `=@` for the name of a file to read.
	const body = JSON.stringify(resource).replaceAll("@", "\\u0040");
	return ["az", "rest", "--method", "patch", "--url", url, "--body", body];
}

/**
 * A text as `--set` takes it for that text. It reads a value as JSON, else as a Python literal, else as it stands: what starts
 * with `/` stands as it is; anything else could be a number, a list, or `@` and the name of a file.
 * Source: azure-cli 2.91.0, set_properties in azure/cli/core/commands/arm.py, and _expand_file_prefixed_files.
 */
function settable(text: string): string {
	if (text === "" || (text.startsWith("/") && !text.includes("\0"))) return text;
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
	if (!site.armKind.includes("function")) return "webapp";
	return site.kind === "logicapp" ? "logicapp" : "functionapp";
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
