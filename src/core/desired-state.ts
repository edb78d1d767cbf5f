import { type Cell, type Policy, type SettingName, type Settings, settingNames } from "./policy.ts";
import { type Scope, scopeDepth, scopesAbove } from "./scope.ts";
import type { Site } from "./site.ts";

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

/** What all policies together want of one site. */
export type DesiredState = { readonly [S in SettingName]: Desired<Settings[S]> };

/** The policies that select one site, and what comes of them. */
export interface Layers {
	/** The most specific first; where equally specific, in alphabetical order: the order of rows never matters. */
	readonly policies: readonly Policy[];
	readonly desired: DesiredState;
	readonly conflicts: readonly Conflict[];
}

/** What of a site its policies are chosen by. */
export type Selectable = Pick<Site, "id" | "kind" | "tags">;

/** Gives the layers of any site. */
export type LayersOf = (site: Selectable) => Layers;

/**
 * Sorts the policies once, so that any number of sites find theirs without looking at the others. Sites that are under the
 * same policies share one answer.
 */
export function layerPolicies(policies: readonly Policy[]): LayersOf {
	const ranked = policies.toSorted(
		(a, b) => specificity(b) - specificity(a) || (a.name < b.name ? -1 : Number(a.name > b.name)),
	);
	const ranksByScope = new Map<Scope, Map<string, number[]>>();
	for (const [rank, { scope, tag }] of ranked.entries()) {
		const key = scope.toLowerCase();
		const ranksByTag = ranksByScope.get(key) ?? new Map<string, number[]>();
		ranksByScope.set(key, ranksByTag);
		const wanted = tag === undefined ? "" : tagKey(tag.name, tag.value);
		ranksByTag.set(wanted, [...(ranksByTag.get(wanted) ?? []), rank]);
	}
	const answers = new Map<string, Layers>();

	return ({ id, kind, tags }) => {
		const tagKeys = ["", ...Object.entries(tags).flatMap(([name, value]) => [tagKey(name, null), tagKey(name, value)])];
		const ranks = new Set<number>();
		for (const scope of scopesAbove(id)) {
			const ranksByTag = ranksByScope.get(scope);
			if (ranksByTag === undefined) continue;
			for (const key of tagKeys) {
				for (const rank of ranksByTag.get(key) ?? []) {
					const wanted = ranked[rank]?.kind;
					if (wanted === undefined || wanted === kind) ranks.add(rank);
				}
			}
		}
		const sorted = [...ranks].sort((a, b) => a - b);
		const key = sorted.join();
		const known = answers.get(key);
		if (known !== undefined) return known;
		const answer = resolve(sorted.map((rank) => ranked[rank] as Policy));
		answers.set(key, answer);
		return answer;
	};
}

/**
 * ARM compares the names of tags without case and their values with it:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
 */
function tagKey(name: string, value: string | null): string {
	// A line break is in no name of a tag.
	return value === null ? name.toLowerCase() : `${name.toLowerCase()}\n${value}`;
}

/** The deepest scope first, then the most other selectors: there are two at most, which never outweigh a segment of the scope. */
function specificity({ scope, tag, kind }: Policy): number {
	return 10 * scopeDepth(scope) + Number(tag !== undefined) + Number(kind !== undefined);
}

function resolve(policies: readonly Policy[]): Layers {
	const desired = Object.fromEntries(
		settingNames.map((setting) => [setting, desiredOf(setting, policies)]),
	) as DesiredState;
	const conflicts = Object.values(desired).flatMap((one) => ("conflict" in one ? [one.conflict] : []));
	return { policies, desired, conflicts };
}

/** Takes a setting from the most specific of the policies that set it. */
function desiredOf<S extends SettingName>(setting: S, policies: readonly Policy[]): Desired<Settings[S]> {
	const { winners } = contend(setting, policies);
	const cells = winners.map((policy) => ({ policy: policy.name, cell: policy.settings[setting] as Cell<Settings[S]> }));
	const invalid = cells.find(({ cell }) => cell.is === "invalid");
	if (invalid) return { state: "unknown", reason: `policy "${invalid.policy}" has an invalid ${setting}` };
	if (new Set(cells.map(({ cell }) => JSON.stringify(cell))).size > 1) {
		const names = winners.map(({ name }) => name);
		const reason = `policies ${names.map((name) => `"${name}"`).join(" and ")} want different values of ${setting}`;
		return { state: "unknown", reason, conflict: { setting, policies: names } };
	}
	const [winner] = cells;
	if (winner?.cell.is !== "value") return { state: "not-governed" };
	return { state: "desired", value: winner.cell.value, policy: winner.policy };
}

/** Of the policies that select a site: those that decide a setting of it, and those that would if these were not there. */
export function contend(
	setting: SettingName,
	policies: Layers["policies"],
): { readonly winners: readonly Policy[]; readonly losers: readonly Policy[] } {
	const setters = policies.filter((policy) => policy.settings[setting] !== undefined);
	const [first] = setters;
	const decides = (policy: Policy) => first !== undefined && specificity(policy) === specificity(first);
	return { winners: setters.filter(decides), losers: setters.filter((policy) => !decides(policy)) };
}
