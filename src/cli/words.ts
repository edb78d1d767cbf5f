import type { Report, SiteReport } from "../core/report.ts";

/** A site as people call it: `app`, or `app/slot`. */
export function nameOf({ name, slot }: Pick<SiteReport, "name" | "slot">): string {
	return slot === null ? name : `${name}/${slot}`;
}

/** What a report is about, and how its sites are counted. */
export function headline({ subscription, scan }: Report): string {
	if (subscription === null || scan === null) return "Set-up";
	const { sites, drifted, unknown, exempt, notCovered, inSync } = scan.counts;
	const counted: [number, string][] = [
		[drifted, "drifted"],
		[unknown, "unknown"],
		[exempt, "exempt"],
		[notCovered, "not covered"],
		[inSync, "in sync"],
	];
	const parts = counted.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
	const name = subscription.name === subscription.id ? subscription.id : `${subscription.name} (${subscription.id})`;
	const total = `${sites} ${sites === 1 ? "site" : "sites"}${scan.complete ? "" : ", not all could be read"}`;
	return `${name}: ${[total, ...parts].join(", ")}`;
}
