import type { Finding } from "./evaluate.ts";
import type { Severity } from "./rule.ts";
import type { Scan } from "./scan.ts";

/** A finding that is there, open or exempt, as it is remembered between scans. */
export interface OpenFinding {
	readonly resourceId: string;
	readonly rule: string;
	readonly target: string | null;
	readonly severity: Severity;
	readonly desired: string;
	readonly observed: string;
	readonly policy: string;
	/** The name of the exemption that accepts it; null while it is open. */
	readonly exemption: string | null;
	readonly firstSeen: Date;
}

/** How a scan changes what is remembered. */
export interface Settlement {
	/** New, or with another severity, desired or observed value, policy or exemption than before. */
	readonly open: readonly OpenFinding[];
	/** In sync, not applicable, or no longer governed. */
	readonly resolved: readonly OpenFinding[];
	/** The site is gone: ARM answered 404 for it. */
	readonly removed: readonly OpenFinding[];
	/** When each finding of the scan was first seen, by its identity. */
	readonly firstSeen: ReadonlyMap<string, Date>;
}

/** The open findings of one subscription, as they were when they were read. */
export interface Memory {
	readonly findings: readonly OpenFinding[];
	/** Writes what changed and nothing else. Throws when another scan has changed the same findings meanwhile. */
	save(settlement: Settlement, now: Date): Promise<void>;
}

/** What makes a finding the same one from scan to scan: the site and the host name without case, and the rule. */
export function identityOf(resourceId: string, rule: string, target: string | null): string {
	return JSON.stringify([resourceId.toLowerCase(), rule, target?.toLowerCase() ?? null]);
}

/**
 * Compares what was remembered with what a scan saw. What could not be read changes nothing: neither an unknown rule, nor an
 * unread site, nor anything at all where a list broke off.
 */
export function settle(known: readonly OpenFinding[], scan: Scan): Settlement {
	const remembered = new Map(known.map((finding) => [keyOf(finding), finding]));
	const seenNow = new Map<string, OpenFinding>();
	for (const { site, findings } of scan.assessments) {
		for (const finding of findings) {
			const key = identityOf(site.id, finding.rule, finding.target);
			const firstSeen = remembered.get(key)?.firstSeen ?? scan.startedAt;
			seenNow.set(key, remember(site.id, finding, firstSeen));
		}
	}
	const isUnknown = lookUpUnknowns(scan);
	const ended = scan.trustworthy ? known.filter((finding) => !seenNow.has(keyOf(finding))) : [];
	return {
		open: [...seenNow].filter(([key, finding]) => differs(finding, remembered.get(key))).map(([, finding]) => finding),
		resolved: ended.filter((finding) => scan.seen.has(finding.resourceId.toLowerCase()) && !isUnknown(finding)),
		removed: ended.filter((finding) => scan.absent.has(finding.resourceId.toLowerCase())),
		firstSeen: new Map([...seenNow].map(([key, { firstSeen }]) => [key, firstSeen])),
	};
}

/** Text in a cell of a table has its limits; what is compared is cut alike. */
const longestText = 4000;

function remember(resourceId: string, finding: Finding, firstSeen: Date): OpenFinding {
	const { rule, target, severity, policy } = finding;
	const desired = finding.desired.slice(0, longestText);
	const observed = finding.observed.slice(0, longestText);
	const exemption = finding.exemption?.name ?? null;
	return { resourceId, rule, target, severity, desired, observed, policy, exemption, firstSeen };
}

function differs(finding: OpenFinding, before: OpenFinding | undefined): boolean {
	if (before === undefined) return true;
	return (["severity", "desired", "observed", "policy", "exemption"] as const).some(
		(fact) => finding[fact] !== before[fact],
	);
}

function lookUpUnknowns({ assessments }: Scan): (finding: OpenFinding) => boolean {
	const unknown = new Set<string>();
	for (const { site, unknowns } of assessments) {
		for (const { rule, target } of unknowns) unknown.add(identityOf(site.id, rule, target));
	}
	// A rule without a target could tell nothing of any host name.
	return ({ resourceId, rule, target }) =>
		unknown.has(identityOf(resourceId, rule, target)) || unknown.has(identityOf(resourceId, rule, null));
}

function keyOf({ resourceId, rule, target }: OpenFinding): string {
	return identityOf(resourceId, rule, target);
}
