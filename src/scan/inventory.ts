import pLimit from "p-limit";
import type { Problem } from "../core/model/problem.ts";
import { parseSiteId } from "../core/model/resource-id.ts";
import type { Failure, Inventory } from "../core/model/scan.ts";
import { type Scope, scopeCovers } from "../core/model/scope.ts";
import type { Site, SiteReading } from "../core/model/site.ts";
import type { Trace } from "../telemetry/signals.ts";

/** What can be asked of Azure Resource Manager about the sites of one subscription. */
export interface InventoryPorts {
	/** The sites that App Service lists, page by page, without slots. */
	listSites(): AsyncIterable<readonly SiteReading[]>;
	/** The sites and slots of a resource group, page by page. */
	listSitesAndSlots(resourceGroup: string): AsyncIterable<readonly SiteReading[]>;
	/** The IDs of all sites and slots by the subscription's list of resources, page by page. */
	listSiteIds(): AsyncIterable<readonly string[]>;
	/** Undefined: ARM answers that it is not there. However many are asked for, few are asked at a time. */
	readSite(id: string): Promise<SiteReading | undefined>;
	/** Why ARM could not be read, in one line without secrets. */
	describeError(error: unknown): string;
	/** Whether the same request may succeed later. */
	isTransient(error: unknown): boolean;
	readonly trace: Trace;
}

/** What to look for. */
export interface Wanted {
	readonly subscriptionId: string;
	readonly scope: Scope;
	/** IDs that are known from before: each is looked for until it is read, or ARM answers that it is not there. */
	readonly known: readonly string[];
	/** Is told how many sites were read, and how many are expected once that is known. */
	readonly progress?: ((read: number, expected: number | null) => void) | undefined;
}

/** Each list holds a page of sites in memory. */
const listsAtOnce = 4;

/**
 * Reads every site and slot of a subscription once and hands them to `take` as they come. App Service's list is checked
 * against the list of resources; what it lacks is read one by one. Never throws for ARM's sake.
 */
export async function collectSites(
	wanted: Wanted,
	ports: InventoryPorts,
	take: (sites: readonly Site[]) => Promise<void>,
): Promise<Inventory> {
	const subscription = `/subscriptions/${wanted.subscriptionId}`;
	const seen = new Set<string>();
	const absent = new Set<string>();
	const unread = new Set<string>();
	/** Why something that was listed, and whose ID is not known, could not be read. */
	const nameless: string[] = [];
	const problems: Problem[] = [];

	let expected: number | null = null;

	const subject = { subscription: wanted.subscriptionId };
	const censusComing = ports
		.trace("census", subject, () => readCensus(wanted, ports))
		.then((read) => {
			if (read.failure === null) expected = read.ids.size;
			return read;
		});
	const failure = await ports.trace("list", subject, () => forEachPage(ports.listSites(), takeSome, ports));
	const census = await censusComing;
	for (const reason of census.odd) nameless.push(reason);
	if (failure !== null) {
		const message = `Subscription ${wanted.subscriptionId} could not be read${afterSome(seen.size)}: ${failure.reason}.`;
		problems.push({ code: "subscription-unreadable", scope: subscription, message });
	} else if (census.failure === null) {
		await takeSlots();
		await takeMissing();
	}
	// Where the list of sites failed too, nothing more is to be said.
	if (failure === null && census.failure !== null) {
		const message = `The list of resources of subscription ${wanted.subscriptionId} could not be read: ${census.failure.reason}. Slots, and sites that App Service leaves out of its own list, are not seen; nothing is taken as removed or resolved.`;
		problems.push({ code: "list-incomplete", scope: subscription, message });
	}
	if (nameless.length > 0) problems.push(explainNameless(subscription, nameless));

	const trustworthy = failure === null && census.failure === null;
	const unreadSites = nameless.length + unread.size;
	const complete = trustworthy && unreadSites === 0 && problems.length === 0;
	return { seen, absent, unread: unreadSites, failure, trustworthy, complete, problems };

	async function takeSome(readings: readonly SiteReading[]): Promise<void> {
		const sites: Site[] = [];
		for (const reading of readings) {
			if (!reading.readable) nameless.push(reading.reason);
			else if (!isOurs(reading.site.id, wanted)) nameless.push(explainOdd(reading.site.id));
			else if (isMissing(reading.site.id)) {
				seen.add(reading.site.id.toLowerCase());
				sites.push(reading.site);
			}
		}
		await take(sites);
		wanted.progress?.(seen.size, expected);
	}

	/** A site that is made or deleted between two pages moves others over their border: they come twice. */
	function isMissing(id: string): boolean {
		return !seen.has(id.toLowerCase()) && scopeCovers(wanted.scope, id);
	}

	/** One list for each resource group that has slots. Where it fails, the slots are known all the same, by the census. */
	async function takeSlots(): Promise<void> {
		const slots = [...census.ids.values()].filter((id) => isMissing(id) && parseSiteId(id)?.slot);
		const groups = Map.groupBy(slots, (id) => parseSiteId(id)?.resourceGroup.toLowerCase());
		const limit = pLimit(listsAtOnce);
		await Promise.all([...groups.values()].map((group) => limit(() => takeGroup(group))));
	}

	async function takeGroup(slots: readonly string[]): Promise<void> {
		const { resourceGroup = "" } = parseSiteId(slots[0] ?? "") ?? {};
		// Its sites have been listed before, what cannot be read of them included.
		const takeNew = (readings: readonly SiteReading[]) =>
			takeSome(readings.filter((reading) => reading.readable || !nameless.includes(reading.reason)));
		const end = await forEachPage(ports.listSitesAndSlots(resourceGroup), takeNew, ports);
		if (end === null) return;
		const missed = slots.filter(isMissing);
		for (const id of missed) unread.add(id.toLowerCase());
		problems.push({
			code: "list-incomplete",
			scope: `${subscription}/resourceGroups/${resourceGroup}`,
			message: `The slots of resource group ${resourceGroup} could not be listed: ${end.reason}. Unknown slots: ${missed.length}.`,
		});
	}

	/** What no list had: by the census, or from before. */
	async function takeMissing(): Promise<void> {
		const missing = new Map<string, string>();
		for (const id of [...census.ids.values(), ...wanted.known]) {
			const key = id.toLowerCase();
			if (isMissing(id) && !unread.has(key)) missing.set(key, id);
		}
		await Promise.all([...missing].map(([key, id]) => takeOne(key, id)));
	}

	async function takeOne(key: string, id: string): Promise<void> {
		const reading = await ports
			.readSite(id)
			.catch((error: unknown): SiteReading => ({ readable: false, reason: ports.describeError(error) }));
		if (reading === undefined) absent.add(key);
		else if (reading.readable && reading.site.id.toLowerCase() === key) await takeSome([reading]);
		else {
			unread.add(key);
			const reason = reading.readable ? `ARM answered with ${reading.site.id} instead` : reading.reason;
			problems.push({ code: "site-unreadable", scope: id, message: `${id} could not be read: ${reason}.` });
		}
	}
}

interface Census {
	/** Each under itself in lower case; without what is beyond the scope. */
	readonly ids: ReadonlyMap<string, string>;
	/** What was listed under an ID that is no site's. */
	readonly odd: readonly string[];
	readonly failure: Failure | null;
}

async function readCensus(wanted: Wanted, ports: InventoryPorts): Promise<Census> {
	const found = new Map<string, string>();
	const odd: string[] = [];
	const failure = await forEachPage(
		ports.listSiteIds(),
		async (ids) => {
			for (const id of ids) {
				if (!isOurs(id, wanted)) odd.push(explainOdd(id));
				else if (scopeCovers(wanted.scope, id)) found.set(id.toLowerCase(), id);
			}
		},
		ports,
	);
	return { ids: found, odd, failure };
}

/** Gives each page to `take`; what fails in the pages is a failure, what fails in `take` is thrown. */
async function forEachPage<T>(
	pages: AsyncIterable<readonly T[]>,
	take: (page: readonly T[]) => Promise<void>,
	{ describeError, isTransient }: InventoryPorts,
): Promise<Failure | null> {
	const iterator = pages[Symbol.asyncIterator]();
	for (;;) {
		let next: IteratorResult<readonly T[]>;
		try {
			next = await iterator.next();
		} catch (error) {
			return { reason: describeError(error), transient: isTransient(error) };
		}
		if (next.done) return null;
		await take(next.value);
	}
}

function afterSome(count: number): string {
	return count === 0 ? "" : ` after ${count} ${count === 1 ? "site" : "sites"}`;
}

/** Whether it is the ID of a site or slot of the subscription that is asked for. */
function isOurs(id: string, { subscriptionId }: Wanted): boolean {
	return parseSiteId(id)?.subscriptionId.toLowerCase() === subscriptionId.toLowerCase();
}

function explainOdd(id: string): string {
	return `ARM lists a site whose ID is none of this subscription's: ${JSON.stringify(id).slice(0, 200)}`;
}

/** What was listed without a usable ID has no scope but the subscription: all of it is one problem. */
function explainNameless(subscription: string, reasons: readonly string[]): Problem {
	const [first, ...others] = new Set(reasons);
	const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
	return { code: "site-unreadable", scope: subscription, message: `${first}${more}.` };
}
