import pLimit from "p-limit";
import { isAlive } from "../../core/model/scan.ts";
import type { Subscription } from "../../core/model/subscription.ts";
import { beyondSubscriptions } from "../../core/report/report.ts";
import { type PlaceState, placeOf } from "../../storage/ports.ts";
import type { Estate } from "../view/fleet.ts";

/** What a look at what is remembered needs from outside. Whatever it throws is an error in one line. */
export interface EstatePorts {
	/** What is open of one place and, where asked for, what has ended. */
	readPlace(place: string, withEnded: boolean): Promise<PlaceState>;
}

export interface EstateOptions {
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
	ports: EstatePorts,
): Promise<{ readonly scanned: readonly Subscription[]; readonly beyond: Estate["beyond"] }> {
	const { known, subscriptions } = await ports.readPlace(placeOf(beyondSubscriptions), false);
	const nameOf = (id: string) => subscriptions.find((listed) => listed.id.toLowerCase() === id)?.name ?? id;
	return { scanned: wanted?.map((id) => ({ id, name: nameOf(id) })) ?? subscriptions, beyond: known.problems };
}

/** What is remembered of these subscriptions: one query for each. */
export async function readEstate(
	subscriptions: readonly Subscription[],
	beyond: Estate["beyond"],
	{ withEnded, scanLifeMinutes, now }: EstateOptions,
	ports: EstatePorts,
): Promise<Estate> {
	const limit = pLimit(readAtOnce);
	const read = subscriptions.map((subscription) =>
		limit(async () => {
			const { known, state } = await ports.readPlace(placeOf({ subscription }), withEnded);
			const { name, lastScan, running } = state;
			const isRunning = running !== null && isAlive(running, scanLifeMinutes, now);
			const named = { id: subscription.id, name: name ?? subscription.name };
			return { subscription: named, known, name, lastScan, running: isRunning ? running : null };
		}),
	);
	return { subscriptions: await Promise.all(read), beyond };
}
