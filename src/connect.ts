import { setTimeout as pause } from "node:timers/promises";
import type { TableClient } from "@azure/data-tables";
import pLimit from "p-limit";
import { connectArm, type Timing } from "./azure/arm.ts";
import { listSiteIds } from "./azure/census.ts";
import { listCertificates } from "./azure/certificates.ts";
import { connectSubscription } from "./azure/client.ts";
import { createCredential } from "./azure/credential.ts";
import {
	ConcurrentEditError,
	deleteRow,
	insertRow,
	readRows,
	replaceRow,
	type StoredRow,
} from "./azure/edited-table.ts";
import { describeArmError, describeStorageError, isTransient } from "./azure/errors.ts";
import { listFindings, readKnown, readMemory, readPlace } from "./azure/finding-table.ts";
import { keyOfState } from "./azure/known-row.ts";
import { connectQueue, sendMessage } from "./azure/queue.ts";
import { openClaim } from "./azure/scan-state.ts";
import {
	deleteOldRecords,
	readLastCompleteScan,
	readScanPoints,
	readScanRecord,
	writeScanRecord,
} from "./azure/scan-table.ts";
import { fetchSiteConfig } from "./azure/site-config.ts";
import { listSites, listSitesAndSlots, readOneSite } from "./azure/sites.ts";
import { listSubscriptions } from "./azure/subscriptions.ts";
import { connectTable } from "./azure/tables.ts";
import { readFailing, readWebhookMemory } from "./azure/webhook-table.ts";
import type { AzureConfig } from "./config/azure.ts";
import type { StorageConfig } from "./config/storage.ts";
import type { ScanPoint } from "./core/history.ts";
import type { Known } from "./core/known.ts";
import type { Problem } from "./core/problem.ts";
import type { Subscription } from "./core/scan.ts";
import type { FindingState, ProblemState } from "./core/telling.ts";
import {
	type Failing,
	type FindingMemory,
	type KeyedFinding,
	type Listing,
	type PlaceState,
	placeOf,
	type ScanClaim,
	type WebhookMemory,
} from "./memory.ts";
import { type Row, toProblem } from "./policies/cells.ts";
import { type PolicySet, readPolicySet } from "./policies/policy-set.ts";
import type { SubscriptionPorts } from "./scan.ts";
import type { ScanKey, ScanRecord } from "./scan-record.ts";

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

/** The storage account's tables and its queues, as far as the function app needs them; what is not there is made. */
export interface StoragePorts {
	readPolicies(): Promise<PolicySet>;
	readMemory(place: string, now: Date): Promise<FindingMemory>;
	readPlace(place: string, withEnded: boolean): Promise<PlaceState>;
	openClaim(subscription: Subscription): Promise<ScanClaim>;
	listFindings(place: string, listing: Listing): AsyncIterable<KeyedFinding>;
	readScanPoints(subscriptionId: string, since: Date): Promise<readonly ScanPoint[]>;
	readKnown(place: string, believed: readonly (FindingState | ProblemState)[]): Promise<Known>;
	readWebhook(webhook: string, place: string, now: Date): Promise<WebhookMemory>;
	readFailing(webhook: string, place: string): Promise<Failing | null>;
	readLastCompleteScan(subscriptionId: string, since: Date): Promise<Date | null>;
	readRecord(key: ScanKey): Promise<ScanRecord | undefined>;
	writeRecord(record: ScanRecord): Promise<void>;
	deleteOldRecords(subscriptionId: string, now: Date): Promise<void>;
	sendScan(message: string): Promise<void>;
	sendTelling(message: string, delaySeconds?: number): Promise<void>;
}

/** Over the real storage account. Nothing is sent yet; throws when a connection string cannot be used. */
export function connectStorage(tables: StorageConfig, queues: StorageConfig, azure: AzureConfig): StoragePorts {
	const [findings, scans, webhooks] = (["DriftFinding", "DriftScan", "DriftWebhook"] as const).map((name) => {
		const table = connectTable(tables, azure, name);
		return {
			table,
			read: <T>(work: Promise<T>) => orExplain(`The table ${name} cannot be read`, "Table", work),
			write: <T>(work: Promise<T>) => orExplain(`The table ${name} cannot be written`, "Table", work),
		};
	}) as [TablePorts, TablePorts, TablePorts];
	const scanQueue = connectQueue(queues, azure, "drift-scan");
	const tellQueue = connectQueue(queues, azure, "drift-notify");
	return {
		readPolicies: connectPolicies(tables, azure, "create"),
		async readMemory(place, now) {
			const memory = await findings.read(readMemory(findings.table, place, now));
			return {
				...memory,
				save: (changes, more) => findings.write(memory.save(changes, more)),
				forget: () => orExplain("Old rows of DriftFinding cannot be deleted", "Table", memory.forget()),
			};
		},
		readPlace: (place, withEnded) => findings.read(readPlace(findings.table, place, withEnded)),
		async openClaim(subscription) {
			const place = placeOf({ subscription });
			const claim = await findings.read(openClaim(findings.table, place, subscription.name));
			return { ...claim, take: (scan) => findings.write(claim.take(scan)) };
		},
		async *listFindings(place, listing) {
			const rows = listFindings(findings.table, place, listing)[Symbol.asyncIterator]();
			for (;;) {
				const next = await findings.read(rows.next());
				if (next.done) return;
				yield next.value;
			}
		},
		readScanPoints: (subscriptionId, since) => scans.read(readScanPoints(scans.table, subscriptionId, since)),
		readKnown: (place, believed) => findings.read(readKnown(findings.table, place, believed.map(keyOfState))),
		async readWebhook(webhook, place, now) {
			const memory = await webhooks.read(readWebhookMemory(webhooks.table, webhook, place, now));
			return {
				get told() {
					return memory.told;
				},
				get failing() {
					return memory.failing;
				},
				pending: memory.pending,
				put: (parts) => webhooks.write(memory.put(parts)),
				begin: (part) => webhooks.write(memory.begin(part)),
				confirm: (part, toldAt, next) => webhooks.write(memory.confirm(part, toldAt, next)),
				refuse: (part, next) => webhooks.write(memory.refuse(part, next)),
				drop: (parts) => webhooks.write(memory.drop(parts)),
				fail: (failing, at) => webhooks.write(memory.fail(failing, at)),
				recover: () => webhooks.write(memory.recover()),
				forget: () => webhooks.write(memory.forget()),
			};
		},
		readFailing: (webhook, place) => webhooks.read(readFailing(webhooks.table, webhook, place)),
		readLastCompleteScan: (subscriptionId, since) =>
			scans.read(readLastCompleteScan(scans.table, subscriptionId, since)),
		readRecord: (key) => scans.read(readScanRecord(scans.table, key)),
		writeRecord: (record) => scans.write(writeScanRecord(scans.table, record)),
		deleteOldRecords: (subscriptionId, now) =>
			orExplain("Old rows of DriftScan cannot be deleted", "Table", deleteOldRecords(scans.table, subscriptionId, now)),
		sendScan: (message) =>
			orExplain("The queue drift-scan cannot be written", "Queue", sendMessage(scanQueue, message)),
		sendTelling: (message, delaySeconds) =>
			orExplain("The queue drift-notify cannot be written", "Queue", sendMessage(tellQueue, message, delaySeconds)),
	};
}

interface TablePorts {
	readonly table: TableClient;
	read<T>(work: Promise<T>): Promise<T>;
	write<T>(work: Promise<T>): Promise<T>;
}

/** The two tables that people edit. */
export function connectEditedTables(tables: StorageConfig, azure: AzureConfig) {
	return {
		policies: connectEditedTable(tables, azure, "DriftPolicy", "policy"),
		exemptions: connectEditedTable(tables, azure, "DriftExemption", "exemption"),
	};
}

/** One table that people edit. Whatever it throws is an error in one line; where somebody else was quicker, nothing is written. */
export interface EditedTable {
	/** The rows, and those that have another PartitionKey than they must. `whenMissing` says whether to make a table that is not there. */
	read(
		whenMissing: "create" | "leave",
	): Promise<{ readonly rows: readonly StoredRow[]; readonly misplaced: readonly StoredRow[] }>;
	insert(row: Row): Promise<void>;
	replace(stored: StoredRow, cells: Row["cells"]): Promise<void>;
	remove(stored: StoredRow): Promise<void>;
}

function connectEditedTable(
	tables: StorageConfig,
	azure: AzureConfig,
	name: string,
	partitionKey: string,
): EditedTable {
	const table = connectTable(tables, azure, name);
	const orExplainEdit = (work: Promise<void>) => orExplain(`The table ${name} cannot be written`, "Table", work);
	return {
		async read(whenMissing) {
			const all = await orExplain(`The table ${name} cannot be read`, "Table", readRows(table, whenMissing));
			const isPlaced = (row: StoredRow) => row.partitionKey.trim().toLowerCase() === partitionKey;
			return { rows: all.filter(isPlaced), misplaced: all.filter((row) => !isPlaced(row)) };
		},
		insert: (row) => orExplainEdit(insertRow(table, partitionKey, row)),
		replace: (stored, cells) => orExplainEdit(replaceRow(table, stored, cells)),
		remove: (stored) => orExplainEdit(deleteRow(table, stored)),
	};
}

/** Reads desired state and exemptions from their tables. */
export function connectPolicies(
	tables: StorageConfig,
	azure: AzureConfig,
	whenMissing: "create" | "leave",
): () => Promise<PolicySet> {
	const { policies, exemptions } = connectEditedTables(tables, azure);
	return async () => {
		// One after the other: where nothing can be read, it is always the same that is said.
		const policyRows = await policies.read(whenMissing);
		const exemptionRows = await exemptions.read(whenMissing);
		const { problems, ...set } = readPolicySet(policyRows.rows, exemptionRows.rows);
		const misplaced = [
			...policyRows.misplaced.map((row) => explainPartition("policy-invalid", row, "policy")),
			...exemptionRows.misplaced.map((row) => explainPartition("exemption-invalid", row, "exemption")),
		];
		const unread = [...set.unread, ...policyRows.misplaced.map(({ name }) => name)];
		return { ...set, unread, problems: [...misplaced, ...problems] };
	};
}

function explainPartition(
	code: "policy-invalid" | "exemption-invalid",
	{ name, partitionKey }: StoredRow,
	wanted: "policy" | "exemption",
): Problem {
	const does = wanted === "policy" ? "governs" : "exempts";
	const what = `is "${partitionKey}", but it must be "${wanted}".`;
	const effect = `The row ${does} nothing until that is mended.`;
	return toProblem(code, name, { column: "PartitionKey", what, effect });
}

async function orExplain<T>(what: string, service: "Table" | "Queue", work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (error instanceof ConcurrentEditError) throw error;
		throw new Error(`${what}: ${describeStorageError(error, service)}`);
	}
}
