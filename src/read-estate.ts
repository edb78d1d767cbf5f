import pLimit from "p-limit";
import type { Estate } from "./core/estate.ts";
import { beyondSubscriptions } from "./core/report.ts";
import type { Subscription } from "./core/scan.ts";
import { type PlaceState, placeOf } from "./memory.ts";

/** What a look at what is remembered needs from outside. Whatever it throws is an error in one line. */
export interface EstatePorts {
	/** What is open of one place and, where asked for, what has ended. */
	readPlace(place: string, withEnded: boolean): Promise<PlaceState>;
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
	withEnded: boolean,
	ports: EstatePorts,
): Promise<Estate> {
	const limit = pLimit(readAtOnce);
	const read = subscriptions.map((subscription) =>
		limit(async () => {
			const { known, state } = await ports.readPlace(placeOf({ subscription }), withEnded);
			return { subscription: { id: subscription.id, name: state.name ?? subscription.name }, known, ...state };
		}),
	);
	return { subscriptions: await Promise.all(read), beyond };
}
