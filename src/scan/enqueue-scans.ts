import pLimit from "p-limit";
import type { ScanFacts } from "../core/evaluation/scan-result.ts";
import { isLeaseValid, type RunningScan, type Subscription } from "../core/model/scan.ts";
import { writeScanMessage } from "../storage/messages/scan-message.ts";
import type { ScanLease } from "../storage/ports.ts";
import type { Log } from "../telemetry/log.ts";
import type { Measurement } from "../telemetry/signals.ts";

/** What putting scans on the queue needs from outside. Whatever they throw is an error in one line. */
export interface EnqueueScansPorts extends Pick<Log, "logError"> {
	openLease(subscription: Subscription): Promise<ScanLease>;
	/** When the last scan that saw everything ended; null where there is none. `since` is where to look first. */
	readLastCompleteScan(subscriptionId: string, since: Date): Promise<Date | null>;
	/** Puts a message on the queue of scans. */
	sendScanMessage(message: string): Promise<void>;
	newId(): string;
	now(): Date;
	measure(measurement: Measurement): void;
}

/** What came of it, for each subscription one of three. */
export interface EnqueuedScans {
	readonly started: readonly { readonly subscription: Subscription; readonly scan: RunningScan }[];
	/** Those that are being scanned already. */
	readonly running: readonly { readonly subscription: Subscription; readonly scan: RunningScan }[];
	readonly failed: readonly { readonly subscription: Subscription; readonly message: string }[];
}

const enqueuedAtOnce = 8;
const dayMs = 86_400_000;

/** Puts one message for each subscription on the queue, but for those that are being scanned already. */
export async function enqueueScans(
	subscriptions: readonly Subscription[],
	scanLifeMinutes: number,
	ports: EnqueueScansPorts,
): Promise<EnqueuedScans> {
	const limit = pLimit(enqueuedAtOnce);
	const outcomes = await Promise.all(
		subscriptions.map((subscription) => limit(() => enqueueScan(subscription, scanLifeMinutes, ports))),
	);
	const scansThat = (what: "started" | "running") =>
		outcomes.flatMap(({ is, ...outcome }) => (is === what && "scan" in outcome ? [outcome] : []));
	return {
		started: scansThat("started"),
		running: scansThat("running"),
		failed: outcomes.flatMap(({ is: _, ...outcome }) => ("message" in outcome ? [outcome] : [])),
	};
}

type Outcome =
	| { readonly is: "started" | "running"; readonly subscription: Subscription; readonly scan: RunningScan }
	| { readonly is: "failed"; readonly subscription: Subscription; readonly message: string };

async function enqueueScan(
	subscription: Subscription,
	scanLifeMinutes: number,
	ports: EnqueueScansPorts,
): Promise<Outcome> {
	const scan = { id: ports.newId(), since: ports.now() };
	// Where that cannot be told, the scan itself looks once more.
	const lease = await openOrLog();
	await measureScanAge(subscription, lease?.lastScan ?? null, scan.since, ports).catch(logFailure);
	if (lease?.running && isLeaseValid(lease.running, scanLifeMinutes, scan.since)) {
		return { is: "running", subscription, scan: lease.running };
	}
	try {
		await ports.sendScanMessage(writeScanMessage({ scanId: scan.id, subscription, requestedAt: scan.since }));
	} catch (error) {
		return { is: "failed", subscription, message: (error as Error).message };
	}
	// Only now: what is written down as under way is on the queue, whatever happens to this process.
	const isAcquired = await lease?.acquire(scan).catch(logFailure);
	if (isAcquired !== false) return { is: "started", subscription, scan };
	// Of two at the same moment one is let go when its turn comes.
	const other = (await openOrLog())?.running ?? null;
	// One's own is there where the answer to the first write got lost.
	const isStarted = other === null || other.id === scan.id;
	return isStarted ? { is: "started", subscription, scan } : { is: "running", subscription, scan: other };

	function openOrLog(): Promise<ScanLease | undefined> {
		return ports.openLease(subscription).catch(logFailure);
	}

	function logFailure(error: Error): undefined {
		ports.logError("storage-failed", error.message);
	}
}

/** How long ago a subscription was seen as a whole. The table of scans is asked only where the last one did not. */
async function measureScanAge(
	{ id: subscription }: Subscription,
	last: ScanFacts | null,
	now: Date,
	ports: EnqueueScansPorts,
): Promise<void> {
	const ended = last?.complete
		? last.finishedAt
		: await ports.readLastCompleteScan(subscription, new Date(now.getTime() - dayMs));
	if (ended === null) return;
	const value = (now.getTime() - ended.getTime()) / 1000;
	ports.measure({ name: "mtls_drift.scan.age", value, attributes: { subscription } });
}
