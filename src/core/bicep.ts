import { type Change, type MergedChanges, mergeChanges } from "./change.ts";
import type { Desired } from "./desired-state.ts";
import type { Assessment } from "./evaluate.ts";
import { invisible, printable } from "./printable.ts";
import { isBelowBasic, whatCanBeDone } from "./remediation.ts";
import type { Scan } from "./scan.ts";
import type { CustomHostName, Site, SslState } from "./site.ts";
import { nameOf } from "./words.ts";

const apiVersion = "2025-05-01";

/** What a scan found, as far as declarations are made from it. */
type Findings = Pick<Scan, "assessments" | "certificates" | "finishedAt">;

/**
 * The desired state of each site that has open drift, as Bicep: what the policies govern, and no more. It is meant to be put into
 * declarations that are there: each says what else a full one needs. Empty where there is nothing to declare.
 * Source: https://learn.microsoft.com/azure/templates/microsoft.web/sites
 */
export function renderBicep(scans: readonly Findings[]): string {
	const symbols = new Set<string>();
	const snippets = scans.flatMap((scan) =>
		scan.assessments
			.filter(({ status }) => status === "drifted")
			.toSorted((a, b) => (a.site.id.toLowerCase() < b.site.id.toLowerCase() ? -1 : 1))
			.map((assessment) => renderSite(assessment, scan, symbols)),
	);
	return snippets.join("\n");
}

function renderSite(assessment: Assessment, { certificates, finishedAt }: Findings, symbols: Set<string>): string {
	const { site, findings } = assessment;
	const open = findings.filter(({ exemption }) => exemption === null);
	const wanted = open.flatMap(({ remedy }): readonly Change[] => remedy);
	const merged = mergeChanges(site, wanted, certificates, finishedAt);
	const { changes, hindrances } = whatCanBeDone(site, merged);
	const hosts = declareHostNames(assessment, changes);
	const symbol = nameSymbol(site, symbols);
	const [type, parent] = site.slot === null ? ["sites", []] : ["sites/slots", declareParent(site, symbol)];
	return [
		comment(`${nameOf(site)}, ${site.kind}`),
		...open.map(({ rule, target, severity, desired, observed }) =>
			comment(`${severity} ${rule}${target === null ? "" : ` on ${target}`}: observed ${observed}, desired ${desired}`),
		),
		...[...changes.byHand, ...hindrances].map(comment),
		comment(`to be deployed to resource group ${site.resourceGroup} of subscription ${site.subscriptionId}`),
		...parent,
		`resource ${symbol} 'Microsoft.Web/${type}@${apiVersion}' = {`,
		...(site.slot === null ? [] : [`  parent: ${symbol}Parent`]),
		`  name: ${quote(site.slot ?? site.name)}`,
		`  location: ${quote(site.location)}`,
		...(site.armKind === null ? [] : [`  kind: ${quote(site.armKind)}`]),
		"  // A declaration stands for the whole site. A full one also needs what this site has of: serverFarmId (its plan), identity,",
		"  // tags, virtualNetworkSubnetId, and in siteConfig its stack (linuxFxVersion and the like), app settings and access restrictions.",
		"  properties: {",
		...declareProperties(assessment, changes).map((line) => `    ${line}`),
		"  }",
		"}",
		...hosts.known.flatMap((host, index) => declareHostName(host, `Microsoft.Web/${type}`, symbol, index)),
		...hosts.unknown.map(({ name, sslState }) =>
			comment(`${name} is bound (${sslState}), to a certificate that ARM does not tell: declare it as it is`),
		),
		...changes.deletedHostNames.map(({ hostName }) =>
			comment(`${hostName} is not to be there: a deployment deletes nothing, so delete it by its command`),
		),
		"",
	].join("\n");
}

/** ARM refuses several host names of a site at once: one waits for the other. */
function declareHostName(host: DeclaredHostName, type: string, symbol: string, index: number): string[] {
	const { name, sslState, thumbprint } = host;
	return [
		`resource ${symbol}Host${index + 1} '${type}/hostNameBindings@${apiVersion}' = {`,
		`  parent: ${symbol}`,
		`  name: ${quote(name)}`,
		"  properties: {",
		...(sslState === "Disabled" ? [] : [`    sslState: ${quote(sslState)}`]),
		...(thumbprint === null ? [] : [`    thumbprint: ${quote(thumbprint)}`]),
		"  }",
		...(index === 0 ? [] : ["  dependsOn: [", `    ${symbol}Host${index}`, "  ]"]),
		"}",
	];
}

/** One for each resource of a file, out of letters and digits. */
function nameSymbol({ name, slot }: Site, taken: Set<string>): string {
	const words = `${name} ${slot ?? ""} ${slot === null ? "site" : "slot"}`.split(/[^a-z\d]+/i).filter(Boolean);
	const joined = words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join("");
	const symbol = /^\d/.test(joined) ? `a${joined}` : joined;
	let free = symbol;
	for (let number = 2; taken.has(free); number += 1) free = `${symbol}_${number}`;
	taken.add(free);
	return free;
}

function declareParent({ name }: Site, symbol: string): string[] {
	return [`resource ${symbol}Parent 'Microsoft.Web/sites@${apiVersion}' existing = {`, `  name: ${quote(name)}`, "}"];
}

/**
 * The lines of `properties`. What is accepted as it is, or unknown, is left to what is declared of it now; so is what needs a higher
 * tier than the plan has.
 */
function declareProperties({ site, findings, desired }: Assessment, { properties, config }: MergedChanges): string[] {
	const { httpsOnly, clientCertMode, clientCertExclusionPaths, minTlsVersion, http20Enabled } = desired;
	const declare = <T>(
		setting: string,
		rule: string,
		wanted: Desired<T>,
		write: (value: T) => readonly string[],
	): readonly string[] => {
		if (wanted.state === "not-governed") return [];
		if (wanted.state === "unknown") return [comment(`${setting}: unknown, since ${wanted.reason}`)];
		const accepted = findings.find((finding) => finding.rule === rule && finding.exemption !== null)?.exemption;
		if (!accepted) return write(wanted.value);
		return [comment(`${setting}: exempt by "${accepted.name}" until ${accepted.expiresOn.toISOString()}`)];
	};
	// What the commands set stands for itself, whichever rule asks for it.
	const siteConfig = [
		...(config.minTlsVersion !== undefined
			? [`minTlsVersion: ${quote(config.minTlsVersion)}`]
			: declare("minTlsVersion", "min-tls-version", minTlsVersion, (least) => {
					// The versions are texts of one form: their order is the alphabet's. A newer one than the least is in sync.
					const { minTlsVersion: observed } = site;
					return [`minTlsVersion: ${quote(observed.reported && observed.value > least ? observed.value : least)}`];
				})),
		...(config.http20Enabled !== undefined
			? [`http20Enabled: ${config.http20Enabled}`]
			: declare("http20Enabled", "http20", http20Enabled, (value) => [`http20Enabled: ${value}`])),
	];
	const needsTier = (isSet: boolean, lines: readonly string[]) => (isBelowBasic(site) && !isSet ? [] : lines);
	return [
		...declare("httpsOnly", "https-only", httpsOnly, (value) => [`httpsOnly: ${value}`]),
		...declare("clientCertMode", "client-cert-mode", clientCertMode, (mode) =>
			mode === "Ignore"
				? ["clientCertEnabled: false"]
				: needsTier(properties.clientCertEnabled !== undefined, [
						"clientCertEnabled: true",
						`clientCertMode: ${quote(mode)}`,
					]),
		),
		...declare("clientCertExclusionPaths", "client-cert-exclusion-paths", clientCertExclusionPaths, (paths) =>
			needsTier(properties.clientCertExclusionPaths !== undefined, [
				`clientCertExclusionPaths: ${quote(paths.join(";"))}`,
			]),
		),
		...(siteConfig.length > 0 ? ["siteConfig: {", ...siteConfig.map((line) => `  ${line}`), "}"] : []),
	];
}

interface DeclaredHostName {
	readonly name: string;
	readonly sslState: SslState;
	readonly thumbprint: string | null;
}

/** The custom host names, where a policy governs them: as they are to be, if that is known. */
function declareHostNames(
	{ site, desired }: Assessment,
	merged: MergedChanges,
): { readonly known: readonly DeclaredHostName[]; readonly unknown: readonly DeclaredHostName[] } {
	const isGoverned = [desired.domainBindings, desired.customDomainTls, desired.certificateMinDays].some(
		({ state }) => state === "desired",
	);
	if (!isGoverned || !site.customHostNames.reported) return { known: [], unknown: [] };
	const declared = new Map(
		site.customHostNames.value.flatMap((host) => {
			const known = asDeclared(host);
			return known === null ? [] : [[known.name.toLowerCase(), known]];
		}),
	);
	for (const name of merged.addedHostNames) {
		declared.set(name.toLowerCase(), { name, sslState: "Disabled", thumbprint: null });
	}
	for (const { hostName: name, sslState, thumbprint } of merged.bindings) {
		declared.set(name.toLowerCase(), { name, sslState, thumbprint });
	}
	for (const { hostName } of merged.deletedHostNames) declared.delete(hostName.toLowerCase());
	const isUnknown = ({ sslState, thumbprint }: DeclaredHostName) => sslState !== "Disabled" && thumbprint === null;
	const all = [...declared.values()];
	return { known: all.filter((host) => !isUnknown(host)), unknown: all.filter(isUnknown) };
}

function asDeclared({ name, sslState, thumbprint }: CustomHostName): DeclaredHostName | null {
	if (!sslState.reported) return null;
	return { name, sslState: sslState.value, thumbprint: sslState.value === "Disabled" ? null : thumbprint };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
function quote(text: string): string {
	const escaped = text
		.toWellFormed()
		.replace(/\\|'|\$(?=\{)/g, "\\$&")
		.replace(invisible, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
	return `'${escaped}'`;
}

function comment(text: string): string {
	return `// ${printable(text)}`;
}
