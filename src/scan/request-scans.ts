import type { Subscription } from "../core/model/subscription.ts";
import { withoutThose } from "../core/model/subscription.ts";
import { beyondSubscriptions } from "../core/report/report.ts";
import { type FindingMemory, placeOf } from "../storage/ports.ts";
import { type QueuedScans, type QueuePorts, queueScans } from "./enqueue-scans.ts";
import { chooseSubscriptions } from "./subscriptions.ts";

/** What a scan that somebody asks for needs from outside. Whatever they throw is an error in one line. */
export interface RequestPorts extends QueuePorts {
	listSubscriptions(): Promise<readonly Subscription[]>;
	readMemory(place: string, now: Date): Promise<FindingMemory>;
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
): Promise<QueuedScans> {
	const all = await chooseSubscriptions(subscriptions, ports.listSubscriptions);
	const chosen = choose(all);
	if (subscriptions === undefined) await rememberListed(all, ports);
	return await queueScans(chosen, scanLifeMinutes, ports);
}

/** The page and the list of findings show those that were ever listed. */
async function rememberListed(listed: readonly Subscription[], ports: RequestPorts): Promise<void> {
	const memory = await ports.readMemory(placeOf(beyondSubscriptions), ports.now());
	const newSubscriptions = withoutThose(listed, memory.subscriptions);
	if (newSubscriptions.length > 0) await memory.save({ findings: [], problems: [] }, { newSubscriptions });
}
