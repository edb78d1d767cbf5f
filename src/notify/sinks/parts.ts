import type { ProblemReport, Report, SiteReport } from "../../core/report/report.ts";

/** One HTTP message, and what of the report it lists. */
export interface RenderedPart extends Share {
	readonly body: string;
}

/** What one part of a report lists. */
export interface Share {
	readonly sites: readonly SiteReport[];
	readonly problems: readonly ProblemReport[];
}

/** Fills parts, sites first; each site and each problem stands in exactly one. An item weighs as much of a part as it fills: 1 is all of it. */
export function fillParts(report: Report, weigh: (item: SiteReport | ProblemReport) => number): readonly Share[] {
	const shares: { sites: SiteReport[]; problems: ProblemReport[] }[] = [];
	let used = Number.POSITIVE_INFINITY;
	for (const item of [...report.sites, ...report.problems]) {
		const weight = weigh(item);
		if (used + weight > 1) {
			shares.push({ sites: [], problems: [] });
			used = 0;
		}
		used += weight;
		if ("resourceId" in item) shares.at(-1)?.sites.push(item);
		else shares.at(-1)?.problems.push(item);
	}
	return shares;
}

/** In UTF-8, as JSON. */
export function bytesOf(value: unknown): number {
	return Buffer.byteLength(JSON.stringify(value));
}
