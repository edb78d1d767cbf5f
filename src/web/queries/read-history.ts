import pLimit from "p-limit";
import type { ScanPoint, Subscription } from "../../core/model/scan.ts";
import { countPerDay, type Day } from "../view/history.ts";

/** What a look back needs from outside. Whatever it throws is an error in one line. */
export interface HistoryPorts {
	/** Of the scans that were asked for since a time. */
	readScanPoints(subscriptionId: string, since: Date): Promise<readonly ScanPoint[]>;
	now(): Date;
}

/** How many days people look back. */
const historyDays = 30;

const readAtOnce = 16;

/** How the sites of these subscriptions stood on each of the last days. */
export async function readHistory(
	subscriptions: readonly Subscription[],
	ports: HistoryPorts,
): Promise<readonly Day[]> {
	const now = ports.now();
	const since = new Date(now.getTime() - historyDays * 86_400_000);
	const limit = pLimit(readAtOnce);
	const points = subscriptions.map(({ id }) => limit(() => ports.readScanPoints(id, since)));
	return countPerDay(await Promise.all(points), historyDays, now);
}
