import * as z from "zod";
import { severities } from "../core/model/finding.ts";
import { printable } from "../core/model/text.ts";
import { rules } from "../core/rules/index.ts";
import { type FindingFilter, findingStates, usualStates } from "./view/filter.ts";
import { type FleetQuery, type SiteOrder, siteOrders } from "./view/fleet.ts";

/** What a caller asked for and cannot have; the text says what there is instead. */
export class BadRequestError extends Error {
	override readonly name = "BadRequestError";
}

/** Which subscriptions and findings somebody wants to see. */
export interface Wanted {
	readonly filter: FindingFilter;
	/** Lower-case IDs; empty for all. */
	readonly subscriptions: readonly string[];
}

const ruleIds = rules.map(({ id }) => id);
const mostPerPage = 1000;
const usualPerPage = 200;

const subscriptionParameter = z.object({
	subscription: z
		.string()
		.default("")
		.transform(splitList)
		.pipe(z.array(z.guid("takes IDs of subscriptions"))),
});

const filterParameters = subscriptionParameter.extend({
	q: z.string().max(200, "takes 200 characters at most").default(""),
	severity: oneOrMore(severities),
	rule: oneOrMore(ruleIds),
	state: oneOrMore([...findingStates, "any"]),
});

const fleetParameters = filterParameters.extend({
	sort: z
		.string()
		.default("worst")
		.refine(
			(value) => isOrder(value.replace(/^-/, "")),
			`takes ${siteOrders.join(", ")}, each also after a minus sign`,
		),
	page: z
		.string()
		.regex(/^[1-9]\d{0,8}$/, "takes a number from 1 on")
		.default("1")
		.transform(Number),
});

const listParameters = filterParameters.extend({
	limit: z
		.string()
		.default(String(usualPerPage))
		.refine((value) => /^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= mostPerPage, {
			error: `takes a number from 1 to ${mostPerPage}`,
		})
		.transform(Number),
	after: z
		.string()
		.regex(/^[\da-f-]{36}_[\da-f]{64}$/, "is not one of a link to the next page")
		.optional(),
	format: z.enum(["json", "csv"], "takes json or csv").optional(),
});

/** What a list of findings takes. */
export const listingParameters = Object.keys(listParameters.shape);
const allParameters = [...Object.keys(fleetParameters.shape), ...listingParameters];

/** For the page. Throws a BadRequestError. */
export function readFleetQuery(query: URLSearchParams): Wanted & FleetQuery {
	const { sort, page, ...filter } = parse(fleetParameters, query);
	return { ...toWanted(filter), order: sort.replace(/^-/, "") as SiteOrder, isReversed: sort.startsWith("-"), page };
}

/** For programs. Throws a BadRequestError. */
export function readListing(query: URLSearchParams): Wanted & Omit<z.output<typeof listParameters>, keyof Filter> {
	const { limit, after, format, ...filter } = parse(listParameters, query);
	return { ...toWanted(filter), limit, after, format };
}

/** Lower-case IDs; empty for all. Throws a BadRequestError. */
export function readSubscriptions(query: URLSearchParams): readonly string[] {
	return parse(subscriptionParameter, query).subscription;
}

type Filter = z.output<typeof filterParameters>;

/** What nobody asked for otherwise is what is there now. */
function toWanted({ q, severity, rule, state, subscription }: Filter): Wanted {
	return {
		filter: {
			text: q,
			severities: severity,
			rules: rule,
			// In their own order, so that the same choice is the same list.
			states: findingStates.filter((one) =>
				state.length === 0 ? usualStates.some((usual) => usual === one) : state.includes(one) || state.includes("any"),
			),
		},
		subscriptions: subscription,
	};
}

/** The function key, its name, and which page is shown. */
const otherParameters = ["code", "clientid", "view"];

/** A parameter that comes several times is one list. A misspelt one would show more than was asked for. */
function parse<S extends z.ZodObject>(schema: S, query: URLSearchParams): z.output<S> {
	const strange = [...query.keys()].filter(
		(name) => !otherParameters.includes(name.toLowerCase()) && !allParameters.includes(name),
	);
	if (strange.length > 0) {
		throw new BadRequestError(
			`${printable([...new Set(strange)].join(", ").slice(0, 100))}: there are ${Object.keys(schema.shape).join(", ")}`,
		);
	}
	const given = Object.keys(schema.shape).flatMap((name) => {
		const text = query.getAll(name).join(",").trim();
		return text === "" ? [] : [[name, text]];
	});
	const parsed = schema.safeParse(Object.fromEntries(given));
	if (parsed.success) return parsed.data;
	const problems = new Map(parsed.error.issues.map(({ path, message }) => [path[0], message]));
	throw new BadRequestError([...problems].map(([name, message]) => `${String(name)} ${message}`).join("; "));
}

function oneOrMore<const T extends string>(values: readonly T[]) {
	return z
		.string()
		.default("")
		.transform((text) => splitList(text))
		.pipe(z.array(z.enum(values, `takes ${values.join(", ")}, also several of them`)));
}

function splitList(text: string): string[] {
	return text
		.toLowerCase()
		.split(",")
		.map((value) => value.trim())
		.filter(Boolean);
}

function isOrder(value: string): value is SiteOrder {
	return (siteOrders as readonly string[]).includes(value);
}
