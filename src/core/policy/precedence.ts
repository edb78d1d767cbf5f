import { type Field, type Policy, type SettingName, type Settings, settingNames } from "../model/policy.ts";
import { type Scope, scopeDepth, scopesAbove } from "../model/scope.ts";
import type { Site } from "../model/site.ts";

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
export interface EffectivePolicy {
	/** The most specific first; where equally specific, in alphabetical order: the order of rows never matters. */
	readonly policies: readonly Policy[];
	readonly desired: DesiredState;
	readonly conflicts: readonly Conflict[];
}

/** What of a site its policies are chosen by. */
export type Selectable = Pick<Site, "id" | "kind" | "tags">;

/** Gives the layers of any site. */
export type EffectivePolicyOf = (site: Selectable) => EffectivePolicy;

/**
 * Sorts the policies once, so that any number of sites find theirs without looking at the others. Sites that are under the
 * same policies share one answer.
 */
export function indexPolicies(policies: readonly Policy[]): EffectivePolicyOf {
	const ranked = policies.toSorted((a, b) => specificity(b) - specificity(a) || (a.name < b.name ? -1 : 1));
	const byScope = new Map<Scope, RanksOfScope>();
	for (const [rank, { scope, tag }] of ranked.entries()) {
		const { untagged, byTag } = getOrAdd(byScope, scope.toLowerCase(), () => ({ untagged: [], byTag: new Map() }));
		if (tag === undefined) untagged.push(rank);
		else {
			const byValue = getOrAdd(byTag, tag.name.toLowerCase(), () => new Map());
			getOrAdd(byValue, tag.value, () => []).push(rank);
		}
	}
	const answers = new Map<string, EffectivePolicy>();

	return ({ id, kind, tags }) => {
		// ARM compares the names of tags without case and their values with it.
		// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources
		const lowerCaseTags = Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value] as const);
		const ranks = new Set<number>();
		const addRanks = (some: readonly number[] = []) => {
			for (const rank of some) {
				const wanted = ranked[rank]?.kind;
				if (wanted === undefined || wanted === kind) ranks.add(rank);
			}
		};
		for (const scope of scopesAbove(id)) {
			const found = byScope.get(scope);
			if (found === undefined) continue;
			addRanks(found.untagged);
			for (const [name, value] of lowerCaseTags) {
				const byValue = found.byTag.get(name);
				addRanks(byValue?.get(null));
				addRanks(byValue?.get(value));
			}
		}
		const sorted = [...ranks].sort((a, b) => a - b);
		const depth = scopeDepth(id);
		const key = `${depth}:${sorted.join()}`;
		const existing = answers.get(key);
		if (existing !== undefined) return existing;
		const answer = resolve(
			sorted.map((rank) => ranked[rank] as Policy),
			depth,
		);
		answers.set(key, answer);
		return answer;
	};
}

/** The policies of one scope by their rank: those without a tag, and those with one by its name and value (null: any). */
interface RanksOfScope {
	readonly untagged: number[];
	readonly byTag: Map<string, Map<string | null, number[]>>;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
	const existing = map.get(key);
	if (existing !== undefined) return existing;
	const created = create();
	map.set(key, created);
	return created;
}

/** The deepest scope first, then the most other selectors: there are two at most, which never outweigh a segment of the scope. */
function specificity({ scope, tag, kind }: Policy): number {
	return 10 * scopeDepth(scope) + Number(tag !== undefined) + Number(kind !== undefined);
}

function resolve(policies: readonly Policy[], depth: number): EffectivePolicy {
	const desired = Object.fromEntries(
		settingNames.map((setting) => [setting, desiredOf(setting, policies, depth)]),
	) as DesiredState;
	const conflicts = Object.values(desired).flatMap((one) => ("conflict" in one ? [one.conflict] : []));
	return { policies, desired, conflicts };
}

/** Takes a setting from the most specific of the policies that set it. */
function desiredOf<S extends SettingName>(
	setting: S,
	policies: readonly Policy[],
	depth: number,
): Desired<Settings[S]> {
	const { winners } = rankPolicies(setting, policies, depth);
	const fields = winners.map((policy) => ({
		policy: policy.name,
		field: policy.settings[setting] as Field<Settings[S]>,
	}));
	const invalid = fields.find(({ field }) => field.is === "invalid");
	if (invalid) return { state: "unknown", reason: `policy "${invalid.policy}" has an invalid ${setting}` };
	if (new Set(fields.map(({ field }) => JSON.stringify(field))).size > 1) {
		const names = winners.map(({ name }) => name);
		const reason = `policies ${names.map((name) => `"${name}"`).join(" and ")} want different values of ${setting}`;
		return { state: "unknown", reason, conflict: { setting, policies: names } };
	}
	const [winner] = fields;
	if (winner?.field.is !== "value") return { state: "not-governed" };
	return { state: "desired", value: winner.field.value, policy: winner.policy };
}

/**
 * Of the policies that select a site whose ID has so many segments: those that decide a setting of it, and those that would
 * if these were not there. Host names belong to one site or slot: a site's row does not speak for its slots.
 */
export function rankPolicies(
	setting: SettingName,
	policies: EffectivePolicy["policies"],
	depth: number,
): { readonly winners: readonly Policy[]; readonly losers: readonly Policy[] } {
	const setters = policies.filter(
		({ settings, scope }) =>
			settings[setting] !== undefined && (setting !== "domainBindings" || scopeDepth(scope) === depth),
	);
	const [first] = setters;
	const decides = (policy: Policy) => first !== undefined && specificity(policy) === specificity(first);
	return { winners: setters.filter(decides), losers: setters.filter((policy) => !decides(policy)) };
}
