import * as z from "zod";
import type { Subject } from "../../core/report/report.ts";
import { readQueueMessage } from "./queue-message.ts";
import { subject } from "./subject.ts";

/** One message of the queue `drift-notify`: tell this webhook what it has not been told of this subscription. */
const notifyMessage = z.strictObject({
	version: z.literal(1),
	webhook: z.string().min(1),
	subject,
	/** Whether it waited for as long as the webhook had asked. */
	isDelayed: z.boolean().default(false),
});
export interface NotifyMessage {
	readonly webhook: string;
	readonly subject: Subject;
	readonly isDelayed?: boolean;
}

/** Throws where it could not be read again. */
export function writeNotifyMessage(message: NotifyMessage): string {
	const text = JSON.stringify({ version: 1, ...message });
	readNotifyMessage(JSON.parse(text));
	return text;
}

/** Throws an error that names what is wrong, and never repeats the message. */
export function readNotifyMessage(content: unknown): NotifyMessage {
	return readQueueMessage(notifyMessage, content);
}
