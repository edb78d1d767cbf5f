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
	const unreadable: string[] = [];
	const seen = new Set<string>();
	let complete = true;

	const readings = untilFailure(ports.listSites(subscription.id), (error) => {
		complete = false;
		problems.push(explainIncomplete(subscription, counts.sites, ports.describeError(error)));
	});
	for await (const reading of readings) {
		if (!reading.readable) {
			counts.sites += 1;
			counts.unknown += 1;
			complete = false;
			unreadable.push(reading.reason);
			continue;
		}
		const { site } = reading;
		// A site that is made or deleted between two pages moves others over their border.
		if (seen.has(site.id.toLowerCase()) || !scopeCovers(scope, site.id)) continue;
		seen.add(site.id.toLowerCase());
		const assessment = evaluate(site, policies, rules);
		counts.sites += 1;
		counts[countOf[assessment.status]] += 1;
		conflicts.push(...assessment.conflicts);
		problems.push(...explainUnknowns(assessment));
		if (assessment.findings.length > 0 || assessment.unknowns.length > 0) assessments.push(assessment);
	}

	return {
		id,
		subscription,
		startedAt,
		complete,
		counts,
		assessments,
		problems: [...problems, ...explainUnreadable(subscription, unreadable), ...explainConflicts(conflicts)],
		certificates: await readCertificates(subscription, assessments, ports),
		finishedAt: ports.now(),
	};
}

/** Hands on what can be read, and tells of the failure that ends it; what fails in the reader's own hands is not caught here. */
async function* untilFailure<T>(source: AsyncIterable<T>, tell: (error: unknown) => void): AsyncGenerator<T> {
	try {
		yield* source;
	} catch (error) {
		tell(error);
	}
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

/** What was listed without the ID of a site has no scope but the subscription: all of it is one problem. */
function explainUnreadable(subscription: Subscription, reasons: readonly string[]): Problem[] {
	const [first, ...others] = new Set(reasons);
	if (first === undefined) return [];
	const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
	return [{ code: "site-unreadable", scope: `/subscriptions/${subscription.id}`, message: `${first}${more}.` }];
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
	return [...rowsByCell].map(([scope, { setting, rows, sites }]) => {
		const names = [...rows]
			.sort()
			.map((row) => `"${row}"`)
			.join(", ");
		const unknown = `it is unknown for ${sites} ${sites === 1 ? "site" : "sites"}`;
		const message = `${names} are equally specific and want different values of ${setting}: ${unknown}. Change one of the rows, or give it a deeper scope.`;
		return { code: "policy-conflict", scope, message };
	});
}
