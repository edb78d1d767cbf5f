import { createWebSiteManagement } from "@azure/arm-appservice/api";
import { list } from "@azure/arm-appservice/api/webApps";
import type { SiteReading } from "../core/site.ts";
import type { Arm } from "./arm.ts";
import { readSite } from "./read-site.ts";

/** The sites of a subscription, page by page; the list never contains slots. Throws the SDK's errors. */
export async function* listSites(arm: Arm, subscriptionId: string): AsyncGenerator<SiteReading> {
	const followed = new Set<string>();
	for await (const page of list(createWebSiteManagement(arm.credential, subscriptionId, arm.options)).byPage()) {
		for (const site of page) yield readSite(site);
		const { continuationToken: next } = page;
		if (next === undefined) return;
		if (followed.has(next)) throw new Error("the list of sites leads in a circle");
		followed.add(next);
	}
}
