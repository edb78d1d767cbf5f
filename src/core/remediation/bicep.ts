import type { Finding } from "../evaluation/evaluate.ts";
import type { Scan } from "../evaluation/scan-result.ts";
import type { Change, MergedChanges } from "../model/change.ts";
import type { StoredSite } from "../model/finding.ts";
import { type CustomHostName, nameOf, type Site, type SslState } from "../model/site.ts";
import { invisible, printable } from "../model/text.ts";
import type { Desired, DesiredState } from "../policy/precedence.ts";
import { feasibleOperations, isBelowBasic } from "./feasible-operations.ts";
import { mergeChanges } from "./merge-changes.ts";

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
			.map(({ site, findings, desired }) => {
				const open = findings.filter(({ exemption }) => exemption === null);
				const wanted = open.flatMap(({ remedy }): readonly Change[] => remedy);
				const merged = mergeChanges(site, wanted, scan.certificates, scan.finishedAt);
				return renderSiteSnippet({ site, open, findings, governed: { ...site, desired }, merged }, symbols);
			}),
	);
	return snippets.join("\n");
}

/** Of one site no more than what closes these findings, for where the rest of its desired state is not at hand. */
export function renderBicepOfChanges(
	site: StoredSite,
	findings: readonly Omit<ListedFinding, "exemption">[],
	merged: MergedChanges,
): string {
	return renderSiteSnippet({ site, open: findings, findings: [], governed: null, merged }, new Set());
}

type ListedFinding = Pick<Finding, "rule" | "target" | "severity" | "desired" | "observed" | "exemption">;

interface Declaration {
	readonly site: Pick<
		Site,
		"name" | "slot" | "kind" | "armKind" | "location" | "resourceGroup" | "subscriptionId" | "tier" | "onContainerApps"
	>;
	/** To be listed. */
	readonly open: readonly Omit<ListedFinding, "exemption">[];
	/** Of which some are exempt. */
	readonly findings: readonly Pick<Finding, "rule" | "exemption">[];
	/** What the policies want of the site, and what it has of that; null where only the changes are known. */
	readonly governed: Governed | null;
	readonly merged: MergedChanges;
}

type Governed = Pick<Site, "customHostNames" | "minTlsVersion"> & { readonly desired: DesiredState };

function renderSiteSnippet(declaration: Declaration, symbols: Set<string>): string {
	const { site, open, merged } = declaration;
	const { changes, blockers } = feasibleOperations(site, merged);
	const hosts = declareHostNames(declaration.governed, changes);
	const symbol = nameSymbol(site, symbols);
	const [type, parent] = site.slot === null ? ["sites", []] : ["sites/slots", declareParent(site, symbol)];
	return [
		comment(`${nameOf(site)}, ${site.kind}`),
		...open.map(({ rule, target, severity, desired, observed }) =>
			comment(`${severity} ${rule}${target === null ? "" : ` on ${target}`}: observed ${observed}, desired ${desired}`),
		),
		...[...changes.manualSteps, ...blockers].map(comment),
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
		...declareProperties(declaration, changes).map((line) => `    ${line}`),
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
function nameSymbol({ name, slot }: Pick<Site, "name" | "slot">, used: Set<string>): string {
	const words = `${name} ${slot ?? ""} ${slot === null ? "site" : "slot"}`.split(/[^a-z\d]+/i).filter(Boolean);
	const joined = words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join("");
	const symbol = /^\d/.test(joined) ? `a${joined}` : joined;
	let free = symbol;
	for (let number = 2; used.has(free); number += 1) free = `${symbol}_${number}`;
	used.add(free);
	return free;
}

function declareParent({ name }: Pick<Site, "name">, symbol: string): string[] {
	return [`resource ${symbol}Parent 'Microsoft.Web/sites@${apiVersion}' existing = {`, `  name: ${quote(name)}`, "}"];
}

/**
 * The lines of `properties`. What is accepted as it is, or unknown, is left to what is declared of it now; so is what needs a higher
 * tier than the plan has.
 */
function declareProperties({ site, findings, governed }: Declaration, { properties, config }: MergedChanges): string[] {
	const declare = <K extends keyof DesiredState>(
		setting: K,
		rule: string,
		write: (value: DesiredState[K] extends Desired<infer T> ? T : never) => readonly string[],
	): readonly string[] => {
		const wanted: Desired<unknown> = governed?.desired[setting] ?? { state: "not-governed" };
		if (wanted.state === "not-governed") return [];
		if (wanted.state === "unknown") return [comment(`${setting}: unknown, since ${wanted.reason}`)];
		const accepted = findings.find((finding) => finding.rule === rule && finding.exemption !== null)?.exemption;
		if (!accepted) return write(wanted.value as Parameters<typeof write>[0]);
		return [comment(`${setting}: exempt by "${accepted.name}" until ${accepted.expiresOn.toISOString()}`)];
	};
	// What the commands set stands for itself, whichever rule asks for it.
	const set = <T>(value: T | undefined, write: (value: T) => string, otherwise: () => readonly string[]) =>
		value === undefined ? otherwise() : [write(value)];
	const unlessBelowBasic = (lines: readonly string[]) => (isBelowBasic(site) ? [] : lines);
	const writePaths = (paths: string) => `clientCertExclusionPaths: ${quote(paths)}`;
	const writeMode = (mode: string) => `clientCertMode: ${quote(mode)}`;
	const siteConfig = [
		...set(
			config.minTlsVersion,
			(version) => `minTlsVersion: ${quote(version)}`,
			() =>
				declare("minTlsVersion", "min-tls-version", (least) => {
					// The versions are texts of one form: their order is the alphabet's. A newer one than the least is in sync.
					const observed = governed?.minTlsVersion;
					return [`minTlsVersion: ${quote(observed?.reported && observed.value > least ? observed.value : least)}`];
				}),
		),
		...set(
			config.http20Enabled,
			(value) => `http20Enabled: ${value}`,
			() => declare("http20Enabled", "http20", (value) => [`http20Enabled: ${value}`]),
		),
	];
	const { httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths } = properties;
	return [
		...set(
			httpsOnly,
			(value) => `httpsOnly: ${value}`,
			() => declare("httpsOnly", "https-only", (value) => [`httpsOnly: ${value}`]),
		),
		...(clientCertEnabled !== undefined || clientCertMode !== undefined
			? [
					...(clientCertEnabled === undefined ? [] : [`clientCertEnabled: ${clientCertEnabled}`]),
					...(clientCertMode === undefined ? [] : [writeMode(clientCertMode)]),
				]
			: declare("clientCertMode", "client-cert-mode", (mode) =>
					mode === "Ignore"
						? ["clientCertEnabled: false"]
						: unlessBelowBasic(["clientCertEnabled: true", writeMode(mode)]),
				)),
		...set(clientCertExclusionPaths, writePaths, () =>
			declare("clientCertExclusionPaths", "client-cert-exclusion-paths", (paths) =>
				unlessBelowBasic([writePaths(paths.join(";"))]),
			),
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
	governed: Governed | null,
	merged: MergedChanges,
): { readonly known: readonly DeclaredHostName[]; readonly unknown: readonly DeclaredHostName[] } {
	const declared = new Map<string, DeclaredHostName>();
	if (governed !== null) {
		const { desired, customHostNames } = governed;
		const isGoverned = [desired.domainBindings, desired.customDomainTls, desired.certificateMinDays].some(
			({ state }) => state === "desired",
		);
		if (!isGoverned || !customHostNames.reported) return { known: [], unknown: [] };
		for (const host of customHostNames.value) {
			const known = asDeclared(host);
			if (known !== null) declared.set(known.name.toLowerCase(), known);
		}
	}
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
