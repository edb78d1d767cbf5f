import { isRestError } from "@azure/core-rest-pipeline";
import * as z from "zod";
import { readJson, type SubscriptionClient } from "./client.ts";
import { type Page, readPages } from "./pages.ts";

const siteType = "Microsoft.Web/sites";
const slotType = "Microsoft.Web/sites/slots";

/**
 * The IDs of all sites and slots (or, of an entry that has none, its text) by the subscription's own list of resources, page by page. It is kept by Azure Resource
 * Manager itself, not by App Service, whose list of sites can be incomplete without an error
 * (https://github.com/Azure/azure-sdk-for-python/issues/48980). Throws the SDK's errors.
 */
export async function* listSiteIds(client: SubscriptionClient): AsyncGenerator<readonly string[]> {
	try {
		yield* listIds(client, `resourceType eq '${siteType}' or resourceType eq '${slotType}'`);
	} catch (error) {
		// Some filters cannot be joined; IDs that come twice do no harm.
		if (!(isRestError(error) && error.statusCode === 400)) throw error;
		yield* listIds(client, `resourceType eq '${siteType}'`);
		yield* listIds(client, `resourceType eq '${slotType}'`);
	}
}

const resourcePage = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
const resource = z.object({ id: z.string(), type: z.string() });

function listIds(client: SubscriptionClient, filter: string): AsyncGenerator<Page<string>> {
	const query = `api-version=2021-04-01&$filter=${encodeURIComponent(filter)}`;
	const first = `/subscriptions/${client.subscriptionId}/resources?${query}`;
	return readPages(async (link = first) => {
		const page = resourcePage.safeParse(await readJson(client, link));
		if (!page.success) throw new TypeError("the page is not a list of resources");
		const { value, nextLink } = page.data;
		const ids = value.flatMap((entry) => {
			const { data } = resource.safeParse(entry);
			if (data === undefined) return [JSON.stringify(entry)];
			return isSiteType(data.type) ? [data.id] : [];
		});
		return Object.assign(ids, nextLink ? { continuationToken: nextLink } : {});
	});
}

function isSiteType(type: string): boolean {
	return [siteType, slotType].some((known) => known.toLowerCase() === type.toLowerCase());
}
