import type { Binding, ConfigProperties, MergedChanges, SiteProperties } from "../model/change.ts";
import type { StoredSite } from "../model/finding.ts";
import { invisible } from "../model/text.ts";

/** The words of a command line, not yet quoted for any shell. */
export type Command = readonly [program: string, ...words: string[]];

/**
 * One command for all properties of the site, one for its config, then the host names and bindings one by one, since ARM
 * refuses several at once.
 */
export function writeCommands(site: StoredSite, changes: MergedChanges): readonly Command[] {
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

function updateSite(site: StoredSite, properties: SiteProperties): Command {
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
function setTags(site: StoredSite, tags: Readonly<Record<string, string>>): Command {
	const verb = updateVerb(site);
	if (verb === null) return patchSite(site, { tags });
	return ["az", verb, "update", ...siteOptions(site), "--set", `tags=${JSON.stringify(tags)}`];
}

/** By ARM's own address, where azure-cli has no verb. */
function patchSite(site: StoredSite, resource: object): Command {
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
function updateVerb(site: StoredSite): "webapp" | "functionapp" | "logicapp" | null {
	if (site.armKind === null || site.onContainerApps) return null;
	if (!site.armKind.includes("function")) return "webapp";
	return site.kind === "logicapp" ? "logicapp" : "functionapp";
}

/** The option of `az webapp config set` for each property, in the order of the command. */
const configOptions: Readonly<Record<keyof ConfigProperties, string>> = {
	minTlsVersion: "--min-tls-version",
	http20Enabled: "--http20-enabled",
};

/** One command of azure-cli sets the config of every kind of site. */
function setConfig(site: StoredSite, config: ConfigProperties): Command {
	const values: Readonly<Record<string, unknown>> = { ...config };
	return [
		...(["az", "webapp", "config", "set"] as const),
		...siteOptions(site),
		...Object.entries(configOptions).flatMap(([property, option]) =>
			values[property] === undefined ? [] : [option, String(values[property])],
		),
	];
}

function changeHostName(site: StoredSite, action: "add" | "delete", hostName: string): Command {
	return [
		...(["az", "webapp", "config", "hostname", action] as const),
		...siteOptions(site, "--webapp-name"),
		...option("--hostname", hostName),
	];
}

function bindHostName(site: StoredSite, { hostName, sslState, thumbprint }: Binding): Command {
	return [
		...(["az", "webapp", "config", "ssl", "bind"] as const),
		...siteOptions(site),
		...option("--hostname", hostName),
		...option("--certificate-thumbprint", thumbprint),
		...option("--ssl-type", sslState === "IpBasedEnabled" ? "IP" : "SNI"),
	];
}

function unbindHostName(site: StoredSite, { hostName, thumbprint }: Pick<Binding, "hostName" | "thumbprint">): Command {
	return [
		...(["az", "webapp", "config", "ssl", "unbind"] as const),
		...siteOptions(site),
		...option("--hostname", hostName),
		...option("--certificate-thumbprint", thumbprint),
	];
}

/** Never `--ids`: with the ID of a slot, `az webapp update --ids` changes production. */
function siteOptions(site: StoredSite, nameOption = "--name"): string[] {
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
