import type { Problem } from "./core/problem.ts";
import type { Counts } from "./core/scan.ts";

/** What makes a scan the same one from try to try. */
export interface ScanKey {
	readonly subscriptionId: string;
	readonly scanId: string;
	/** When the timer asked for it. */
	readonly requestedAt: Date;
}

/** What is kept of one scan of one subscription: one row of the table `DriftScan`. */
export interface ScanRecord extends ScanKey {
	readonly startedAt: Date;
	readonly finishedAt: Date;
	readonly complete: boolean;
	readonly counts: Counts;
	/** Requests sent to Azure Resource Manager. */
	readonly requests: number;
	/** The first of them, where they are many. */
	readonly problems: readonly Problem[];
	/** Of all, those included that are not kept. */
	readonly problemCount: number;
	/** How many times the scan was begun. */
	readonly tries: number;
	/** Why the last try did not come to its end; null when it did. */
	readonly failure: string | null;
}

/** Of a try that came to no site. */
export const nothingCounted: Counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
