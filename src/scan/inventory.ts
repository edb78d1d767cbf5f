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
	readonly expectedIds: readonly string[];
	/** Is told how many sites were read, and how many are expected once that is known. */
	readonly progress?: ((read: number, expected: number | null) => void) | undefined;
}

/** Each list holds a page of sites in memory. */
const listsAtOnce = 4;

/**
 * Reads every site and slot of a subscription once and hands them to `onSites` as they come. App Service's list is checked
 * against the list of resources; what it lacks is read one by one. Never throws for ARM's sake.
 */
export async function collectSites(
	wanted: Wanted,
	ports: InventoryPorts,
	onSites: (sites: readonly Site[]) => Promise<void>,
): Promise<Inventory> {
	const subscription = `/subscriptions/${wanted.subscriptionId}`;
	const seen = new Set<string>();
	const confirmedDeleted = new Set<string>();
	const unread = new Set<string>();
	/** Why something that was listed, and whose ID is not known, could not be read. */
	const unidentified: string[] = [];
	const problems: Problem[] = [];

	let expected: number | null = null;

	const subject = { subscription: wanted.subscriptionId };
	const resourceListPromise = ports
		.trace("resource-list", subject, () => readResourceList(wanted, ports))
		.then((read) => {
			if (read.failure === null) expected = read.ids.size;
			return read;
		});
	const failure = await ports.trace("list", subject, () => forEachPage(ports.listSites(), addSites, ports));
	const resourceList = await resourceListPromise;
	for (const reason of resourceList.unidentified) unidentified.push(reason);
	if (failure !== null) {
		const message = `Subscription ${wanted.subscriptionId} could not be read${afterSome(seen.size)}: ${failure.reason}.`;
		problems.push({ code: "subscription-unreadable", scope: subscription, message });
	} else if (resourceList.failure === null) {
		await readSlots();
		await readMissing();
	}
	// Where the list of sites failed too, nothing more is to be said.
	if (failure === null && resourceList.failure !== null) {
		const message = `The list of resources of subscription ${wanted.subscriptionId} could not be read: ${resourceList.failure.reason}. Slots, and sites that App Service leaves out of its own list, are not seen; nothing is taken as removed or resolved.`;
		problems.push({ code: "list-incomplete", scope: subscription, message });
	}
	if (unidentified.length > 0) problems.push(explainUnidentified(subscription, unidentified));

	const listsComplete = failure === null && resourceList.failure === null;
	const unreadSites = unidentified.length + unread.size;
	const complete = listsComplete && unreadSites === 0 && problems.length === 0;
	return { seen, confirmedDeleted, unread: unreadSites, failure, listsComplete, complete, problems };

	async function addSites(readings: readonly SiteReading[]): Promise<void> {
		const sites: Site[] = [];
		for (const reading of readings) {
			if (!reading.readable) unidentified.push(reading.reason);
			else if (!isOurs(reading.site.id, wanted)) unidentified.push(explainForeignId(reading.site.id));
			else if (isMissing(reading.site.id)) {
				seen.add(reading.site.id.toLowerCase());
				sites.push(reading.site);
			}
		}
		await onSites(sites);
		wanted.progress?.(seen.size, expected);
	}

	/** A site that is made or deleted between two pages moves others over their border: they come twice. */
	function isMissing(id: string): boolean {
		return !seen.has(id.toLowerCase()) && scopeCovers(wanted.scope, id);
	}

	/** One list for each resource group that has slots. Where it fails, the slots are known all the same, by the census. */
	async function readSlots(): Promise<void> {
		const slots = [...resourceList.ids.values()].filter((id) => isMissing(id) && parseSiteId(id)?.slot);
		const groups = Map.groupBy(slots, (id) => parseSiteId(id)?.resourceGroup.toLowerCase());
		const limit = pLimit(listsAtOnce);
		await Promise.all([...groups.values()].map((group) => limit(() => readGroup(group))));
	}

	async function readGroup(slots: readonly string[]): Promise<void> {
		const { resourceGroup = "" } = parseSiteId(slots[0] ?? "") ?? {};
		// Its sites have been listed before, what cannot be read of them included.
		const addNew = (readings: readonly SiteReading[]) =>
			addSites(readings.filter((reading) => reading.readable || !unidentified.includes(reading.reason)));
		const end = await forEachPage(ports.listSitesAndSlots(resourceGroup), addNew, ports);
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
	async function readMissing(): Promise<void> {
		const missing = new Map<string, string>();
		for (const id of [...resourceList.ids.values(), ...wanted.expectedIds]) {
			const key = id.toLowerCase();
			if (isMissing(id) && !unread.has(key)) missing.set(key, id);
		}
		await Promise.all([...missing].map(([key, id]) => readOne(key, id)));
	}

	async function readOne(key: string, id: string): Promise<void> {
		const reading = await ports
			.readSite(id)
			.catch((error: unknown): SiteReading => ({ readable: false, reason: ports.describeError(error) }));
		if (reading === undefined) confirmedDeleted.add(key);
		else if (reading.readable && reading.site.id.toLowerCase() === key) await addSites([reading]);
		else {
			unread.add(key);
			const reason = reading.readable ? `ARM answered with ${reading.site.id} instead` : reading.reason;
			problems.push({ code: "site-unreadable", scope: id, message: `${id} could not be read: ${reason}.` });
		}
	}
}

interface ResourceList {
	/** Each under itself in lower case; without what is beyond the scope. */
	readonly ids: ReadonlyMap<string, string>;
	/** What was listed under an ID that is no site's. */
	readonly unidentified: readonly string[];
	readonly failure: Failure | null;
}

async function readResourceList(wanted: Wanted, ports: InventoryPorts): Promise<ResourceList> {
	const found = new Map<string, string>();
	const unidentified: string[] = [];
	const failure = await forEachPage(
		ports.listSiteIds(),
		async (ids) => {
			for (const id of ids) {
				if (!isOurs(id, wanted)) unidentified.push(explainForeignId(id));
				else if (scopeCovers(wanted.scope, id)) found.set(id.toLowerCase(), id);
			}
		},
		ports,
	);
	return { ids: found, unidentified, failure };
}

/** Gives each page to `onPage`; what fails in the pages is a failure, what fails in `onPage` is thrown. */
async function forEachPage<T>(
	pages: AsyncIterable<readonly T[]>,
	onPage: (page: readonly T[]) => Promise<void>,
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
		await onPage(next.value);
	}
}

function afterSome(count: number): string {
	return count === 0 ? "" : ` after ${count} ${count === 1 ? "site" : "sites"}`;
}

/** Whether it is the ID of a site or slot of the subscription that is asked for. */
function isOurs(id: string, { subscriptionId }: Wanted): boolean {
	return parseSiteId(id)?.subscriptionId.toLowerCase() === subscriptionId.toLowerCase();
}

function explainForeignId(id: string): string {
	return `ARM lists a site whose ID is none of this subscription's: ${JSON.stringify(id).slice(0, 200)}`;
}

/** What was listed without a usable ID has no scope but the subscription: all of it is one problem. */
function explainUnidentified(subscription: string, reasons: readonly string[]): Problem {
	const [first, ...others] = new Set(reasons);
	const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
	return { code: "site-unreadable", scope: subscription, message: `${first}${more}.` };
}
