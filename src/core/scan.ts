import type { CertificateReading } from "./certificate.ts";
import type { Assessment } from "./evaluate.ts";
import type { Problem } from "./problem.ts";
import type { DoorCounts } from "./standing.ts";

/** Every site is counted once: `sites` is the sum of the other five. */
export interface Counts {
	readonly sites: number;
	readonly inSync: number;
	readonly drifted: number;
	readonly exempt: number;
	readonly unknown: number;
	readonly notCovered: number;
}

export interface Subscription {
	readonly id: string;
	readonly name: string;
}

/** What kept a scan from its end. */
export interface Failure {
	/** In one line without secrets. */
	readonly reason: string;
	/** Whether trying again later can help. */
	readonly transient: boolean;
}

/** Which sites of a subscription were found. */
export interface Inventory {
	/** Lower-case IDs of the sites that were read. */
	readonly seen: ReadonlySet<string>;
	/** Lower-case IDs that ARM answered 404 for. */
	readonly absent: ReadonlySet<string>;
	/** How many sites are there that could not be read. */
	readonly unread: number;
	/** Why the list of sites ended too early; null when it did not. */
	readonly failure: Failure | null;
	/** Whether the lists were read to their ends; if not, nothing can be taken as removed or resolved. */
	readonly trustworthy: boolean;
	/** Whether everything that is there was read. */
	readonly complete: boolean;
	readonly problems: readonly Problem[];
}

/** One scan of one subscription, judged and not yet rendered. `problems` are those of the inventory and of the judgement. */
export interface Scan extends Omit<Inventory, "unread"> {
	readonly id: string;
	readonly subscription: Subscription;
	readonly startedAt: Date;
	readonly finishedAt: Date;
	readonly counts: Counts;
	/** What is configured against what is enforced; null where no site was asked at its door. */
	readonly doors: DoorCounts | null;
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
export type ScanFacts = Pick<Scan, "id" | "startedAt" | "finishedAt" | "complete" | "counts" | "doors">;

/** How the scans of one subscription stand. */
export interface ScanState {
	/** The subscription's, as it was when a scan was asked for last. */
	readonly name: string | null;
	/** The one whose findings are remembered; null before there was any. */
	readonly lastScan: ScanFacts | null;
	readonly running: RunningScan | null;
}

/** A scan that was asked for and has not come to its end. */
export interface RunningScan {
	readonly id: string;
	readonly since: Date;
}

/** Whether a scan can still come to its end: its message is tried for so long after its turn has come. */
export function isAlive({ since }: Pick<RunningScan, "since">, scanLifeMinutes: number, now: Date): boolean {
	return now.getTime() - since.getTime() < scanLifeMinutes * 60_000;
}
