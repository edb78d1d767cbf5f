import { type CertificateReading, explainUnread } from "../model/certificate.ts";
import type { Problem } from "../model/problem.ts";
import type { Subscription } from "../model/scan.ts";
import type { Conflict } from "../policy/precedence.ts";
import type { Assessment } from "./evaluate.ts";

/**
 * What ARM, or a site at its door, did not tell: one problem for each site, and one for all the sites that wait for the list of certificates. What the
 * policies leave open is a problem of theirs.
 */
export function explainUnknowns(
	{ id }: Subscription,
	assessments: readonly Assessment[],
	certificates: CertificateReading,
): readonly Problem[] {
	const shared = certificates.readable ? undefined : explainUnread(certificates.reason);
	const problems: Problem[] = [];
	let waiting = 0;
	for (const { site, unknowns } of assessments) {
		const unread = unknowns.filter(({ because }) => because === "unread");
		if (unread.some(({ reason }) => reason === shared)) waiting += 1;
		const byReason = Map.groupBy(
			unread.filter(({ reason }) => reason !== shared),
			({ reason }) => reason,
		);
		if (byReason.size === 0) continue;
		const own = [...byReason].map(([reason, some]) => {
			return `${[...new Set(some.map(({ rule }) => rule))].join(", ")}: ${reason}`;
		});
		const message = `${site.id} could not be judged. ${own.join(". ")}.`;
		problems.push({ code: "site-unreadable", scope: site.id, message });
	}
	if (waiting > 0) {
		const sites = `${waiting} ${waiting === 1 ? "site" : "sites"}`;
		const message = `When the certificates of ${sites} expire cannot be told: ${shared}.`;
		problems.push({ code: "site-unreadable", scope: `/subscriptions/${id}`, message });
	}
	return problems;
}

/** One problem for each cell: the first of the rows that disagree, with all that do so on some site. */
export function explainConflicts(conflicts: readonly Conflict[]): readonly Problem[] {
	const conflictsByField = new Map<string, { readonly name: string; readonly others: Set<string>; sites: number }>();
	for (const { setting, policies } of conflicts) {
		const scope = `DriftPolicy/${policies[0]}/${setting}`;
		const conflict = conflictsByField.get(scope) ?? {
			name: `DriftPolicy, row "${policies[0]}", column "${setting}"`,
			others: new Set<string>(),
			sites: 0,
		};
		for (const row of policies.slice(1)) conflict.others.add(`"${row}"`);
		conflict.sites += 1;
		conflictsByField.set(scope, conflict);
	}
	return [...conflictsByField].map(([scope, { name, others, sites }]) => ({
		code: "policy-conflict",
		scope,
		message: `${name}: rows that are equally specific want another value (${[...others].sort().join(", ")}); the setting is unknown for ${sites} ${sites === 1 ? "site" : "sites"}. Change one of the rows, or give it a deeper scope.`,
	}));
}
