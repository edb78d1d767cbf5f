import type { CertificateReading } from "./certificate.ts";
import type { Conflict, DesiredState, Layers } from "./desired-state.ts";
import type { Exemption, ExemptionOf } from "./exemption.ts";
import type { Circumstances, Drift, Need, Rule, Severity, Verdict } from "./rule.ts";
import { severities } from "./rule.ts";
import type { Site } from "./site.ts";

/** A rule's drift on one site, or on one host name of it. */
export interface Finding extends Drift {
	readonly rule: string;
	readonly target: string | null;
	/** The policy that set the desired value. */
	readonly policy: string;
	/** Null while the drift is open. */
	readonly exemption: Exemption | null;
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
	readonly status: "drifted" | "unknown" | "exempt" | "in-sync" | "not-covered";
	/** What is open first, the worst first, in the order of the rules where equally bad. */
	readonly findings: readonly Finding[];
	readonly unknowns: readonly Unknown[];
	readonly conflicts: readonly Conflict[];
	/** What the policies want of it. */
	readonly desired: DesiredState;
}

/** What sites are judged by, besides their policies. */
export interface Basis {
	readonly rules: readonly Rule[];
	readonly exemptionOf: ExemptionOf;
	/** The subscription's, where some rule needs them. */
	readonly certificates: CertificateReading;
	readonly now: Date;
}

/** Judges one site by all rules. A rule that throws makes the site unknown for that rule and hides nothing else. */
export function evaluate(site: Site, { desired, conflicts }: Layers, basis: Basis): Assessment {
	const { rules, exemptionOf, certificates, now } = basis;
	const isAccepted = (rule: string) => exemptionOf({ resourceId: site.id, rule, target: null }) !== null;
	const circumstances: Circumstances = { desired, certificates, isAccepted, now };
	const findings: Finding[] = [];
	const unknowns: Unknown[] = [];
	let governed = false;

	for (const rule of rules) {
		const wanted = desired[rule.setting];
		if (wanted.state === "not-governed") continue;
		governed = true;
		if (wanted.state === "unknown") {
			unknowns.push({ rule: rule.id, target: null, reason: wanted.reason, because: "policy" });
			continue;
		}
		for (const verdict of check(rule, site, wanted.value, circumstances)) {
			if (verdict.verdict === "unknown") {
				unknowns.push({ rule: rule.id, target: verdict.target, reason: verdict.reason, because: "arm" });
			} else if (verdict.verdict === "drifted") {
				const { verdict: _, ...drift } = verdict;
				const { id, learnMore } = rule;
				const exemption = exemptionOf({ resourceId: site.id, rule: id, target: drift.target });
				findings.push({ rule: id, ...drift, policy: wanted.policy, exemption, learnMore });
			}
		}
	}

	return {
		site,
		status: statusOf(governed, findings, unknowns),
		findings: findings.toSorted(compareFindings),
		unknowns,
		conflicts,
		desired,
	};
}

/** What the rules that the policies call for need of this site, beside what a list tells. */
export function needsOf(site: Site, { desired }: Layers, rules: readonly Rule[]): ReadonlySet<Need> {
	const needs = new Set<Need>();
	for (const rule of rules) {
		const wanted = desired[rule.setting];
		if (rule.needs === undefined || wanted.state !== "desired") continue;
		try {
			for (const need of rule.needs(site, wanted.value)) needs.add(need);
		} catch {
			// What the rule is worth shows when it checks.
			needs.add("config").add("certificates");
		}
	}
	return needs;
}

/** Orders what is open before what is exempt, then the worst first. */
function compareFindings(
	a: Pick<Finding, "exemption" | "severity">,
	b: Pick<Finding, "exemption" | "severity">,
): number {
	return Number(a.exemption !== null) - Number(b.exemption !== null) || compareSeverity(a.severity, b.severity);
}

/** Orders the worst severity first. */
export function compareSeverity(a: Severity, b: Severity): number {
	return severities.indexOf(a) - severities.indexOf(b);
}

function check(
	rule: Rule,
	site: Site,
	desired: Parameters<Rule["check"]>[1],
	circumstances: Circumstances,
): readonly Verdict[] {
	try {
		return rule.check(site, desired, circumstances);
	} catch (error) {
		return [{ verdict: "unknown", target: null, reason: `the rule itself failed: ${String(error)}` }];
	}
}

function statusOf(governed: boolean, findings: readonly Finding[], unknowns: readonly Unknown[]): Assessment["status"] {
	if (findings.some(({ exemption }) => exemption === null)) return "drifted";
	if (unknowns.length > 0) return "unknown";
	if (findings.length > 0) return "exempt";
	return governed ? "in-sync" : "not-covered";
}
