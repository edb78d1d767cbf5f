import { createWebSiteManagement } from "@azure/arm-appservice/api";
import { list } from "@azure/arm-appservice/api/webApps";
import type { SiteReading } from "../core/site.ts";
import type { Arm } from "./arm.ts";
import { readSite } from "./read-site.ts";

/** The sites of a subscription, page by page; the list never contains slots. Throws the SDK's errors. */
export async function* listSites(arm: Arm, subscriptionId: string): AsyncGenerator<SiteReading> {
	for await (const site of list(createWebSiteManagement(arm.credential, subscriptionId, arm.options))) {
		yield readSite(site);
	}
}
