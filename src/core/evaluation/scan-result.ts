import type { CertificateReading } from "../model/certificate.ts";
import type { Counts, Inventory, RunningScan, Subscription } from "../model/scan.ts";
import type { EnforcementCounts } from "../probe/enforcement.ts";
import type { Assessment } from "./evaluate.ts";

/** One scan of one subscription, judged and not yet rendered. `problems` are those of the inventory and of the judgement. */
export interface Scan extends Omit<Inventory, "unread"> {
	readonly id: string;
	readonly subscription: Subscription;
	readonly startedAt: Date;
	readonly finishedAt: Date;
	readonly counts: Counts;
	/** What is configured against what is enforced; null where no site was asked at its door. */
	readonly enforcement: EnforcementCounts | null;
	/** The sites with findings or unknowns. */
	readonly assessments: readonly Assessment[];
	/** The rows of DriftPolicy that cannot be read: what they want is unknown. */
	readonly unreadPolicies: ReadonlySet<string>;
	/** For the bindings that the findings ask for. */
	readonly certificates: CertificateReading;
	/** How many requests were sent to Azure Resource Manager. */
	readonly requests: number;
}

/** What is told of a scan as such. */
export type ScanFacts = Pick<Scan, "id" | "startedAt" | "finishedAt" | "complete" | "counts" | "enforcement">;

/** How the scans of one subscription stand. */
export interface ScanState {
	/** The subscription's, as it was when a scan was asked for last. */
	readonly name: string | null;
	/** The one whose findings are remembered; null before there was any. */
	readonly lastScan: ScanFacts | null;
	readonly running: RunningScan | null;
}
