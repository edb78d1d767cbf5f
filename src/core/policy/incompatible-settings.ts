import type { DesiredBinding, DesiredSslState, Policy, SettingName } from "../model/policy.ts";
import type { Problem } from "../model/problem.ts";
import { isSiteScope, scopeCovers } from "../model/scope.ts";
import { siteKinds } from "../model/site.ts";
import { type DesiredState, type EffectivePolicy, indexPolicies, type Selectable } from "./precedence.ts";

/** What is wrong between the policies themselves, at one cell. */
export interface PolicyIssue {
	readonly code: "policy-contradiction" | "policy-conflict";
	readonly policy: string;
	readonly setting: SettingName;
	/** With what, and why, as a part of a sentence. */
	readonly with: string;
}

/** Two wishes that cannot both be met: a value of each setting, whichever policies they come from. */
interface IncompatiblePair {
	readonly first: Requirement;
	readonly second: Requirement;
	readonly why: string;
}
interface Requirement {
	readonly setting: SettingName;
	isIn(value: unknown): boolean;
}

const requirement = (setting: SettingName, wanted: unknown): Requirement => ({
	setting,
	isIn: (value) => value === wanted,
});
const paths: Requirement = {
	setting: "clientCertExclusionPaths",
	isIn: (value) => Array.isArray(value) && value.length > 0,
};
const interactive = requirement("clientCertMode", "OptionalInteractiveUser");
const http2 = requirement("http20Enabled", true);
const tls13 = requirement("minTlsVersion", "1.3");
const boundAs = (sslState: DesiredSslState): Requirement => ({
	setting: "domainBindings",
	isIn: (value) => Array.isArray(value) && value.some((binding: DesiredBinding) => binding.sslState === sslState),
});
const inOneWay = "a host name of it can be bound in one way only";
const needing = (what: string, protocol: string) => `${what} need TLS renegotiation, which ${protocol} does not have`;

const incompatiblePairs: readonly IncompatiblePair[] = [
	{ first: paths, second: http2, why: needing("exclusion paths", "HTTP/2") },
	{ first: paths, second: tls13, why: needing("exclusion paths", "TLS 1.3") },
	{ first: interactive, second: http2, why: needing("certificates of mode OptionalInteractiveUser", "HTTP/2") },
	{ first: interactive, second: tls13, why: needing("certificates of mode OptionalInteractiveUser", "TLS 1.3") },
	{ first: boundAs("SniEnabled"), second: requirement("customDomainTls", "IpBasedEnabled"), why: inOneWay },
	{ first: boundAs("IpBasedEnabled"), second: requirement("customDomainTls", "SniEnabled"), why: inOneWay },
	{
		first: requirement("clientCertMode", "Required"),
		second: requirement("httpsOnly", false),
		why: "over plain http, no certificate can be required: callers would get in without one",
	},
];

/**
 * What the policies want and cannot get, whatever the sites are like: found before any site has to tell. Each two policies are
 * tried on a made-up site that both select and nobody else has in mind, so that what a third one overrides is no contradiction.
 */
export function findIncompatibleSettings(policies: readonly Policy[]): readonly PolicyIssue[] {
	const found: PolicyIssue[] = [];
	for (const policy of policies) {
		const value = wantedBy(policy, "clientCertExclusionPaths");
		if (!Array.isArray(value) || !value.includes("/")) continue;
		const why = "the path / excludes every path: no caller would need a client certificate";
		found.push({ code: "policy-contradiction", policy: policy.name, setting: "clientCertExclusionPaths", with: why });
	}
	const effectivePolicyOf = indexPolicies(policies);
	for (const { first, second, why } of incompatiblePairs) {
		const others = policies.filter((policy) => second.isIn(wantedBy(policy, second.setting)));
		for (const one of policies.filter((policy) => first.isIn(wantedBy(policy, first.setting)))) {
			for (const other of others) {
				const meets = sitesOfBoth(one, other).some((site) => {
					const { desired } = effectivePolicyOf(site);
					return isFrom(desired, first.setting, one) && isFrom(desired, second.setting, other);
				});
				if (!meets) continue;
				const where = one.name === other.name ? "" : ` of policy "${other.name}"`;
				const text = `it cannot be met together with ${second.setting}${where}: ${why}`;
				found.push({ code: "policy-contradiction", policy: one.name, setting: first.setting, with: text });
			}
		}
	}
	return found;
}

/** Policies that are equally specific and want different values, wherever a site is selected by both. */
export function findConflicts(policies: readonly Policy[]): readonly PolicyIssue[] {
	const effectivePolicyOf = indexPolicies(policies);
	// Sites under the same policies share one answer.
	const answers = new Set<EffectivePolicy>();
	for (const some of Map.groupBy(policies, ({ scope }) => scope.toLowerCase()).values()) {
		for (const [index, one] of some.entries()) {
			for (const other of some.slice(index + 1).filter((candidate) => differ(one, candidate))) {
				for (const site of sitesOfBoth(one, other)) answers.add(effectivePolicyOf(site));
			}
		}
	}
	return [...answers].flatMap(({ conflicts }) =>
		conflicts.flatMap(({ setting, policies: names }) =>
			names.slice(1).map((other): PolicyIssue => {
				const text = `"${other}" can select the same site, equally specific, with another value; the setting is unknown there`;
				return { code: "policy-conflict", policy: names[0] as string, setting, with: text };
			}),
		),
	);
}

const whatToDo: Record<PolicyIssue["code"], string> = {
	"policy-contradiction": "Change what the policies want there.",
	"policy-conflict": "Change one of the rows, or give it a deeper scope.",
};

/** One problem for each cell, with all that clashes there. */
export function explainPolicyIssues(issues: readonly PolicyIssue[]): readonly Problem[] {
	const issuesByField = Map.groupBy(issues, ({ code, policy, setting }) => `${code} DriftPolicy/${policy}/${setting}`);
	return [...issuesByField.values()].map((some) => {
		const { code, policy, setting } = some[0] as PolicyIssue;
		const texts = [...new Set(some.map((issue) => issue.with))].sort().join("; ");
		return {
			code,
			scope: `DriftPolicy/${policy}/${setting}`,
			message: `DriftPolicy, row "${policy}", column "${setting}": ${texts}. ${whatToDo[code]}`,
		};
	});
}

/** Every site that both policies select, as far as policies can tell sites apart; of kinds, too, that one of them does not select. */
function sitesOfBoth(one: Policy, other: Policy): readonly Selectable[] {
	const scope = [one, other].find(
		({ scope }) => scopeCovers(one.scope, scope) && scopeCovers(other.scope, scope),
	)?.scope;
	if (scope === undefined) return [];
	const wanted = new Map<string, string | null>();
	for (const { tag } of [one, other]) {
		if (tag === undefined) continue;
		const name = tag.name.toLowerCase();
		const earlier = wanted.get(name) ?? null;
		if (earlier !== null && tag.value !== null && tag.value !== earlier) return [];
		wanted.set(name, tag.value ?? earlier);
	}
	const tags = Object.fromEntries([...wanted].map(([name, value]) => [name, value ?? anyValue]));
	// Below the scope, under a name that no other policy can mean; a scope that is a site is that site.
	const below = scope === "/" ? nowhere : `${scope}/${nowhere}`;
	return siteKinds.map((kind) => ({ id: isSiteScope(scope) ? scope : below, kind, tags }));
}

const nowhere = "\0";
/** Of a tag whose value does not matter. */
const anyValue = "\0";

function wantedBy({ settings }: Policy, setting: SettingName): unknown {
	const field = settings[setting];
	return field?.is === "value" ? field.value : undefined;
}

/** Whether two policies want different things of some setting. */
function differ(one: Policy, other: Policy): boolean {
	return Object.entries(one.settings).some(([setting, field]) => {
		const another = other.settings[setting as SettingName];
		return another !== undefined && JSON.stringify(another) !== JSON.stringify(field);
	});
}

function isFrom(desired: DesiredState, setting: SettingName, { name }: Policy): boolean {
	const one = desired[setting];
	return one.state === "desired" && one.policy === name;
}
