import type { CertificateReading } from "../model/certificate.ts";
import type { Exemption, ExemptionOf } from "../model/exemption.ts";
import { compareSeverity } from "../model/finding.ts";
import type { Site } from "../model/site.ts";
import type { Conflict, Desired, DesiredState, EffectivePolicy } from "../policy/precedence.ts";
import { type EnforcementResult, enforcementOutcome } from "../probe/enforcement.ts";
import { notProbed, type ProbeReading } from "../probe/reading.ts";
import type { Drift, Need, Rule, RuleContext, Verdict } from "./rule.ts";

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
	/** `unread`: ARM, or the site at its door, did not tell; `policy`: the policies do not say what is wanted. */
	readonly because: "unread" | "policy";
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
	/** What is configured against what is enforced; empty where the site is not asked at its door. */
	readonly enforcementResults: readonly EnforcementResult[];
}

/** What sites are judged by, besides their policies. */
export interface Basis {
	readonly rules: readonly Rule[];
	readonly exemptionOf: ExemptionOf;
	/** The subscription's, where some rule needs them. */
	readonly certificates: CertificateReading;
	/** What this site said, where some rule needs it. */
	readonly probe?: ProbeReading;
	readonly now: Date;
}

/** Judges one site by all rules. A rule that throws makes the site unknown for that rule and hides nothing else. */
export function evaluate(site: Site, { desired, conflicts }: EffectivePolicy, basis: Basis): Assessment {
	const { rules, exemptionOf, certificates, probe = notProbed, now } = basis;
	const isAccepted = (rule: string) => exemptionOf({ resourceId: site.id, rule, target: null }) !== null;
	const context: RuleContext = { desired, certificates, probe, isAccepted, now };
	const findings: Finding[] = [];
	const unknowns: Unknown[] = [];
	const enforced: Pick<EnforcementResult, "hostName" | "rule" | "enforced">[] = [];
	let governed = false;

	for (const rule of rules) {
		const wanted = wantedBy(rule, desired);
		if (wanted.state === "not-governed") continue;
		governed = true;
		if (wanted.state === "unknown") {
			unknowns.push({ rule: rule.id, target: null, reason: wanted.reason, because: "policy" });
			if (rule.verifies) enforced.push({ hostName: null, rule: rule.id, enforced: "unknown" });
			continue;
		}
		for (const verdict of check(rule, site, wanted.value, context)) {
			if (rule.verifies && verdict.verdict !== "not-applicable") {
				enforced.push({ hostName: verdict.target, rule: rule.id, enforced: isEnforced[verdict.verdict] });
			}
			if (verdict.verdict === "unknown") {
				unknowns.push({ rule: rule.id, target: verdict.target, reason: verdict.reason, because: "unread" });
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
		enforcementResults: enforced.map((one) => {
			const configured = isConfigured(one, rules, findings, unknowns);
			return { ...one, configured, outcome: enforcementOutcome(configured, one.enforced) };
		}),
	};
}

const isEnforced = { "in-sync": "yes", drifted: "no", unknown: "unknown" } as const;

/** What the policies want of a rule. At the door, nothing is asked unless they want that, too. */
function wantedBy(rule: Rule, desired: DesiredState): Desired<Parameters<Rule["check"]>[1]> {
	const own = desired[rule.setting];
	if (rule.verifies === undefined || own.state === "not-governed") return own;
	const { verify } = desired;
	if (verify.state !== "desired") return verify;
	return verify.value ? own : { state: "not-governed" };
}

/** How what a rule sees at the door is configured: what the rules say of it that it confirms. */
function isConfigured(
	{ rule, hostName }: Pick<EnforcementResult, "hostName" | "rule">,
	rules: readonly Rule[],
	findings: readonly Finding[],
	unknowns: readonly Unknown[],
): EnforcementResult["configured"] {
	const verifies = rules.find(({ id }) => id === rule)?.verifies ?? [];
	const isOfIt = (some: { readonly rule: string; readonly target: string | null }) =>
		verifies.includes(some.rule) &&
		(some.target === null || hostName === null || some.target.toLowerCase() === hostName.toLowerCase());
	if (findings.some(isOfIt)) return "wrong";
	return unknowns.some(isOfIt) ? "unknown" : "right";
}

/** What the rules that the policies call for need of this site, beside what a list tells. */
export function needsOf(site: Site, { desired }: EffectivePolicy, rules: readonly Rule[]): ReadonlySet<Need> {
	const needs = new Set<Need>();
	for (const rule of rules) {
		const wanted = wantedBy(rule, desired);
		if (rule.needs === undefined || wanted.state !== "desired") continue;
		try {
			for (const need of rule.needs(site, wanted.value)) needs.add(need);
		} catch {
			// What the rule is worth shows when it checks.
			needs.add("config").add("certificates");
			if (rule.verifies) needs.add("probe");
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

function check(
	rule: Rule,
	site: Site,
	desired: Parameters<Rule["check"]>[1],
	context: RuleContext,
): readonly Verdict[] {
	try {
		return rule.check(site, desired, context);
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
