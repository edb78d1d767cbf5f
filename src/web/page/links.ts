import type { Wanted } from "../parameters.ts";
import { findingStates, usualStates } from "../view/filter.ts";
import type { FleetQuery, SiteOrder } from "../view/fleet.ts";

/** The parameters of the page that shows this. They never hold the function key: the page's script adds it. */
export function toQuery({ filter, subscriptions, ...paging }: Wanted & Partial<FleetQuery>): URLSearchParams {
	const query = new URLSearchParams();
	const { text, severities, rules, states } = filter;
	const usual = states.join() === usualStates.join();
	const isAny = states.length === findingStates.length;
	const values = {
		q: text,
		severity: severities.join(),
		rule: rules.join(),
		state: usual ? "" : isAny ? "any" : states.join(),
		subscription: subscriptions.join(),
		sort: paging.order === undefined ? "" : writeSort(paging.order, paging.isReversed ?? false),
		page: paging.page === undefined || paging.page === 1 ? "" : String(paging.page),
	};
	for (const [name, value] of Object.entries(values)) if (value !== "") query.set(name, value);
	return query;
}

export function reportLink(wanted: Wanted & Partial<FleetQuery>): string {
	return `report?${toQuery(wanted)}`;
}

/** As the parameter `sort` takes it; empty for the usual. */
export function writeSort(order: SiteOrder, isReversed: boolean): string {
	if (isReversed) return `-${order}`;
	return order === "worst" ? "" : order;
}
