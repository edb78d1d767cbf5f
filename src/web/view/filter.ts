import { type FindingState, stateOfFinding } from "../../core/lifecycle/state.ts";
import type { Severity, StoredFinding } from "../../core/model/finding.ts";
import { nameOf } from "../../core/model/site.ts";

/** How a finding can stand, in the order in which people look at them. */
export const findingStates = ["open", "exempt", "resolved", "removed"] as const satisfies FindingState["state"][];

/** Which findings somebody wants to see; an empty list leaves all. */
export interface FindingFilter {
	/** Words that each must stand somewhere, without case. */
	readonly text: string;
	readonly severities: readonly Severity[];
	readonly rules: readonly string[];
	readonly states: readonly FindingState["state"][];
}

/** What nobody asked for otherwise: what is there now. */
export const usualStates = ["open", "exempt"] as const satisfies FindingState["state"][];

/** Whether it leaves less than all that is there now. */
export function isNarrow({ text, severities, rules, states }: FindingFilter): boolean {
	return (
		text.trim() !== "" ||
		severities.length + rules.length > 0 ||
		!usualStates.every((state) => states.length === 0 || states.includes(state))
	);
}

export function passes(finding: StoredFinding, { text, severities, rules, states }: FindingFilter): boolean {
	const allows = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);
	return (
		allows(severities, finding.severity) &&
		allows(rules, finding.rule) &&
		allows(states, stateOfFinding(finding).state) &&
		holds(finding, text)
	);
}

function holds(finding: StoredFinding, text: string): boolean {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return true;
	const { site, rule, target, desired, observed, policy, exemption } = finding;
	const texts = [site.id, nameOf(site), rule, target, desired, observed, policy];
	const accepted = exemption === null ? [] : [exemption.name, exemption.owner, exemption.reason];
	const all = [...texts, ...accepted].join("\n").toLowerCase();
	return words.every((word) => all.includes(word));
}
