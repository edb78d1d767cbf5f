import {
	identityOfFinding,
	identityOfProblem,
	type Known,
	type KnownFinding,
	type KnownProblem,
} from "../model/finding.ts";
import type { Problem } from "../model/problem.ts";
import { type Scope, scopeCovers } from "../model/scope.ts";
import type { Severity } from "../model/severity.ts";
import { compareSeverity } from "../model/severity.ts";
import {
	type FindingState,
	hasEnded,
	identityOfState,
	type ProblemState,
	stateOfFinding,
	stateOfProblem,
} from "./state.ts";

/** Why people are told of a finding: of several that apply, the first. */
export const findingReasons = [
	"removed",
	"resolved",
	"exempted",
	"exemption-ended",
	"reopened",
	"new",
	"changed",
	"reminder",
] as const;
export type FindingReason = (typeof findingReasons)[number];

/** The same of a problem. */
export const problemReasons = ["new", "reminder", "resolved"] as const;
export type ProblemReason = (typeof problemReasons)[number];

/** What a webhook was told last of each finding and problem of one subscription, or of what is beyond all of them. */
export interface Told {
	readonly findings: readonly Timed<FindingState>[];
	readonly problems: readonly Timed<ProblemState>[];
}

type Timed<State> = State & { readonly toldAt: Date };

/** What a receiver wants to hear of. */
export interface Audience {
	readonly minSeverity: Severity;
	readonly scope: Scope;
}

/** When to repeat what is still open. */
export interface Reminders {
	readonly now: Date;
	/** Hours after it was told last; 0 for never. */
	readonly everyHours: number;
}

export interface FindingNews {
	readonly reason: FindingReason;
	readonly finding: KnownFinding;
}

export interface ProblemNews {
	readonly reason: ProblemReason;
	readonly problem: KnownProblem;
}

/** What there is to tell. */
export interface News {
	readonly findings: readonly FindingNews[];
	readonly problems: readonly ProblemNews[];
}

/**
 * The difference between what a webhook was told and what is known now. What came and went in between is no news, and neither
 * is what nothing is known of any more.
 */
export function findNews(known: Known, told: Told, audience: Audience, reminders: Reminders): News {
	const toldFindings = new Map(told.findings.map((last) => [identityOfState(last), last]));
	const toldProblems = new Map(told.problems.map((last) => [identityOfProblem(last), last]));
	return {
		findings: known.findings.flatMap((finding) => {
			if (!scopeCovers(audience.scope, finding.site.id)) return [];
			const last = toldFindings.get(identityOfFinding(finding));
			const reason = whyTellFinding(stateOfFinding(finding), last, audience.minSeverity, reminders);
			return reason === null ? [] : [{ reason, finding }];
		}),
		problems: known.problems.flatMap((problem) => {
			if (!concerns(problem.scope, audience.scope)) return [];
			const reason = whyTellProblem(stateOfProblem(problem), toldProblems.get(identityOfProblem(problem)), reminders);
			return reason === null ? [] : [{ reason, problem }];
		}),
	};
}

/** Why to tell of a finding; null where there is no need to. Once told of, it is told to its end, however severe it is by then. */
function whyTellFinding(
	now: FindingState,
	last: Timed<FindingState> | undefined,
	minSeverity: Severity,
	reminders: Reminders,
): FindingReason | null {
	const isSevere = ({ severity }: FindingState) => compareSeverity(severity, minSeverity) <= 0;
	if (last === undefined || hasEnded(last)) {
		if (hasEnded(now) || !isSevere(now)) return null;
		if (now.state === "exempt") return "exempted";
		return last === undefined ? "new" : "reopened";
	}
	if (hasEnded(now)) return now.state;
	if (now.state !== last.state) return now.state === "exempt" ? "exempted" : "exemption-ended";
	const differs = (["severity", "desired", "comparable"] as const).some((fact) => now[fact] !== last[fact]);
	if (differs && (isSevere(now) || isSevere(last))) return "changed";
	const repeats = now.state === "open" && isSevere(now) && isReminderDue(last.toldAt, reminders);
	return repeats ? "reminder" : null;
}

/** Why to tell of a problem; null where there is no need to. */
function whyTellProblem(
	now: ProblemState,
	last: Timed<ProblemState> | undefined,
	reminders: Reminders,
): ProblemReason | null {
	const isTold = last?.state === "open";
	if (now.state === "resolved") return isTold ? "resolved" : null;
	if (!isTold) return "new";
	return isReminderDue(last.toldAt, reminders) ? "reminder" : null;
}

/** A timer does not fire on the millisecond: what is told at nine each day shall not be told at ten the next. */
const tolerance = 0.99;

function isReminderDue(toldAt: Date, { now, everyHours }: Reminders): boolean {
	return everyHours > 0 && now.getTime() - toldAt.getTime() >= tolerance * everyHours * 3_600_000;
}

/** Problems at, above and below the audience's scope, and those of the tables, concern it. */
function concerns(problemScope: Problem["scope"], audienceScope: Scope): boolean {
	return (
		!problemScope.startsWith("/") ||
		scopeCovers(audienceScope, problemScope) ||
		scopeCovers(problemScope, audienceScope)
	);
}
