import { type DesiredState, layerPolicies, type Selectable } from "./desired-state.ts";
import type { Policy, SettingName } from "./policy.ts";
import { describeCell, type Problem } from "./problem.ts";
import { isSiteScope, scopeCovers } from "./scope.ts";
import { type SiteKind, siteKinds } from "./site.ts";

/** Two settings whose desired values cannot both be met, each by the policy that it would be taken from. */
interface Clash {
	readonly settings: readonly [SettingName, SettingName];
	/** Whether what is desired of a site cannot be met. */
	isIn(desired: DesiredState): boolean;
	readonly why: string;
}

const noRenegotiation = "need TLS renegotiation, which";

const clashes: readonly Clash[] = [
	{
		settings: ["clientCertExclusionPaths", "http20Enabled"],
		isIn: (desired) => hasPaths(desired) && wants(desired, "http20Enabled", true),
		why: `exclusion paths ${noRenegotiation} HTTP/2 does not have`,
	},
	{
		settings: ["clientCertExclusionPaths", "minTlsVersion"],
		isIn: (desired) => hasPaths(desired) && wants(desired, "minTlsVersion", "1.3"),
		why: `exclusion paths ${noRenegotiation} TLS 1.3 does not have`,
	},
	{
		settings: ["clientCertMode", "http20Enabled"],
		isIn: (desired) =>
			wants(desired, "clientCertMode", "OptionalInteractiveUser") && wants(desired, "http20Enabled", true),
		why: `client certificates in mode OptionalInteractiveUser ${noRenegotiation} HTTP/2 does not have`,
	},
	{
		settings: ["clientCertMode", "minTlsVersion"],
		isIn: (desired) =>
			wants(desired, "clientCertMode", "OptionalInteractiveUser") && wants(desired, "minTlsVersion", "1.3"),
		why: `client certificates in mode OptionalInteractiveUser ${noRenegotiation} TLS 1.3 does not have`,
	},
	{
		settings: ["clientCertMode", "httpsOnly"],
		isIn: (desired) => wants(desired, "clientCertMode", "Required") && wants(desired, "httpsOnly", false),
		why: "over plain http, no certificate can be required: callers would get in without one",
	},
];

/**
 * What the policies want and cannot get, whatever the sites are like: found before any site has to tell. Each two policies are
 * tried on a made-up site that both select and nobody else has in mind, so that what a third one overrides is no contradiction.
 */
export function findContradictions(policies: readonly Policy[]): readonly Problem[] {
	const found = new Map<string, Set<string>>();
	const add = (policy: string, setting: SettingName, text: string) => {
		const cell = `DriftPolicy/${policy}/${setting}`;
		found.set(cell, (found.get(cell) ?? new Set()).add(text));
	};
	for (const { name, settings } of policies) {
		const paths = settings.clientCertExclusionPaths;
		if (paths?.is === "value" && paths.value.includes("/")) {
			add(
				name,
				"clientCertExclusionPaths",
				"the path / excludes every path: no caller would need a client certificate",
			);
		}
	}
	const layersOf = layerPolicies(policies);
	for (const { settings, isIn, why } of clashes) {
		const [first, second] = settings;
		forEachMeeting(policies, first, second, (one, other, site) => {
			const { desired } = layersOf(site);
			if (!isFrom(desired, first, one) || !isFrom(desired, second, other) || !isIn(desired)) return;
			const where = one.name === other.name ? "" : ` of policy "${other.name}"`;
			add(one.name, first, `it cannot be met together with ${second}${where}: ${why}`);
		});
	}
	return [...found].map(([scope, texts]) => ({
		code: "policy-contradiction",
		scope,
		message: `${describeCell(scope)}: ${[...texts].sort().join("; ")}. Change one of them.`,
	}));
}

/** Policies that are equally specific and want different values, wherever a site is selected by both. */
export function findConflicts(policies: readonly Policy[]): readonly Problem[] {
	const layersOf = layerPolicies(policies);
	const rivals = new Map<string, Set<string>>();
	for (const some of Map.groupBy(policies, ({ scope }) => scope.toLowerCase()).values()) {
		for (const [index, one] of some.entries()) {
			const sites = some.slice(index + 1).flatMap((other) => sitesOfBoth(one, other));
			for (const { setting, policies: names } of sites.flatMap((site) => layersOf(site).conflicts)) {
				const cell = `DriftPolicy/${names[0]}/${setting}`;
				const known = rivals.get(cell) ?? new Set();
				for (const name of names.slice(1)) known.add(`"${name}"`);
				rivals.set(cell, known);
			}
		}
	}
	return [...rivals].map(([scope, names]) => ({
		code: "policy-conflict",
		scope,
		message: `${describeCell(scope)}: ${[...names].sort().join(", ")} can select the same site, equally specific, with another value; the setting is unknown there. Change one of the rows, or give it a deeper scope.`,
	}));
}

/** Every site that two policies, of which each sets one of two settings, select both, as far as policies can tell sites apart. */
function forEachMeeting(
	policies: readonly Policy[],
	first: SettingName,
	second: SettingName,
	take: (one: Policy, other: Policy, site: Selectable) => void,
): void {
	const others = policies.filter(({ settings }) => settings[second] !== undefined);
	for (const one of policies) {
		if (one.settings[first] === undefined) continue;
		for (const other of others) for (const site of sitesOfBoth(one, other)) take(one, other, site);
	}
}

function sitesOfBoth(one: Policy, other: Policy): readonly Selectable[] {
	const scope = [one, other].find(
		({ scope }) => scopeCovers(one.scope, scope) && scopeCovers(other.scope, scope),
	)?.scope;
	if (scope === undefined) return [];
	const wanted = new Map<string, string | null>();
	for (const { tag } of [one, other]) {
		if (tag === undefined) continue;
		const name = tag.name.toLowerCase();
		const known = wanted.get(name) ?? null;
		if (known !== null && tag.value !== null && tag.value !== known) return [];
		wanted.set(name, tag.value ?? known);
	}
	const tags = Object.fromEntries([...wanted].map(([name, value]) => [name, value ?? anyValue]));
	const fits = (kind: SiteKind) => [one, other].every((policy) => policy.kind === undefined || policy.kind === kind);
	// Below the scope, under a name that no other policy can mean; a scope that is a site is that site.
	const id = isSiteScope(scope) ? scope : scope === "/" ? nowhere : `${scope}/${nowhere}`;
	return siteKinds.filter(fits).map((kind) => ({ id, kind, tags }));
}

const nowhere = "\0";
/** Of a tag whose value does not matter. */
const anyValue = "\0";

function isFrom(desired: DesiredState, setting: SettingName, { name }: Policy): boolean {
	const one = desired[setting];
	return one.state === "desired" && one.policy === name;
}

function hasPaths({ clientCertExclusionPaths: paths }: DesiredState): boolean {
	return paths.state === "desired" && paths.value.length > 0;
}

function wants(desired: DesiredState, setting: SettingName, value: unknown): boolean {
	const one = desired[setting];
	return one.state === "desired" && one.value === value;
}
