import { createWebSiteManagement } from "@azure/arm-appservice/api";
import { list } from "@azure/arm-appservice/api/webApps";
import { z } from "zod";
import type { SiteReading } from "../core/site.ts";
import type { Arm } from "./arm.ts";
import { readPages } from "./pages.ts";
import { readSite } from "./read-site.ts";

type Client = ReturnType<typeof createWebSiteManagement>;

/** The sites of a subscription, page by page; the list never contains slots. Throws the SDK's errors. */
export async function* listSites(arm: Arm, subscriptionId: string): AsyncGenerator<SiteReading> {
	yield* readPages(listPages(createWebSiteManagement(arm.credential, subscriptionId, arm.options)));
}

async function* listPages(client: Client) {
	let link: string | undefined;
	do {
		const page: SiteReading[] & { continuationToken?: string } = await readPage(client, link);
		yield page;
		link = page.continuationToken;
	} while (link !== undefined);
}

async function readPage(client: Client, link: string | undefined) {
	try {
		const pages = list(client).byPage(link === undefined ? {} : { continuationToken: link });
		const { value: page } = await pages.next();
		return withNext((page ?? []).map(readSite), page?.continuationToken);
	} catch (error) {
		// The SDK throws a whole page away for one object that it cannot take apart.
		if (error instanceof TypeError) return readPageByObject(client, link);
		throw error;
	}
}

const rawPage = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
const rawObject = z.looseObject({ properties: z.looseObject({}).nullish() });

/** The same page once more, as plain JSON: an object that is odd is odd by itself. */
async function readPageByObject(client: Client, link: string | undefined) {
	const first = `/subscriptions/${client.subscriptionId}/providers/Microsoft.Web/sites?api-version=2025-05-01`;
	const response = await client.pathUnchecked(link ?? first).get();
	const page = rawPage.safeParse(response.body);
	if (!page.success) throw new TypeError("the page is not a list");
	const readings = page.data.value.map((object) => {
		const { properties, ...resource } = rawObject.safeParse(object).data ?? {};
		return readSite({ ...properties, ...resource });
	});
	return withNext(readings, page.data.nextLink ?? undefined);
}

function withNext(readings: SiteReading[], next: string | undefined) {
	return Object.assign(readings, next === undefined ? {} : { continuationToken: next });
}
