import { identityOf, type Severity, type StoredFinding, type StoredProblem } from "../model/finding.ts";
import type { Problem } from "../model/problem.ts";

/** How a finding stands, as far as it matters whether people are told of it again. */
export interface FindingState {
	readonly resourceId: string;
	readonly rule: string;
	readonly target: string | null;
	readonly severity: Severity;
	readonly desired: string;
	readonly fingerprint: string;
	readonly state: "open" | "exempt" | "resolved" | "removed";
}

/** The same of a problem. */
export interface ProblemState extends Pick<Problem, "code" | "scope"> {
	readonly state: "open" | "resolved";
}

export function hasEnded<S extends FindingState | ProblemState>(
	one: S,
): one is S & { readonly state: "resolved" | "removed" } {
	return one.state === "resolved" || one.state === "removed";
}

/** The same of a word for how a finding stands. */
export function hasEndedState(state: FindingState["state"]): boolean {
	return state === "resolved" || state === "removed";
}

export function stateOfFinding(finding: StoredFinding): FindingState {
	const { site, rule, target, severity, desired, fingerprint, status, exemption } = finding;
	const state = status === "open" && exemption !== null ? "exempt" : status;
	return { resourceId: site.id, rule, target, severity, desired, fingerprint, state };
}

export function stateOfProblem({ code, scope, status }: StoredProblem): ProblemState {
	return { code, scope, state: status };
}

export function identityOfState({ resourceId, rule, target }: FindingState): string {
	return identityOf(resourceId, rule, target);
}
