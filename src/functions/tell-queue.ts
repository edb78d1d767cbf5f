import type { StorageQueueHandler } from "@azure/functions";
import { readTellMessage } from "../tell-message.ts";
import { type TellPorts, type TellSettings, tellWebhook } from "../tell-webhook.ts";
import { type Log, logTo } from "./log.ts";
import { readMessage, readTry } from "./queue.ts";

/** Tells the webhook of one message. Where it is out of reach for the moment, the invocation fails: Azure Functions tries again, `maxTries` times in all. */
export function createTellQueue(
	settings: TellSettings & { readonly maxTries: number },
	ports: Omit<TellPorts, keyof Log>,
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readTellMessage, content, context);
		if (message === undefined) return;
		await tellWebhook(message, readTry(context, settings.maxTries), settings, { ...ports, ...logTo(context) });
	};
}
