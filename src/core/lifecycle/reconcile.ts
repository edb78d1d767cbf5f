import type { Scan } from "../evaluation/scan-result.ts";
import {
	identityOf,
	identityOfFinding,
	identityOfProblem,
	type StoredFinding,
	type StoredProblem,
	type StoredRecords,
} from "../model/finding.ts";
import { type Problem, shorten } from "../model/problem.ts";
import { storable } from "../model/text.ts";
import { toStoredFindings } from "./stored-findings.ts";

/**
 * Compares what was open with what a scan saw, and gives what is to be written: what is new, other than before, or has ended.
 * What could not be read changes nothing: neither an unknown rule, nor an unread site, nor a policy whose row cannot be read,
 * nor anything at all where a list broke off.
 */
export function reconcile(open: StoredRecords, scan: Scan): StoredRecords {
	const { startedAt, finishedAt } = scan;
	const before = new Map(open.findings.map((finding) => [identityOfFinding(finding), finding]));
	const seen = new Map<string, StoredFinding>();
	for (const finding of toStoredFindings(scan)) {
		const identity = identityOfFinding(finding);
		seen.set(identity, { ...finding, firstSeen: before.get(identity)?.firstSeen ?? startedAt });
	}
	const isUnknown = indexUnknowns(scan);
	const unreadPolicies = new Set([...scan.unreadPolicies].map(storable));
	const ended = open.findings.flatMap((finding): StoredFinding[] => {
		const { site, policy } = finding;
		const id = site.id.toLowerCase();
		if (!scan.listsComplete || seen.has(identityOfFinding(finding))) return [];
		if (scan.confirmedDeleted.has(id)) return [{ ...finding, status: "removed", endedAt: finishedAt }];
		const isConclusive = scan.seen.has(id) && !isUnknown(finding) && !unreadPolicies.has(policy);
		return isConclusive ? [{ ...finding, status: "resolved", endedAt: finishedAt }] : [];
	});
	const changed = [...seen].filter(([identity, finding]) => !isUnchanged(finding, before.get(identity)));
	return {
		findings: [...changed.map(([, finding]) => finding), ...ended],
		problems: reconcileProblems(open.problems, scan.problems, startedAt, ({ code }) => {
			// The sites that were not read may be those that the policies disagree on.
			return code === "policy-conflict" ? scan.complete : scan.listsComplete;
		}),
	};
}

/**
 * The problems that are new, have another message than before, or are over; `isConclusive` says of one that was not seen again
 * whether it would have been seen.
 */
export function reconcileProblems(
	open: readonly StoredProblem[],
	problems: readonly Problem[],
	now: Date,
	isConclusive: (problem: StoredProblem) => boolean,
): readonly StoredProblem[] {
	const before = new Map(open.map((problem) => [identityOfProblem(problem), problem]));
	const seen = new Map<string, StoredProblem>();
	for (const [identity, some] of Map.groupBy(problems, ({ code, scope }) =>
		identityOfProblem({ code, scope: storable(scope) }),
	)) {
		const { code } = some[0] as Problem;
		const scope = storable((some[0] as Problem).scope);
		// Several can be said of one subscription.
		const { message } = shorten({ code, scope, message: storable(some.map((one) => one.message).join(" ")) });
		const firstSeen = before.get(identity)?.firstSeen ?? now;
		seen.set(identity, { code, scope, message, firstSeen, status: "open", endedAt: null });
	}
	const over = open.filter((problem) => !seen.has(identityOfProblem(problem)) && isConclusive(problem));
	return [
		...[...seen]
			.filter(([identity, problem]) => problem.message !== before.get(identity)?.message)
			.map(([, problem]) => problem),
		...over.map((problem): StoredProblem => ({ ...problem, status: "resolved", endedAt: now })),
	];
}

function indexUnknowns({ assessments }: Scan): (finding: StoredFinding) => boolean {
	const unknown = new Set<string>();
	for (const { site, unknowns } of assessments) {
		for (const { rule, target } of unknowns) unknown.add(identityOf(site.id, rule, target));
	}
	// A rule without a target could tell nothing of any host name.
	return ({ site, rule, target }) =>
		unknown.has(identityOf(site.id, rule, target)) || unknown.has(identityOf(site.id, rule, null));
}

/** ARM spells names now so, now so: case does not matter in what holds them. */
function isUnchanged(finding: StoredFinding, before: StoredFinding | undefined): boolean {
	if (before === undefined) return false;
	const part = ({ site, target, fix, explanation, ...facts }: StoredFinding) => ({
		named: JSON.parse(JSON.stringify({ site, target, fix, explanation }).toLowerCase()) as unknown,
		// What is brought back is brought back to the letter.
		verbatim: site.verbatim,
		facts,
	});
	return isSame(part(finding), part(before));
}

/** Whether two values say the same, in whatever order their properties stand. */
function isSame(a: unknown, b: unknown): boolean {
	if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
	const [some, others] = [Object.entries(a), new Map(Object.entries(b))];
	return some.length === others.size && some.every(([key, value]) => others.has(key) && isSame(value, others.get(key)));
}
