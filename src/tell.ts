import type { Webhook } from "./config/webhooks.ts";
import type { Report } from "./core/report.ts";
import { type Message, renderJson } from "./notify/json.ts";

/** What telling people needs from outside. */
export interface TellPorts {
	/** Throws an error in one line; its `answered` says whether the other side is there at all. */
	post(webhook: Webhook, body: string, headers: Message["headers"]): Promise<void>;
	now(): Date;
	newId(): string;
}

/** Posts a report to all webhooks at once: none holds up another. Gives an error in one line for each post that failed. */
export async function tell(
	webhooks: readonly Webhook[],
	reportFor: (webhook: Webhook) => Report,
	ports: TellPorts,
): Promise<readonly string[]> {
	const id = ports.newId();
	const failures = await Promise.all(
		webhooks.map((webhook) => postParts(webhook, reportFor(webhook), `msg_${id}_${webhook.name}`, ports)),
	);
	return failures.flat();
}

async function postParts(webhook: Webhook, report: Report, messageId: string, ports: TellPorts): Promise<string[]> {
	const failures: string[] = [];
	for (const { body, headers } of renderJson(report, messageId, ports.now(), webhook)) {
		try {
			await ports.post(webhook, body, headers);
		} catch (error) {
			failures.push((error as Error).message);
			// Each further part would wait as long for nothing.
			if (!(error as { answered?: boolean }).answered) return failures;
		}
	}
	return failures;
}
