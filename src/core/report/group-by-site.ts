import type { MergedChanges } from "../model/change.ts";
import { compareSeverity, type StoredFinding, type StoredSite } from "../model/finding.ts";
import { copySettings } from "../remediation/effects.ts";
import { uniteChanges } from "../remediation/merge-changes.ts";
import { type Plan, planCommands } from "../remediation/plan.ts";
import { rules } from "../rules/index.ts";

/** A finding, and whatever is told with it. */
export interface Item {
	readonly finding: StoredFinding;
}

/** What is told of one site. With one finding at least, what is open first, then what is exempt, then what has ended; the worst of each first, then in the order of the rules. */
export type SiteEntry<T extends Item = Item> = readonly T[];

/** Orders what is worse before what is milder, within a site. */
export function compareItems(one: Item, other: Item): number {
	const [a, b] = [one.finding, other.finding];
	const host = ({ target }: StoredFinding) => target?.toLowerCase() ?? "";
	return (
		compareUrgency(one, other) || ruleIds.indexOf(a.rule) - ruleIds.indexOf(b.rule) || compareText(host(a), host(b))
	);
}

function compareUrgency({ finding: a }: Item, { finding: b }: Item): number {
	const rank = ({ status, exemption }: StoredFinding) => (status !== "open" ? 2 : Number(exemption !== null));
	return rank(a) - rank(b) || compareSeverity(a.severity, b.severity);
}

const ruleIds = rules.map(({ id }) => id);

export function compareText(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

/** Orders the sites by the worst of each. */
export function compareEntries(a: SiteEntry, b: SiteEntry): number {
	const [worst, other] = [a[0] as Item, b[0] as Item];
	const id = ({ finding }: Item) => finding.site.id.toLowerCase();
	return compareUrgency(worst, other) || compareText(id(worst), id(other));
}

/**
 * Cuts an entry into parts of about a size. What becomes one command stays together: the findings of one host name, and, where they
 * fit, those of the site as such.
 */
export function cutEntry<T extends Item>(entry: SiteEntry<T>, size: number): SiteEntry<T>[] {
	if (entry.length <= size) return [entry];
	const parts: T[][] = [];
	const ofSite = entry.filter(({ finding }) => finding.target === null);
	const whole = ofSite.length > size ? ofSite.map((item) => [item]) : [ofSite].filter(({ length }) => length > 0);
	const byHostName = Map.groupBy(
		entry.filter(({ finding }) => finding.target !== null),
		({ finding }) => finding.target?.toLowerCase(),
	);
	for (const some of [...whole, ...byHostName.values()].toSorted((a, b) => compareItems(a[0] as T, b[0] as T))) {
		const last = parts.at(-1);
		if (last !== undefined && last.length + some.length <= size) last.push(...some);
		else parts.push(some);
	}
	return parts.map((part) => part.toSorted(compareItems));
}

/**
 * The site as its findings know it. One that could not be judged again is as old as its last judgement: of each setting that is
 * changed, what counts is what the finding saw that has it changed.
 */
function siteOf(findings: readonly StoredFinding[], otherwise: StoredSite): StoredSite {
	let merged = findings[0]?.site ?? otherwise;
	for (const { site, fix } of findings) merged = copySettings(merged, site, fix);
	return merged;
}

/** What is to be done about a part of what is told of a site. */
export interface EntryPlan extends Plan {
	/** As all that is open knows it. */
	readonly site: StoredSite;
	/** What the remediation makes. */
	readonly changes: MergedChanges;
}

/** What mends a part of what is told of a site, and takes that back; its commands mind what the others do. */
export function planEntry(entry: SiteEntry, whole: SiteEntry): EntryPlan {
	const all = openOf(whole);
	const site = siteOf(all, (entry[0] as Item).finding.site);
	const unite = (findings: readonly StoredFinding[]) => uniteChanges(findings.map(({ fix }) => fix));
	const changes = unite(openOf(entry));
	return { site, changes, ...planCommands(site, changes, unite(all)) };
}

/** What commands are to mend. */
export function openOf(entry: SiteEntry): readonly StoredFinding[] {
	return entry
		.filter(({ finding }) => finding.status === "open" && finding.exemption === null)
		.map(({ finding }) => finding);
}
