import { type Subscription, withoutThose } from "../core/model/scan.ts";
import { beyondSubscriptions } from "../core/report/report.ts";
import { type FindingStore, partitionOf } from "../storage/ports.ts";
import { type EnqueuedScans, type EnqueueScansPorts, enqueueScans } from "./enqueue-scans.ts";
import { chooseSubscriptions } from "./subscriptions.ts";

/** What a scan that somebody asks for needs from outside. Whatever they throw is an error in one line. */
export interface RequestPorts extends EnqueueScansPorts {
	listSubscriptions(): Promise<readonly Subscription[]>;
	openFindingStore(partition: string, now: Date): Promise<FindingStore>;
}

export interface RequestSettings {
	/** Undefined: every subscription that can be listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly scanLifeMinutes: number;
}

/** Puts scans on the queue between two runs of the timer: of those subscriptions that `choose` leaves of all. */
export async function requestScans(
	{ subscriptions, scanLifeMinutes }: RequestSettings,
	choose: (all: readonly Subscription[]) => readonly Subscription[],
	ports: RequestPorts,
): Promise<EnqueuedScans> {
	const all = await chooseSubscriptions(subscriptions, ports.listSubscriptions);
	const chosen = choose(all);
	if (subscriptions === undefined) await storeListed(all, ports);
	return await enqueueScans(chosen, scanLifeMinutes, ports);
}

/** The page and the list of findings show those that were ever listed. */
async function storeListed(listed: readonly Subscription[], ports: RequestPorts): Promise<void> {
	const store = await ports.openFindingStore(partitionOf(beyondSubscriptions), ports.now());
	const newSubscriptions = withoutThose(listed, store.subscriptions);
	if (newSubscriptions.length > 0) await store.save({ findings: [], problems: [] }, { newSubscriptions });
}
