import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";
import { connectArm } from "./azure/arm.ts";
import { listCertificates } from "./azure/certificates.ts";
import { createCredential } from "./azure/credential.ts";
import { describeArmError, describeStorageError } from "./azure/errors.ts";
import { connectPolicyTable, readPolicyTable } from "./azure/policy-table.ts";
import { listSites } from "./azure/sites.ts";
import { listSubscriptions } from "./azure/subscriptions.ts";
import type { AzureConfig } from "./config/azure.ts";
import type { StorageConfig } from "./config/storage.ts";
import type { Subscription } from "./core/report.ts";
import type { PolicySet } from "./policy-set.ts";
import type { ScanPorts } from "./scan.ts";

/** What a scan needs from outside, over the real Azure Resource Manager, this machine's clock and chance. */
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

/** Reads the policies of the table; `whenMissing` says whether to make a table that is not there. */
export function connectPolicies(
	storage: StorageConfig,
	azure: AzureConfig,
	whenMissing: "create" | "leave",
): () => Promise<PolicySet> {
	let table: TableClient;
	try {
		table = connectPolicyTable(storage, azure);
	} catch {
		throw new Error("AzureWebJobsStorage is not a connection string that can be used");
	}
	return () =>
		readPolicyTable(table, whenMissing).catch((error) => {
			throw new Error(`The table DriftPolicy cannot be read: ${describeStorageError(error)}`);
		});
}
