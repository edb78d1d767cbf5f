import type { Certificate } from "./core/certificate.ts";
import { type Assessment, evaluate } from "./core/evaluate.ts";
import type { Conflict, Policy } from "./core/policy.ts";
import type { Problem } from "./core/problem.ts";
import type { CertificateReading } from "./core/remediation.ts";
import type { Scan, Subscription } from "./core/report.ts";
import { rules } from "./core/rules/index.ts";
import { type Scope, scopeCovers } from "./core/scope.ts";
import type { SiteReading } from "./core/site.ts";

/** What a scan needs from outside. */
export interface ScanPorts {
	listSites(subscriptionId: string): AsyncIterable<SiteReading>;
	listCertificates(subscriptionId: string): Promise<readonly Certificate[]>;
	/** Why ARM could not be read, in one line without secrets. */
	describeError(error: unknown): string;
	now(): Date;
	newId(): string;
}

/** Lists the sites of a subscription and judges each as it comes: only those with something to tell are kept. Never throws for ARM's sake. */
export async function scanSubscription(
	subscription: Subscription,
	policies: readonly Policy[],
	ports: ScanPorts,
	scope: Scope = "/",
): Promise<Scan> {
	const id = ports.newId();
	const startedAt = ports.now();
	const counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
	const assessments: Assessment[] = [];
	const problems: Problem[] = [];
	const conflicts: Conflict[] = [];
	const seen = new Set<string>();
	let complete = true;

	try {
		for await (const reading of ports.listSites(subscription.id)) {
			const siteId = (reading.readable ? reading.site.id : reading.id).toLowerCase();
			// A site that is made or deleted between two pages moves others over their border.
			if (seen.has(siteId) || !scopeCovers(scope, siteId)) continue;
			if (reading.readable) seen.add(siteId);
			counts.sites += 1;
			if (!reading.readable) {
				counts.unknown += 1;
				complete = false;
				problems.push(explainUnreadable(reading.id, subscription, reading.reason));
				continue;
			}
			const assessment = evaluate(reading.site, policies, rules);
			counts[countOf[assessment.status]] += 1;
			conflicts.push(...assessment.conflicts);
			problems.push(...explainUnknowns(assessment));
			if (assessment.findings.length > 0 || assessment.unknowns.length > 0) assessments.push(assessment);
		}
	} catch (error) {
		complete = false;
		problems.push(explainIncomplete(subscription, counts.sites, ports.describeError(error)));
	}

	return {
		id,
		subscription,
		startedAt,
		complete,
		counts,
		assessments,
		problems: [...problems, ...explainConflicts(conflicts)],
		certificates: await readCertificates(subscription, assessments, ports),
		finishedAt: ports.now(),
	};
}

const countOf = { "in-sync": "inSync", drifted: "drifted", unknown: "unknown", "not-covered": "notCovered" } as const;

/** One request a subscription, and only where a host name waits for a certificate. */
async function readCertificates(
	subscription: Subscription,
	assessments: readonly Assessment[],
	ports: ScanPorts,
): Promise<CertificateReading> {
	const changes = assessments.flatMap(({ findings }) => findings.flatMap(({ remedy }) => remedy));
	const needed = changes.some((change) => change.change === "binding" && change.thumbprint === null);
	if (!needed) return { readable: true, certificates: [] };
	try {
		return { readable: true, certificates: await ports.listCertificates(subscription.id) };
	} catch (error) {
		return { readable: false, reason: ports.describeError(error) };
	}
}

function explainIncomplete(subscription: Subscription, read: number, reason: string): Problem {
	return {
		code: "subscription-unreadable",
		scope: `/subscriptions/${subscription.id}`,
		message: `Subscription ${subscription.id} could not be read${read > 0 ? ` after ${read} sites` : ""}: ${reason}.`,
	};
}

function explainUnreadable(id: string, subscription: Subscription, reason: string): Problem {
	return { code: "site-unreadable", scope: id || `/subscriptions/${subscription.id}`, message: reason };
}

/** What ARM did not tell of a site, in one problem; what the policies leave open is a problem of theirs. */
function explainUnknowns({ site, unknowns }: Assessment): Problem[] {
	const reasons = new Set(
		unknowns.filter(({ because }) => because === "arm").map(({ rule, reason }) => `${rule}: ${reason}`),
	);
	if (reasons.size === 0) return [];
	return [
		{ code: "site-unreadable", scope: site.id, message: `${site.id} could not be judged. ${[...reasons].join(". ")}.` },
	];
}

/** One problem for each cell: the first of the rows that disagree, with all that do so on some site. */
function explainConflicts(conflicts: readonly Conflict[]): Problem[] {
	const rowsByCell = new Map<string, { readonly setting: string; readonly rows: Set<string>; sites: number }>();
	for (const { setting, policies } of conflicts) {
		const cell = `DriftPolicy/${policies[0]}/${setting}`;
		const known = rowsByCell.get(cell) ?? { setting, rows: new Set<string>(), sites: 0 };
		for (const row of policies) known.rows.add(row);
		known.sites += 1;
		rowsByCell.set(cell, known);
	}
	return [...rowsByCell].map(([scope, { setting, rows, sites }]) => ({
		code: "policy-conflict",
		scope,
		message: `${[...rows].map((row) => `"${row}"`).join(", ")} are equally specific and want different values of ${setting}: it is unknown for ${sites} ${sites === 1 ? "site" : "sites"}. Change one of the rows, or give it a deeper scope.`,
	}));
}
