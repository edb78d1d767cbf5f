import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { connectArm, type Timing } from "./azure/arm.ts";
import { listSiteIds } from "./azure/census.ts";
import { listCertificates } from "./azure/certificates.ts";
import { connectSubscription } from "./azure/client.ts";
import { createCredential } from "./azure/credential.ts";
import { describeArmError, isTransient } from "./azure/errors.ts";
import { fetchSiteConfig } from "./azure/site-config.ts";
import { listSites, listSitesAndSlots, readOneSite } from "./azure/sites.ts";
import { listSubscriptions } from "./azure/subscriptions.ts";
import type { AzureConfig } from "./config/azure.ts";
import type { Subscription } from "./core/scan.ts";
import type { SubscriptionPorts } from "./scan.ts";

/** Azure Resource Manager, as far as the product needs it. */
export interface AzurePorts {
	/** The enabled ones. Throws an error in one line. */
	listSubscriptions(): Promise<readonly Subscription[]>;
	/** After `deadline` nothing is asked any more. */
	openSubscription(subscriptionId: string, deadline?: Date): SubscriptionPorts;
}

/** ARM refills a subscription's budget by 25 reads a second: more at once would only wait for one another. */
const sitesAtOnce = 8;

const realTiming: Timing = { requestTimeoutMs: 60_000, retryDelayMs: 1000, pause };

/** Over the real Azure Resource Manager and this machine's clock. */
export function connectAzure(azure: AzureConfig, timing = realTiming): AzurePorts {
	const credential = createCredential(azure);
	return {
		listSubscriptions: () =>
			listSubscriptions(connectArm(azure, credential, timing)).catch((error) => {
				throw new Error(`The subscriptions cannot be listed: ${describeArmError(error)}`);
			}),
		openSubscription(subscriptionId, deadline) {
			const arm = connectArm(azure, credential, timing, deadline);
			const client = connectSubscription(arm, subscriptionId);
			const limit = pLimit(sitesAtOnce);
			return {
				listSites: () => listSites(client),
				listSitesAndSlots: (resourceGroup) => listSitesAndSlots(client, resourceGroup),
				listSiteIds: () => listSiteIds(client),
				readSite: (id) => limit(() => readOneSite(client, id)),
				readConfig: (site) => limit(() => fetchSiteConfig(client, site)),
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
