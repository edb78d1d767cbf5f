import type { Wanted } from "../parameters.ts";
import { findingStates, usualStates } from "../view/filter.ts";
import type { Look, SiteOrder } from "../view/fleet.ts";

/** The parameters of the page that shows this. They never hold the function key: the page's script adds it. */
export function toQuery({ filter, subscriptions, ...look }: Wanted & Partial<Look>): URLSearchParams {
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
		sort: look.order === undefined ? "" : writeSort(look.order, look.isReversed ?? false),
		page: look.page === undefined || look.page === 1 ? "" : String(look.page),
	};
	for (const [name, value] of Object.entries(values)) if (value !== "") query.set(name, value);
	return query;
}

export function reportLink(wanted: Wanted & Partial<Look>): string {
	return `report?${toQuery(wanted)}`;
}

/** As the parameter `sort` takes it; empty for the usual. */
export function writeSort(order: SiteOrder, isReversed: boolean): string {
	if (isReversed) return `-${order}`;
	return order === "worst" ? "" : order;
}
