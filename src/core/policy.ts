import { type Scope, scopeCovers, scopeDepth } from "./scope.ts";
import type { ClientCertMode, Site, SiteKind, TlsVersion } from "./site.ts";

/** The settings that a policy can govern, each with the type of its desired value. */
export interface Settings {
	readonly httpsOnly: boolean;
	readonly clientCertMode: ClientCertMode;
	readonly clientCertExclusionPaths: readonly string[];
	readonly customDomainTls: "SniEnabled" | "IpBasedEnabled" | "Bound";
	/** At least this one. */
	readonly minTlsVersion: TlsVersion;
}
export type SettingName = keyof Settings;

/** One cell of a policy. `any` stops inheriting; `invalid` is a text that could not be read, which wins or loses like a value. */
export type Cell<T> = { readonly is: "value"; readonly value: T } | { readonly is: "any" } | { readonly is: "invalid" };

/** Desired state: one row of the table `DriftPolicy`, or one entry of a policy file. */
export interface Policy {
	readonly name: string;
	readonly scope: Scope;
	/** `value: null` asks for the tag with any value. */
	readonly tag?: { readonly name: string; readonly value: string | null };
	readonly kind?: SiteKind;
	readonly settings: { readonly [S in SettingName]?: Cell<Settings[S]> };
}

/** Policies that are equally specific and want different things of one setting. */
export interface Conflict {
	readonly setting: SettingName;
	/** In alphabetical order. */
	readonly policies: readonly string[];
}

/** What the policies together want of one setting of one site. */
export type Desired<T> =
	| { readonly state: "not-governed" }
	| { readonly state: "desired"; readonly value: T; readonly policy: string }
	| { readonly state: "unknown"; readonly reason: string; readonly conflict?: Conflict };

/** Takes a setting from the most specific policy that sets it: the deepest scope, then the most other selectors. */
export function desiredOf<S extends SettingName>(
	setting: S,
	site: Site,
	policies: readonly Policy[],
): Desired<Settings[S]> {
	const candidates = policies.filter((policy) => policy.settings[setting] !== undefined && selects(policy, site));
	const mostSpecific = Math.max(...candidates.map(specificity));
	// In alphabetical order, so that the order of rows cannot matter.
	const winners = candidates
		.filter((policy) => specificity(policy) === mostSpecific)
		.toSorted((a, b) => (a.name < b.name ? -1 : 1));
	const cells = winners.map((policy) => ({ policy: policy.name, cell: policy.settings[setting] as Cell<Settings[S]> }));

	const invalid = cells.find(({ cell }) => cell.is === "invalid");
	if (invalid) return { state: "unknown", reason: `policy "${invalid.policy}" has an invalid ${setting}` };
	if (new Set(cells.map(({ cell }) => JSON.stringify(cell))).size > 1) {
		const names = winners.map((policy) => policy.name);
		const reason = `policies ${names.map((name) => `"${name}"`).join(" and ")} want different values of ${setting}`;
		return { state: "unknown", reason, conflict: { setting, policies: names } };
	}
	const [winner] = cells;
	if (winner?.cell.is !== "value") return { state: "not-governed" };
	return { state: "desired", value: winner.cell.value, policy: winner.policy };
}

function selects(policy: Policy, site: Site): boolean {
	if (!scopeCovers(policy.scope, site.id)) return false;
	if (policy.kind !== undefined && policy.kind !== site.kind) return false;
	if (policy.tag === undefined) return true;
	// ARM compares the names of tags without case and their values with it.
	// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
	const wanted = policy.tag;
	return Object.entries(site.tags).some(
		([name, value]) =>
			name.toLowerCase() === wanted.name.toLowerCase() && (wanted.value === null || wanted.value === value),
	);
}

/** There are two other selectors at most: they never outweigh a segment of the scope. */
function specificity(policy: Policy): number {
	const otherSelectors = Number(policy.tag !== undefined) + Number(policy.kind !== undefined);
	return 10 * scopeDepth(policy.scope) + otherSelectors;
}
