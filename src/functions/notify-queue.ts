import type { StorageQueueHandler } from "@azure/functions";
import { type DeliverPorts, type DeliverSettings, deliver } from "../notify/deliver.ts";
import { readNotifyMessage } from "../storage/messages/notify-message.ts";
import type { Log } from "../telemetry/log.ts";
import type { Trace } from "../telemetry/signals.ts";
import { logTo } from "./log.ts";
import { readAttempt, readMessage } from "./queue.ts";

/** Tells the webhook of one message. Where it is out of reach for the moment, the invocation fails: Azure Functions tries again, `maxTries` times in all. */
export function createNotifyQueue(
	settings: DeliverSettings & { readonly maxTries: number },
	ports: Omit<DeliverPorts, keyof Log> & { readonly trace: Trace },
): StorageQueueHandler {
	return async (content, context) => {
		const message = readMessage(readNotifyMessage, content, context);
		if (message === undefined) return;
		const attempt = readAttempt(context, settings.maxTries);
		const { webhook, subject } = message;
		const about = { webhook, subscription: subject.subscription?.id ?? "none", try: attempt.number };
		await ports.trace("notify", about, () => deliver(message, attempt, settings, { ...ports, ...logTo(context) }));
	};
}
