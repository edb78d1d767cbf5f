import type { Webhook } from "../core/model/webhook.ts";
import type { Subject } from "../core/report/report.ts";
import { writeNotifyMessage } from "../storage/messages/notify-message.ts";

/** What announcing needs from outside. */
export interface EnqueueNotificationsPorts {
	/** Puts a message on the queue of tellings, hidden for so long. Throws an error in one line. */
	sendNotifyMessage(message: string, delaySeconds?: number): Promise<void>;
}

/** Has each webhook told what there is to tell of a subject: one message for each, so that none holds up another. */
export async function enqueueNotifications(
	subject: Subject,
	webhooks: readonly Pick<Webhook, "name">[],
	{ sendNotifyMessage }: EnqueueNotificationsPorts,
): Promise<void> {
	await Promise.all(webhooks.map(({ name: webhook }) => sendNotifyMessage(writeNotifyMessage({ webhook, subject }))));
}
