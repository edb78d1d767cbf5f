import { randomUUID } from "node:crypto";
import type { AzureConfig } from "../config/azure.ts";
import type { Subscription } from "../core/report.ts";
import type { ScanPorts } from "../scan.ts";
import { connectArm } from "./arm.ts";
import { listCertificates } from "./certificates.ts";
import { createCredential } from "./credential.ts";
import { describeArmError } from "./errors.ts";
import { listSites } from "./sites.ts";
import { listSubscriptions } from "./subscriptions.ts";

/** What a scan needs from outside, over the real Azure Resource Manager. */
export function connectScan(azure: AzureConfig): ScanPorts & { listSubscriptions(): Promise<readonly Subscription[]> } {
	const arm = connectArm(azure, createCredential(azure));
	return {
		listSites: (subscriptionId) => listSites(arm, subscriptionId),
		listCertificates: (subscriptionId) => listCertificates(arm, subscriptionId),
		listSubscriptions: () =>
			listSubscriptions(arm).catch((error) => {
				throw new Error(`The subscriptions cannot be listed: ${describeArmError(error)}`);
			}),
		describeError: describeArmError,
		now: () => new Date(),
		newId: randomUUID,
	};
}
