import type { StorageQueueHandler } from "@azure/functions";
import { type TellPorts, type TellSettings, tellWebhook } from "../notify/deliver.ts";
import { readTellMessage } from "../storage/notify-message.ts";
import type { Log } from "../telemetry/log.ts";
import type { Trace } from "../telemetry/signals.ts";
import { logTo } from "./log.ts";
import { readMessage, readTry } from "./queue.ts";

/** Tells the webhook of one message. Where it is out of reach for the moment, the invocation fails: Azure Functions tries again, `maxTries` times in all. */
export function createTellQueue(
	settings: TellSettings & { readonly maxTries: number },
	ports: Omit<TellPorts, keyof Log> & { readonly trace: Trace },
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readTellMessage, content, context);
		if (message === undefined) return;
		const attempt = readTry(context, settings.maxTries);
		const { webhook, subject } = message;
		const about = { webhook, subscription: subject.subscription?.id ?? "none", try: attempt.number };
		await ports.trace("notify", about, () => tellWebhook(message, attempt, settings, { ...ports, ...logTo(context) }));
	};
}
