import type { Site as ArmSite } from "@azure/arm-appservice";
import {
	get,
	getConfiguration,
	getConfigurationSlot,
	getSlot,
	list,
	listByResourceGroup,
} from "@azure/arm-appservice/api/webApps";
import { isRestError } from "@azure/core-rest-pipeline";
import * as z from "zod";
import { parseSiteId } from "../core/model/resource-id.ts";
import type { Site, SiteConfig, SiteReading } from "../core/model/site.ts";
import { readJson, type SubscriptionClient } from "./client.ts";
import { fromSdk, type Page, readPages } from "./pages.ts";
import { parseSite, readSiteConfig } from "./parse-site.ts";

/** The sites of a subscription, page by page; this list never contains slots. Throws the SDK's errors. */
export function listSites(client: SubscriptionClient): AsyncGenerator<readonly SiteReading[]> {
	return readSitePages(client, list(client), `/subscriptions/${client.subscriptionId}/providers/Microsoft.Web/sites`);
}

/** The sites and the slots of a resource group, page by page; none where the group is gone. Throws the SDK's errors. */
export async function* listSitesAndSlots(
	client: SubscriptionClient,
	resourceGroup: string,
): AsyncGenerator<readonly SiteReading[]> {
	const group = `/subscriptions/${client.subscriptionId}/resourceGroups/${encodeURIComponent(resourceGroup)}`;
	const sites = listByResourceGroup(client, resourceGroup, { includeSlots: true });
	try {
		yield* readSitePages(client, sites, `${group}/providers/Microsoft.Web/sites`, "&includeSlots=true");
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}

/** One site or slot; undefined when ARM says that it is not there. Throws the SDK's other errors. */
export async function fetchSite(client: SubscriptionClient, id: string): Promise<SiteReading | undefined> {
	const parts = parseSiteId(id);
	if (parts === undefined) throw new Error("its ID is not that of a site");
	const { resourceGroup, name, slot } = parts;
	try {
		return parseSite(
			slot === null ? await get(client, resourceGroup, name) : await getSlot(client, resourceGroup, name, slot),
		);
	} catch (error) {
		if (isGone(error)) return undefined;
		throw error;
	}
}

/**
 * Whether ARM says that a site or its resource group is not there. Microsoft.Web's own refusals come without a code; a
 * subscription that is not found is one that cannot be read: its sites are not gone.
 */
function isGone(error: unknown): boolean {
	if (!isRestError(error) || error.statusCode !== 404) return false;
	return error.code === undefined || /^(?!Subscription|Tenant).*NotFound$/.test(error.code);
}

function readSitePages(
	client: SubscriptionClient,
	sites: Parameters<typeof fromSdk<ArmSite>>[0],
	path: string,
	query = "",
): AsyncGenerator<Page<SiteReading>> {
	const nextPage = fromSdk(sites);
	return readPages(async (link) => {
		try {
			const page = await nextPage(link);
			return withNext(page.map(parseSite), page.continuationToken);
		} catch (error) {
			// The SDK throws a whole page away for one object that it cannot take apart.
			if (!(error instanceof TypeError)) throw error;
			return readPageByObject(await readJson(client, link ?? `${path}?api-version=2025-05-01${query}`));
		}
	});
}

const rawPage = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
const rawObject = z.looseObject({ properties: z.looseObject({}).nullish() });

/** The same page once more, as plain JSON: an object that is odd is odd by itself. */
function readPageByObject(body: unknown): Page<SiteReading> {
	const page = rawPage.safeParse(body);
	if (!page.success) throw new TypeError("the page is not a list");
	const readings = page.data.value.map((object) => {
		const { properties, ...resource } = rawObject.safeParse(object).data ?? {};
		return parseSite({ ...properties, ...resource });
	});
	return withNext(readings, page.data.nextLink ?? undefined);
}

function withNext(readings: SiteReading[], next: string | undefined): Page<SiteReading> {
	return Object.assign(readings, next === undefined ? {} : { continuationToken: next });
}

/** What only the site's `config/web` tells: one request. Throws the SDK's errors. */
export async function fetchSiteConfig(client: SubscriptionClient, site: Site): Promise<SiteConfig> {
	const { resourceGroup, name, slot } = site;
	return readSiteConfig(
		slot === null
			? await getConfiguration(client, resourceGroup, name)
			: await getConfigurationSlot(client, resourceGroup, name, slot),
	);
}
