import { getConfiguration, getConfigurationSlot } from "@azure/arm-appservice/api/webApps";
import type { Site, SiteConfig } from "../core/site.ts";
import type { SubscriptionClient } from "./client.ts";
import { readSiteConfig } from "./read-site.ts";

/** What only the site's `config/web` tells: one request. Throws the SDK's errors. */
export async function fetchSiteConfig(client: SubscriptionClient, site: Site): Promise<SiteConfig> {
	const { resourceGroup, name, slot } = site;
	return readSiteConfig(
		slot === null
			? await getConfiguration(client, resourceGroup, name)
			: await getConfigurationSlot(client, resourceGroup, name, slot),
	);
}
