import { type Counts, type ScanPoint, sumCounts } from "../../core/model/scan.ts";

/** How the sites stood at the end of a day, in UTC. */
export interface Day {
	/** Its first moment. */
	readonly day: Date;
	/** Of the day's last scan of each subscription, of those that saw everything where there was one; null where nothing was scanned. */
	readonly counts: Counts | null;
	/** How many subscriptions had none, though they had one before. */
	readonly unscanned: number;
	/** How many had none that saw everything. */
	readonly incomplete: number;
}

const dayMs = 86_400_000;

/** How the sites stood day by day, today last; one list of scans for each subscription, in any order. */
export function countPerDay(subscriptions: readonly (readonly ScanPoint[])[], days: number, now: Date): readonly Day[] {
	const today = Math.floor(now.getTime() / dayMs);
	const byDay = subscriptions.map((points) => {
		// One that broke off before it came to any site tells nothing of them.
		const conclusive = points.filter(({ complete, counts }) => complete || counts.sites > 0);
		return Map.groupBy(conclusive, ({ finishedAt }) => Math.floor(finishedAt.getTime() / dayMs));
	});
	return Array.from({ length: days }, (_, index): Day => {
		const day = today - days + 1 + index;
		const last = byDay.map((scans) => lastOf(scans.get(day) ?? []));
		const seen = last.filter((point) => point !== undefined);
		const hadOneBefore = (scans: ReadonlyMap<number, unknown>) => [...scans.keys()].some((other) => other < day);
		return {
			day: new Date(day * dayMs),
			counts: seen.length === 0 ? null : sumCounts(seen.map(({ counts }) => counts)),
			unscanned: byDay.filter((scans, one) => last[one] === undefined && hadOneBefore(scans)).length,
			incomplete: seen.filter(({ complete }) => !complete).length,
		};
	});
}

function lastOf(points: readonly ScanPoint[]): ScanPoint | undefined {
	const inOrder = points.toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime());
	return inOrder.findLast(({ complete }) => complete) ?? inOrder.at(-1);
}
