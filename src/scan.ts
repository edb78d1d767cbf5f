import type { Certificate } from "./core/certificate.ts";
import { type Assessment, evaluate, needsConfig } from "./core/evaluate.ts";
import type { Conflict, Policy } from "./core/policy.ts";
import { type Problem, shorten } from "./core/problem.ts";
import type { CertificateReading } from "./core/remediation.ts";
import { rules } from "./core/rules/index.ts";
import type { Scan, Subscription } from "./core/scan.ts";
import type { Scope } from "./core/scope.ts";
import type { Site, SiteConfig } from "./core/site.ts";
import { collectSites, type InventoryPorts, type Wanted } from "./inventory.ts";

/** What a scan of one subscription needs from outside. */
export interface ScanPorts extends InventoryPorts {
	/** However many are asked for, few are asked at a time. */
	readConfig(site: Site): Promise<SiteConfig>;
	listCertificates(): Promise<readonly Certificate[]>;
	/** How many requests were sent to ARM so far. */
	requestsSent(): number;
	now(): Date;
}

/** What to scan. */
export interface ScanRequest {
	readonly id: string;
	readonly subscription: Subscription;
	readonly policies: readonly Policy[];
	/** `/` for the whole subscription. */
	readonly scope: Scope;
	/** IDs of sites that are known from before, and may be missing from ARM's lists. */
	readonly known: readonly string[];
	readonly progress?: Wanted["progress"];
}

/** Reads the sites of a subscription and judges each as it comes: only those with something to tell are kept. Never throws for ARM's sake. */
export async function scanSubscription(request: ScanRequest, ports: ScanPorts): Promise<Scan> {
	const { id, subscription, policies, scope, known, progress } = request;
	const startedAt = ports.now();
	const counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
	const assessments: Assessment[] = [];
	const problems: Problem[] = [];
	const conflicts: Conflict[] = [];

	const wanted = { subscriptionId: subscription.id, scope, known, progress };
	const { unread, ...inventory } = await collectSites(wanted, ports, async (sites) => {
		for (const site of await Promise.all(sites.map((listed) => withConfig(listed, policies, ports)))) {
			const assessment = evaluate(site, policies, rules);
			counts.sites += 1;
			counts[countOf[assessment.status]] += 1;
			conflicts.push(...assessment.conflicts);
			problems.push(...explainUnknowns(assessment));
			if (assessment.findings.length > 0 || assessment.unknowns.length > 0) assessments.push(assessment);
		}
	});
	counts.sites += unread;
	counts.unknown += unread;
	const certificates = await readCertificates(assessments, ports);

	return {
		...inventory,
		id,
		subscription,
		startedAt,
		counts,
		assessments,
		problems: [...inventory.problems, ...problems, ...explainConflicts(conflicts)].map(shorten),
		certificates,
		requests: ports.requestsSent(),
		finishedAt: ports.now(),
	};
}

/** With what only `config/web` tells, where a policy governs it. */
async function withConfig(site: Site, policies: readonly Policy[], ports: ScanPorts): Promise<Site> {
	if (!needsConfig(site, policies, rules)) return site;
	try {
		return amend(site, await ports.readConfig(site));
	} catch (error) {
		const unread = { reported: false, reason: `config/web could not be read: ${ports.describeError(error)}` } as const;
		return amend(site, { minTlsVersion: unread, http20Enabled: unread });
	}
}

/** What the list told stands where `config/web` does not tell it. */
function amend(site: Site, { minTlsVersion, http20Enabled }: SiteConfig): Site {
	return {
		...site,
		minTlsVersion: minTlsVersion.reported || !site.minTlsVersion.reported ? minTlsVersion : site.minTlsVersion,
		http20Enabled: http20Enabled.reported || !site.http20Enabled.reported ? http20Enabled : site.http20Enabled,
	};
}

const countOf = { "in-sync": "inSync", drifted: "drifted", unknown: "unknown", "not-covered": "notCovered" } as const;

/** One request a subscription, and only where a host name waits for a certificate. */
async function readCertificates(assessments: readonly Assessment[], ports: ScanPorts): Promise<CertificateReading> {
	const changes = assessments.flatMap(({ findings }) => findings.flatMap(({ remedy }) => remedy));
	const needed = changes.some((change) => change.change === "binding" && change.thumbprint === null);
	if (!needed) return { readable: true, certificates: [] };
	try {
		return { readable: true, certificates: await ports.listCertificates() };
	} catch (error) {
		return { readable: false, reason: ports.describeError(error) };
	}
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
