import { type Conflict, desiredOf, type Policy } from "./policy.ts";
import type { DesiredState, Drift, Rule, Severity, Verdict } from "./rule.ts";
import { severities } from "./rule.ts";
import type { Site } from "./site.ts";

/** A rule's drift on one site, or on one host name of it. */
export interface Finding extends Drift {
	readonly rule: string;
	readonly target: string | null;
	/** The policy that set the desired value. */
	readonly policy: string;
	readonly learnMore: string;
}

/** What could not be told of a site. */
interface Unknown {
	readonly rule: string;
	readonly target: string | null;
	readonly reason: string;
	/** `arm`: ARM did not tell; `policy`: the policies do not say what is wanted. */
	readonly because: "arm" | "policy";
}

/** What all rules together say of one site; `status` is how the site is counted. */
export interface Assessment {
	readonly site: Site;
	readonly status: "drifted" | "unknown" | "in-sync" | "not-covered";
	/** Worst first, in the order of the rules where equally bad. */
	readonly findings: readonly Finding[];
	readonly unknowns: readonly Unknown[];
	readonly conflicts: readonly Conflict[];
}

/** Judges one site by all rules. A rule that throws makes the site unknown for that rule and hides nothing else. */
export function evaluate(site: Site, policies: readonly Policy[], rules: readonly Rule[]): Assessment {
	const state = desiredState(site, policies);
	const findings: Finding[] = [];
	const unknowns: Unknown[] = [];
	let governed = false;

	for (const rule of rules) {
		const desired = state[rule.setting];
		if (desired.state === "not-governed") continue;
		governed = true;
		if (desired.state === "unknown") {
			unknowns.push({ rule: rule.id, target: null, reason: desired.reason, because: "policy" });
			continue;
		}
		for (const verdict of check(rule, site, desired.value, state)) {
			const { target } = verdict;
			if (verdict.verdict === "unknown") {
				unknowns.push({ rule: rule.id, target, reason: verdict.reason, because: "arm" });
			} else if (verdict.verdict === "drifted") {
				const { severity, desired: wanted, observed, explanation, remedy } = verdict;
				const { policy } = desired;
				const { id, learnMore } = rule;
				findings.push({
					rule: id,
					target,
					severity,
					desired: wanted,
					observed,
					explanation,
					remedy,
					policy,
					learnMore,
				});
			}
		}
	}

	return {
		site,
		status: statusOf(governed, findings, unknowns),
		findings: findings.toSorted((a, b) => compareSeverity(a.severity, b.severity)),
		unknowns,
		conflicts: Object.values(state).flatMap((desired) => ("conflict" in desired ? [desired.conflict] : [])),
	};
}

/** Whether some rule that the policies call for needs the site's `config/web`. */
export function needsConfig(site: Site, policies: readonly Policy[], rules: readonly Rule[]): boolean {
	return rules.some((rule) => {
		if (rule.needsConfig === undefined) return false;
		const desired = desiredOf(rule.setting, site, policies);
		if (desired.state !== "desired") return false;
		try {
			return rule.needsConfig(site, desired.value);
		} catch {
			// What the rule is worth shows when it checks.
			return true;
		}
	});
}

/** What all policies together want of one site. */
export function desiredState(site: Site, policies: readonly Policy[]): DesiredState {
	return {
		httpsOnly: desiredOf("httpsOnly", site, policies),
		clientCertMode: desiredOf("clientCertMode", site, policies),
		clientCertExclusionPaths: desiredOf("clientCertExclusionPaths", site, policies),
		customDomainTls: desiredOf("customDomainTls", site, policies),
		minTlsVersion: desiredOf("minTlsVersion", site, policies),
	};
}

/** Orders the worst severity first. */
export function compareSeverity(a: Severity, b: Severity): number {
	return severities.indexOf(a) - severities.indexOf(b);
}

function check(rule: Rule, site: Site, desired: Parameters<Rule["check"]>[1], state: DesiredState): readonly Verdict[] {
	try {
		return rule.check(site, desired, state);
	} catch (error) {
		return [{ verdict: "unknown", target: null, reason: `the rule itself failed: ${String(error)}` }];
	}
}

function statusOf(governed: boolean, findings: readonly Finding[], unknowns: readonly Unknown[]): Assessment["status"] {
	if (findings.length > 0) return "drifted";
	if (unknowns.length > 0) return "unknown";
	return governed ? "in-sync" : "not-covered";
}
