import type { TableClient } from "@azure/data-tables";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import { once } from "../core/once.ts";
import { connectPolicies } from "./edited-tables.ts";
import { withStorageErrors } from "./errors.ts";
import { keyOfState } from "./finding-row.ts";
import { listStoredFindings, openFindingStore, readPartition, readStored } from "./finding-table.ts";
import { partitionOf, type StoragePorts } from "./ports.ts";
import { openLease } from "./scan-state-row.ts";
import {
	deleteOldScanRecords,
	readLastCompleteScan,
	readScanPoints,
	readScanRecord,
	writeScanRecord,
} from "./scan-table.ts";
import { connectTable } from "./tables.ts";
import { openWebhookStore, readFailing } from "./webhook-table.ts";

/** Over the real storage account. Nothing is sent yet; throws when a connection string cannot be used. */
export function connectStorage(tables: StorageConfig, queues: StorageConfig, azure: AzureConfig): StoragePorts {
	const [findings, scans, webhooks] = (["DriftFinding", "DriftScan", "DriftWebhook"] as const).map((name) => {
		const table = connectTable(tables, azure, name);
		return {
			table,
			read: <T>(work: Promise<T>) => withStorageErrors(`The table ${name} cannot be read`, "Table", work),
			write: <T>(work: Promise<T>) => withStorageErrors(`The table ${name} cannot be written`, "Table", work),
		};
	}) as [TablePorts, TablePorts, TablePorts];
	// Only for those that send something: the SDK of queues would make each cold start slower.
	const openQueue = (name: string) =>
		once(async () => {
			const { connectQueue, sendMessage } = await import("./queue.ts");
			const queue = connectQueue(queues, azure, name);
			return (message: string, delaySeconds?: number) =>
				withStorageErrors(`The queue ${name} cannot be written`, "Queue", sendMessage(queue, message, delaySeconds));
		});
	const [scanQueue, notifyQueue] = [openQueue("drift-scan"), openQueue("drift-notify")];
	return {
		readPolicies: connectPolicies(tables, azure, "create"),
		async openFindingStore(partition, now) {
			const store = await findings.read(openFindingStore(findings.table, partition, now));
			return {
				...store,
				save: (changes, more) => findings.write(store.save(changes, more)),
				forget: () => withStorageErrors("Old rows of DriftFinding cannot be deleted", "Table", store.forget()),
			};
		},
		readPartition: (partition, withEnded) => findings.read(readPartition(findings.table, partition, withEnded)),
		async openLease(subscription) {
			const partition = partitionOf({ subscription });
			const lease = await findings.read(openLease(findings.table, partition, subscription.name));
			return { ...lease, acquire: (scan) => findings.write(lease.acquire(scan)) };
		},
		async *listStoredFindings(partition, listing) {
			const rows = listStoredFindings(findings.table, partition, listing)[Symbol.asyncIterator]();
			for (;;) {
				const next = await findings.read(rows.next());
				if (next.done) return;
				yield next.value;
			}
		},
		readScanPoints: (subscriptionId, since) => scans.read(readScanPoints(scans.table, subscriptionId, since)),
		readStored: (partition, believed) => findings.read(readStored(findings.table, partition, believed.map(keyOfState))),
		async openWebhookStore(webhook, partition, now) {
			const store = await webhooks.read(openWebhookStore(webhooks.table, webhook, partition, now));
			return {
				get notified() {
					return store.notified;
				},
				get failing() {
					return store.failing;
				},
				pending: store.pending,
				put: (parts) => webhooks.write(store.put(parts)),
				begin: (part) => webhooks.write(store.begin(part)),
				confirm: (part, notifiedAt, next) => webhooks.write(store.confirm(part, notifiedAt, next)),
				reject: (part, next) => webhooks.write(store.reject(part, next)),
				drop: (parts) => webhooks.write(store.drop(parts)),
				fail: (failing, at) => webhooks.write(store.fail(failing, at)),
				recover: () => webhooks.write(store.recover()),
				forget: () => webhooks.write(store.forget()),
			};
		},
		readFailing: (webhook, partition) => webhooks.read(readFailing(webhooks.table, webhook, partition)),
		readLastCompleteScan: (subscriptionId, since) =>
			scans.read(readLastCompleteScan(scans.table, subscriptionId, since)),
		readScanRecord: (key) => scans.read(readScanRecord(scans.table, key)),
		writeScanRecord: (record) => scans.write(writeScanRecord(scans.table, record)),
		deleteOldScanRecords: (subscriptionId, now) =>
			withStorageErrors(
				"Old rows of DriftScan cannot be deleted",
				"Table",
				deleteOldScanRecords(scans.table, subscriptionId, now),
			),
		sendScanMessage: async (message) => (await scanQueue())(message),
		sendNotifyMessage: async (message, delaySeconds) => (await notifyQueue())(message, delaySeconds),
	};
}

interface TablePorts {
	readonly table: TableClient;
	read<T>(work: Promise<T>): Promise<T>;
	write<T>(work: Promise<T>): Promise<T>;
}
