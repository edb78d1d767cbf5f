import type { Severity } from "../model/finding.ts";
import {
	compareSeverity,
	identityOfFinding,
	identityOfProblem,
	type StoredFinding,
	type StoredProblem,
	type StoredRecords,
} from "../model/finding.ts";
import type { Problem } from "../model/problem.ts";
import { type Scope, scopeCovers } from "../model/scope.ts";
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
export interface Notified {
	readonly findings: readonly Timed<FindingState>[];
	readonly problems: readonly Timed<ProblemState>[];
}

type Timed<State> = State & { readonly notifiedAt: Date };

/** What a receiver wants to hear of. */
export interface ReceiverFilter {
	readonly minSeverity: Severity;
	readonly scope: Scope;
}

/** When to repeat what is still open. */
export interface Reminders {
	readonly now: Date;
	/** Hours after it was told last; 0 for never. */
	readonly everyHours: number;
}

export interface FindingNotification {
	readonly reason: FindingReason;
	readonly finding: StoredFinding;
}

export interface ProblemNotification {
	readonly reason: ProblemReason;
	readonly problem: StoredProblem;
}

/** What there is to tell. */
export interface Notifications {
	readonly findings: readonly FindingNotification[];
	readonly problems: readonly ProblemNotification[];
}

/**
 * The difference between what a webhook was told and what is known now. What came and went in between is no news, and neither
 * is what nothing is known of any more.
 */
export function findNotifications(
	records: StoredRecords,
	notified: Notified,
	receiver: ReceiverFilter,
	reminders: Reminders,
): Notifications {
	const notifiedFindings = new Map(notified.findings.map((last) => [identityOfState(last), last]));
	const notifiedProblems = new Map(notified.problems.map((last) => [identityOfProblem(last), last]));
	return {
		findings: records.findings.flatMap((finding) => {
			if (!scopeCovers(receiver.scope, finding.site.id)) return [];
			const last = notifiedFindings.get(identityOfFinding(finding));
			const reason = findingReason(stateOfFinding(finding), last, receiver.minSeverity, reminders);
			return reason === null ? [] : [{ reason, finding }];
		}),
		problems: records.problems.flatMap((problem) => {
			if (!concerns(problem.scope, receiver.scope)) return [];
			const reason = problemReason(
				stateOfProblem(problem),
				notifiedProblems.get(identityOfProblem(problem)),
				reminders,
			);
			return reason === null ? [] : [{ reason, problem }];
		}),
	};
}

/** Why to tell of a finding; null where there is no need to. Once told of, it is told to its end, however severe it is by then. */
function findingReason(
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
	const differs = (["severity", "desired", "fingerprint"] as const).some((fact) => now[fact] !== last[fact]);
	if (differs && (isSevere(now) || isSevere(last))) return "changed";
	const repeats = now.state === "open" && isSevere(now) && isReminderDue(last.notifiedAt, reminders);
	return repeats ? "reminder" : null;
}

/** Why to tell of a problem; null where there is no need to. */
function problemReason(
	now: ProblemState,
	last: Timed<ProblemState> | undefined,
	reminders: Reminders,
): ProblemReason | null {
	const isNotified = last?.state === "open";
	if (now.state === "resolved") return isNotified ? "resolved" : null;
	if (!isNotified) return "new";
	return isReminderDue(last.notifiedAt, reminders) ? "reminder" : null;
}

/** A timer does not fire on the millisecond: what is told at nine each day shall not be told at ten the next. */
const tolerance = 0.99;

function isReminderDue(notifiedAt: Date, { now, everyHours }: Reminders): boolean {
	return everyHours > 0 && now.getTime() - notifiedAt.getTime() >= tolerance * everyHours * 3_600_000;
}

/** Problems at, above and below the audience's scope, and those of the tables, concern it. */
function concerns(problemScope: Problem["scope"], receiverScope: Scope): boolean {
	return (
		!problemScope.startsWith("/") ||
		scopeCovers(receiverScope, problemScope) ||
		scopeCovers(problemScope, receiverScope)
	);
}
