import { hasEndedState } from "../../core/lifecycle/state.ts";
import type { Subscription } from "../../core/model/scan.ts";
import { describeSite, type SiteFacts } from "../../core/report/report.ts";
import { type KeyedFinding, type Listing, partitionOf } from "../../storage/ports.ts";
import { type FindingFilter, isNarrow, passes } from "../view/filter.ts";
import { type FindingView, viewFinding } from "../view/fleet.ts";

/** What a list of findings needs from outside. Whatever it throws is an error in one line. */
export interface ListPorts {
	/** In the order of their keys. */
	listStoredFindings(partition: string, listing: Listing): AsyncIterable<KeyedFinding>;
}

/** A finding with the site that it is of. */
export interface FindingItem extends SiteFacts, FindingView {
	readonly subscriptionId: string;
}

/** A part of a list. */
export interface FindingPage {
	readonly items: readonly FindingItem[];
	/** For the next part: goes on behind the last item; null where there is none. */
	readonly next: string | null;
}

export interface ListOptions {
	readonly filter: FindingFilter;
	/** At most so many items; all where it is not given. */
	readonly limit?: number;
	readonly after?: string | undefined;
	readonly portal: string;
}

const mostRowsAtOnce = 1000;

/**
 * Lists findings by the keys of their rows: what is there all the time is in exactly one part, whatever is written in between, and no
 * part reads what is in another.
 */
export async function listFindings(
	subscriptions: readonly Subscription[],
	{ filter, limit = Number.POSITIVE_INFINITY, after, portal }: ListOptions,
	ports: ListPorts,
): Promise<FindingPage> {
	const [lastPartition = "", lastKey] = after?.split("_") ?? [];
	const partitions = subscriptions.map((subscription) => partitionOf({ subscription })).toSorted();
	const withEnded = filter.states.some(hasEndedState);
	// Of those that a filter looks through, few may be left.
	const rowsAtOnce = isNarrow(filter) ? mostRowsAtOnce : Math.min(limit + 1, mostRowsAtOnce);
	const items: FindingItem[] = [];
	let last: string | null = null;
	for (const partition of partitions) {
		if (partition < lastPartition) continue;
		const listing = { after: partition === lastPartition ? lastKey : undefined, withEnded, rowsAtOnce };
		for await (const { key, finding } of ports.listStoredFindings(partition, listing)) {
			if (!passes(finding, filter)) continue;
			if (items.length === limit) return { items, next: last };
			const { site } = finding;
			const { resourceId, ...facts } = describeSite(site, portal);
			items.push({ resourceId, subscriptionId: site.subscriptionId, ...facts, ...viewFinding(finding) });
			last = `${partition}_${key}`;
		}
	}
	return { items, next: null };
}
