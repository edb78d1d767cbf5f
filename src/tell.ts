import type { Webhook } from "./config/webhooks.ts";
import type { Report } from "./core/report.ts";
import { type Message, renderJson } from "./notify/json.ts";

/** What telling people needs from outside. */
export interface TellPorts {
	post(webhook: Webhook, body: string, headers: Message["headers"]): Promise<void>;
	now(): Date;
}

/** Posts a report to each webhook. One that fails holds up no other; gives an error in one line for each post that failed. */
export async function tell(
	webhooks: readonly Webhook[],
	messageId: string,
	reportFor: (webhook: Webhook) => Report,
	ports: TellPorts,
): Promise<readonly string[]> {
	const failures: string[] = [];
	for (const webhook of webhooks) {
		for (const { body, headers } of renderJson(
			reportFor(webhook),
			`${messageId}_${webhook.name}`,
			ports.now(),
			webhook,
		)) {
			await ports.post(webhook, body, headers).catch((error: Error) => failures.push(error.message));
		}
	}
	return failures;
}
