import type { Subscription } from "../core/model/scan.ts";

/** The subscriptions to scan: those wanted, or every one that can be listed. Throws when there is none, or the list fails. */
export async function chooseSubscriptions(
	wanted: readonly string[] | undefined,
	list: () => Promise<readonly Subscription[]>,
): Promise<readonly Subscription[]> {
	if (wanted === undefined) {
		// A list can hold one twice where it changes between two pages.
		const subscriptions = new Map((await list()).map((subscription) => [subscription.id.toLowerCase(), subscription]));
		if (subscriptions.size > 0) return [...subscriptions.values()];
		throw new Error(
			"the identity can read no enabled subscription; give it the Reader role on what it is to scan, or set DRIFT_SUBSCRIPTIONS",
		);
	}
	// Only for the names: a subscription that is not in the list, or a list that fails, shows when its sites are read.
	const listed = await list().catch((): readonly Subscription[] => []);
	return wanted.map((id) => listed.find((subscription) => subscription.id.toLowerCase() === id) ?? { id, name: id });
}
