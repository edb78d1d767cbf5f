import type { StorageQueueHandler } from "@azure/functions";
import { type RunPorts, type RunSettings, runScan } from "../scan/run-scan.ts";
import { readScanMessage } from "../storage/messages/scan-message.ts";
import type { Log } from "../telemetry/log.ts";
import { logTo } from "./log.ts";
import { readAttempt, readMessage } from "./queue.ts";

/** Scans the subscription of one message. A failure of the scan is one of the invocation: Azure Functions tries again, `maxTries` times in all. */
export function createScanQueue(
	settings: RunSettings & { readonly maxTries: number },
	ports: Omit<RunPorts, keyof Log>,
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readScanMessage, content, context);
		if (message === undefined) return;
		const attempt = readAttempt(context, settings.maxTries);
		const subject = { subscription: message.subscription.id, scan: message.scanId, try: attempt.number };
		await ports.trace("scan", subject, () => runScan(message, attempt, settings, { ...ports, ...logTo(context) }));
	};
}
