import pLimit from "p-limit";
import { isLeaseValid, type Subscription } from "../../core/model/scan.ts";
import { beyondSubscriptions } from "../../core/report/report.ts";
import { type PartitionState, partitionOf } from "../../storage/ports.ts";
import type { Fleet } from "../view/fleet.ts";

/** What a look at what is remembered needs from outside. Whatever it throws is an error in one line. */
export interface FleetPorts {
	/** What is open of one place and, where asked for, what has ended. */
	readPartition(partition: string, withEnded: boolean): Promise<PartitionState>;
}

export interface FleetOptions {
	/** Whether to read what has ended, too. */
	readonly withEnded: boolean;
	/** After so long, a scan that is not done is taken for lost. */
	readonly scanLifeMinutes: number;
	readonly now: Date;
}

const readAtOnce = 16;

/** The subscriptions that are scanned, as far as they are known without asking Azure Resource Manager. */
export async function listScanned(
	wanted: readonly string[] | undefined,
	ports: FleetPorts,
): Promise<{ readonly scanned: readonly Subscription[]; readonly beyond: Fleet["beyond"] }> {
	const { records, subscriptions } = await ports.readPartition(partitionOf(beyondSubscriptions), false);
	const nameOf = (id: string) => subscriptions.find((listed) => listed.id.toLowerCase() === id)?.name ?? id;
	return { scanned: wanted?.map((id) => ({ id, name: nameOf(id) })) ?? subscriptions, beyond: records.problems };
}

/** What is remembered of these subscriptions: one query for each. */
export async function readFleet(
	subscriptions: readonly Subscription[],
	beyond: Fleet["beyond"],
	{ withEnded, scanLifeMinutes, now }: FleetOptions,
	ports: FleetPorts,
): Promise<Fleet> {
	const limit = pLimit(readAtOnce);
	const read = subscriptions.map((subscription) =>
		limit(async () => {
			const { records, state } = await ports.readPartition(partitionOf({ subscription }), withEnded);
			const { name, lastScan, running } = state;
			const isRunning = running !== null && isLeaseValid(running, scanLifeMinutes, now);
			const named = { id: subscription.id, name: name ?? subscription.name };
			return { subscription: named, records, name, lastScan, running: isRunning ? running : null };
		}),
	);
	return { subscriptions: await Promise.all(read), beyond };
}
