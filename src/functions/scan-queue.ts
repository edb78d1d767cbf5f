import type { InvocationContext, StorageQueueHandler } from "@azure/functions";
import { type GiveUpPorts, giveUp } from "../give-up.ts";
import { type RunPorts, type RunSettings, runScan } from "../run-scan.ts";
import { readScanMessage, type ScanMessage } from "../scan-message.ts";
import { type Log, logTo } from "./log.ts";

/** Scans the subscription of one message. A failure of the scan is one of the invocation: Azure Functions tries again, `maxTries` times in all. */
export function createScanQueue(
	settings: RunSettings & { readonly maxTries: number },
	ports: Omit<RunPorts, keyof Log>,
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(content, context);
		if (message === undefined) return;
		const number = Number(context.triggerMetadata?.dequeueCount ?? 1);
		const attempt = { number, last: number >= settings.maxTries };
		await runScan(message, attempt, settings, { ...ports, ...logTo(context) });
	};
}

/** Records and tells what came of a message whose every try failed. */
export function createPoisonQueue(
	settings: Pick<RunSettings, "webhooks">,
	ports: Omit<GiveUpPorts, keyof Log>,
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(content, context);
		if (message === undefined) return;
		await giveUp(message, settings.webhooks, { ...ports, ...logTo(context) });
	};
}

/** What cannot be read now cannot be read at the next try either: it is logged and let go. */
function readMessage(content: unknown, context: InvocationContext): ScanMessage | undefined {
	try {
		return readScanMessage(content);
	} catch (error) {
		context.error(`A message of the queue was let go: ${(error as Error).message}`);
		return undefined;
	}
}
