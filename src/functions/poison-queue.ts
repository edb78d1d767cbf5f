import type { StorageQueueHandler } from "@azure/functions";
import { type GiveUpPorts, type GiveUpSettings, giveUp } from "../scan/abandon-scan.ts";
import { readScanMessage } from "../storage/scan-message.ts";
import type { Log } from "../telemetry/log.ts";
import { logTo } from "./log.ts";
import { readMessage } from "./queue.ts";

/** Records and has told what came of a message whose every try failed. */
export function createPoisonQueue(settings: GiveUpSettings, ports: Omit<GiveUpPorts, keyof Log>): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readScanMessage, content, context);
		if (message === undefined) return;
		await giveUp(message, settings, { ...ports, ...logTo(context) });
	};
}
