import type { StorageQueueHandler } from "@azure/functions";
import { type AbandonPorts, type AbandonSettings, abandonScan } from "../scan/abandon-scan.ts";
import { readScanMessage } from "../storage/messages/scan-message.ts";
import type { Log } from "../telemetry/log.ts";
import { logTo } from "./log.ts";
import { readMessage } from "./queue.ts";

/** Records and has told what came of a message whose every try failed. */
export function createPoisonQueue(
	settings: AbandonSettings,
	ports: Omit<AbandonPorts, keyof Log>,
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readScanMessage, content, context);
		if (message === undefined) return;
		await abandonScan(message, settings, { ...ports, ...logTo(context) });
	};
}
