import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { createCredential } from "../azure-sdk/credential.ts";
import type { AzureConfig } from "../config/azure.ts";
import type { Site } from "../core/model/site.ts";
import { connectArm, type Timing } from "./arm.ts";
import { listCertificates } from "./certificates.ts";
import { connectSubscription } from "./client.ts";
import { describeArmError, isTransient } from "./errors.ts";
import { listSiteIds } from "./resource-list.ts";
import { fetchSite, fetchSiteConfig, listSites, listSitesAndSlots } from "./sites.ts";
import { listSubscriptions } from "./subscriptions.ts";

/** ARM refills a subscription's budget by 25 reads a second: more at once would only wait for one another. */
const sitesAtOnce = 8;

const realTiming: Timing = { requestTimeoutMs: 60_000, retryDelayMs: 1000, pause };

/** Over the real Azure Resource Manager and this machine's clock. */
export function connectAzure(azure: AzureConfig, timing = realTiming) {
	const credential = createCredential(azure);
	return {
		/** The enabled ones. Throws an error in one line. */
		listSubscriptions: () =>
			listSubscriptions(connectArm(azure, credential, timing)).catch((error) => {
				throw new Error(`The subscriptions cannot be listed: ${describeArmError(error)}`);
			}),
		/** After `deadline` nothing is asked any more. */
		openSubscription(subscriptionId: string, deadline?: Date) {
			const arm = connectArm(azure, credential, timing, deadline);
			const client = connectSubscription(arm, subscriptionId);
			const limit = pLimit(sitesAtOnce);
			return {
				listSites: () => listSites(client),
				listSitesAndSlots: (resourceGroup: string) => listSitesAndSlots(client, resourceGroup),
				listSiteIds: () => listSiteIds(client),
				readSite: (id: string) => limit(() => fetchSite(client, id)),
				readConfig: (site: Site) => limit(() => fetchSiteConfig(client, site)),
				listCertificates: () => listCertificates(client),
				describeError: describeArmError,
				isTransient,
				requestsSent: arm.requestsSent,
				requestsThrottled: arm.requestsThrottled,
				now: () => new Date(),
			};
		},
	};
}
