import type { Problem } from "./problem.ts";

/** Every site is counted once: `sites` is the sum of the other five. */
export interface Counts {
	readonly sites: number;
	readonly inSync: number;
	readonly drifted: number;
	readonly exempt: number;
	readonly unknown: number;
	readonly notCovered: number;
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
	readonly confirmedDeleted: ReadonlySet<string>;
	/** How many sites are there that could not be read. */
	readonly unread: number;
	/** Why the list of sites ended too early; null when it did not. */
	readonly failure: Failure | null;
	/** Whether the lists were read to their ends; if not, nothing can be taken as removed or resolved. */
	readonly listsComplete: boolean;
	/** Whether everything that is there was read. */
	readonly complete: boolean;
	readonly problems: readonly Problem[];
}

/** A scan that was asked for and has not come to its end. */
export interface RunningScan {
	readonly id: string;
	readonly since: Date;
}

/** Whether a scan can still come to its end: its message is tried for so long after its turn has come. */
export function isLeaseValid({ since }: Pick<RunningScan, "since">, scanLifeMinutes: number, now: Date): boolean {
	return now.getTime() - since.getTime() < scanLifeMinutes * 60_000;
}

/** Of a try that came to no site. */
export const nothingCounted: Counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };

/** What a scan counted, and when. */
export interface ScanPoint {
	readonly finishedAt: Date;
	readonly complete: boolean;
	readonly counts: Counts;
}

/** What sites come to in all. */
export function sumCounts(all: readonly Counts[]): Counts {
	const sum = (count: keyof Counts) => all.reduce((total, counts) => total + counts[count], 0);
	return {
		sites: sum("sites"),
		inSync: sum("inSync"),
		drifted: sum("drifted"),
		exempt: sum("exempt"),
		unknown: sum("unknown"),
		notCovered: sum("notCovered"),
	};
}

export interface Subscription {
	readonly id: string;
	readonly name: string;
}

/** Those that are not among others, by their IDs without case. */
export function withoutThose(some: readonly Subscription[], others: readonly Subscription[]): readonly Subscription[] {
	const ids = new Set(others.map(({ id }) => id.toLowerCase()));
	return some.filter(({ id }) => !ids.has(id.toLowerCase()));
}
