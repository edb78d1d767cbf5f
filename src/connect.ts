import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { connectArm, type Timing } from "./azure/arm.ts";
import { listSiteIds } from "./azure/census.ts";
import { listCertificates } from "./azure/certificates.ts";
import { connectSubscription } from "./azure/client.ts";
import { createCredential } from "./azure/credential.ts";
import { describeArmError, describeStorageError, isTransient } from "./azure/errors.ts";
import { readMemory } from "./azure/finding-table.ts";
import { readPolicyTable } from "./azure/policy-table.ts";
import { connectQueue, sendMessage } from "./azure/scan-queue.ts";
import { deleteOldRecords, readScanRecord, writeScanRecord } from "./azure/scan-table.ts";
import { fetchSiteConfig } from "./azure/site-config.ts";
import { listSites, listSitesAndSlots, readOneSite } from "./azure/sites.ts";
import { listSubscriptions } from "./azure/subscriptions.ts";
import { connectTable } from "./azure/tables.ts";
import type { AzureConfig } from "./config/azure.ts";
import type { StorageConfig } from "./config/storage.ts";
import type { Memory } from "./core/open-findings.ts";
import type { Subscription } from "./core/scan.ts";
import type { PolicySet } from "./policy-set.ts";
import type { ScanPorts } from "./scan.ts";
import type { ScanKey, ScanRecord } from "./scan-record.ts";

/** Azure Resource Manager, as far as the product needs it. */
export interface AzurePorts {
	/** The enabled ones. Throws an error in one line. */
	listSubscriptions(): Promise<readonly Subscription[]>;
	/** After `deadline` nothing is asked any more. */
	openSubscription(subscriptionId: string, deadline?: Date): ScanPorts;
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
				now: () => new Date(),
			};
		},
	};
}

/** The storage account's tables and its queue, as far as the function app needs them; what is not there is made. */
export interface StoragePorts {
	readPolicies(): Promise<PolicySet>;
	readMemory(subscriptionId: string): Promise<Memory>;
	readRecord(key: ScanKey): Promise<ScanRecord | undefined>;
	writeRecord(record: ScanRecord): Promise<void>;
	deleteOldRecords(subscriptionId: string, now: Date): Promise<void>;
	send(message: string): Promise<void>;
}

/** Over the real storage account. Nothing is sent yet; throws when a connection string cannot be used. */
export function connectStorage(tables: StorageConfig, queues: StorageConfig, azure: AzureConfig): StoragePorts {
	const findings = connectTable(tables, azure, "DriftFinding");
	const scans = connectTable(tables, azure, "DriftScan");
	const queue = connectQueue(queues, azure, "drift-scan");
	return {
		readPolicies: connectPolicies(tables, azure, "create"),
		async readMemory(subscriptionId) {
			const memory = await orExplain(
				"The table DriftFinding cannot be read",
				"Table",
				readMemory(findings, subscriptionId),
			);
			return {
				findings: memory.findings,
				save: (settlement, now) =>
					orExplain("The table DriftFinding cannot be written", "Table", memory.save(settlement, now)),
			};
		},
		readRecord: (key) => orExplain("The table DriftScan cannot be read", "Table", readScanRecord(scans, key)),
		writeRecord: (record) =>
			orExplain("The table DriftScan cannot be written", "Table", writeScanRecord(scans, record)),
		deleteOldRecords: (subscriptionId, now) =>
			orExplain("Old rows of DriftScan cannot be deleted", "Table", deleteOldRecords(scans, subscriptionId, now)),
		send: (message) => orExplain("The queue drift-scan cannot be written", "Queue", sendMessage(queue, message)),
	};
}

/** Reads the policies of the table; `whenMissing` says whether to make a table that is not there. */
export function connectPolicies(
	tables: StorageConfig,
	azure: AzureConfig,
	whenMissing: "create" | "leave",
): () => Promise<PolicySet> {
	const table = connectTable(tables, azure, "DriftPolicy");
	return () => orExplain("The table DriftPolicy cannot be read", "Table", readPolicyTable(table, whenMissing));
}

async function orExplain<T>(what: string, service: "Table" | "Queue", work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		throw new Error(`${what}: ${describeStorageError(error, service)}`);
	}
}
