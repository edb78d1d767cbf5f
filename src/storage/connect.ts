import type { TableClient } from "@azure/data-tables";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import { lazily } from "../core/once.ts";
import { connectPolicies } from "./edited-tables.ts";
import { orExplain } from "./errors.ts";
import { keyOfState } from "./finding-row.ts";
import { listFindings, readKnown, readMemory, readPlace } from "./finding-table.ts";
import { placeOf, type StoragePorts } from "./ports.ts";
import { openClaim } from "./scan-state-row.ts";
import {
	deleteOldRecords,
	readLastCompleteScan,
	readScanPoints,
	readScanRecord,
	writeScanRecord,
} from "./scan-table.ts";
import { connectTable } from "./tables.ts";
import { readFailing, readWebhookMemory } from "./webhook-table.ts";

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
	// Only for those that send something: the SDK of queues would make each cold start slower.
	const openQueue = (name: string) =>
		lazily(async () => {
			const { connectQueue, sendMessage } = await import("./queue.ts");
			const queue = connectQueue(queues, azure, name);
			return (message: string, delaySeconds?: number) =>
				orExplain(`The queue ${name} cannot be written`, "Queue", sendMessage(queue, message, delaySeconds));
		});
	const [scanQueue, tellQueue] = [openQueue("drift-scan"), openQueue("drift-notify")];
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
		sendScan: async (message) => (await scanQueue())(message),
		sendTelling: async (message, delaySeconds) => (await tellQueue())(message, delaySeconds),
	};
}

interface TablePorts {
	readonly table: TableClient;
	read<T>(work: Promise<T>): Promise<T>;
	write<T>(work: Promise<T>): Promise<T>;
}
