import { takeSettings } from "./consequence.ts";
import { compareSeverity } from "./evaluate.ts";
import type { KnownFinding, KnownSite } from "./known.ts";
import { rules } from "./rules/index.ts";
import type { FindingNews } from "./telling.ts";

/** What is told of one site. With one finding at least, what is open first, then what is exempt, then what has ended; the worst of each first, then in the order of the rules. */
export type Entry = readonly FindingNews[];

/** Orders what is worse before what is milder, within a site. */
export function compareNews(one: FindingNews, other: FindingNews): number {
	const [a, b] = [one.finding, other.finding];
	const host = ({ target }: KnownFinding) => target?.toLowerCase() ?? "";
	return (
		compareStanding(one, other) || ruleIds.indexOf(a.rule) - ruleIds.indexOf(b.rule) || compareText(host(a), host(b))
	);
}

function compareStanding({ finding: a }: FindingNews, { finding: b }: FindingNews): number {
	const rank = ({ status, exemption }: KnownFinding) => (status !== "open" ? 2 : Number(exemption !== null));
	return rank(a) - rank(b) || compareSeverity(a.severity, b.severity);
}

const ruleIds = rules.map(({ id }) => id);

export function compareText(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

/** Orders the sites by the worst of each. */
export function compareEntries(a: Entry, b: Entry): number {
	const [worst, other] = [a[0] as FindingNews, b[0] as FindingNews];
	const id = ({ finding }: FindingNews) => finding.site.id.toLowerCase();
	return compareStanding(worst, other) || compareText(id(worst), id(other));
}

/**
 * Cuts an entry into parts of about a size. What becomes one command stays together: the findings of one host name, and, where they
 * fit, those of the site as such.
 */
export function cutEntry(entry: Entry, size: number): Entry[] {
	if (entry.length <= size) return [entry];
	const parts: FindingNews[][] = [];
	const ofSite = entry.filter(({ finding }) => finding.target === null);
	const whole = ofSite.length > size ? ofSite.map((news) => [news]) : [ofSite].filter(({ length }) => length > 0);
	const byHostName = Map.groupBy(
		entry.filter(({ finding }) => finding.target !== null),
		({ finding }) => finding.target?.toLowerCase(),
	);
	for (const some of [...whole, ...byHostName.values()].toSorted((a, b) =>
		compareNews(a[0] as FindingNews, b[0] as FindingNews),
	)) {
		const last = parts.at(-1);
		if (last !== undefined && last.length + some.length <= size) last.push(...some);
		else parts.push(some);
	}
	return parts.map((part) => part.toSorted(compareNews));
}

/**
 * The site as its findings know it. One that could not be judged again is as old as its last judgement: of each setting that is
 * changed, what counts is what the finding saw that has it changed.
 */
export function siteOf(findings: readonly KnownFinding[], otherwise: KnownSite): KnownSite {
	let known = findings[0]?.site ?? otherwise;
	for (const { site, mending } of findings) known = takeSettings(known, site, mending);
	return known;
}

/** What commands are to mend. */
export function openOf(entry: Entry): readonly KnownFinding[] {
	return entry
		.filter(({ finding }) => finding.status === "open" && finding.exemption === null)
		.map(({ finding }) => finding);
}
