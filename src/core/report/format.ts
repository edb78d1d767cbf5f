import type { Scan } from "../evaluation/scan-result.ts";
import type { Subscription } from "../model/scan.ts";
import type { ExemptionReport, Report } from "./report.ts";

/** What a report is about, and how its sites are counted. */
export function headline({ subscription, scan }: Pick<Report, "subscription" | "scan">): string {
	return subscription === null || scan === null ? "Set-up" : summarize(subscription, scan);
}

/** A subscription and how its sites are counted, in one line. */
export function summarize({ id, name }: Subscription, { counts, complete }: Pick<Scan, "counts" | "complete">): string {
	const counted: [number, string][] = [
		[counts.drifted, "drifted"],
		[counts.unknown, "unknown"],
		[counts.exempt, "exempt"],
		[counts.notCovered, "not covered"],
		[counts.inSync, "in sync"],
	];
	const parts = counted.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
	const total = `${counts.sites} ${counts.sites === 1 ? "site" : "sites"}${complete ? "" : ", not all could be read"}`;
	return `${name === id ? id : `${name} (${id})`}: ${[total, ...parts].join(", ")}`;
}

/** Why a drift is accepted, by whom and for how long, as the end of a sentence. */
export function describeExemption({ name, category, reason, owner, expiresOn }: ExemptionReport): string {
	return `exempt by "${name}" (${category}) until ${expiresOn}, says ${owner}: ${reason}`;
}

/** What to say of a scan without a finding: it is not the same as all being well. */
export function nothingDrifted({ counts, complete }: Pick<Scan, "counts" | "complete">): string {
	if (counts.unknown > 0 || !complete) return "No drift was found, but not everything could be told.";
	return "Nothing drifted.";
}
