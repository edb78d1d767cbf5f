import * as z from "zod";
import type { Subject } from "./core/report.ts";
import { readQueueMessage } from "./queue-message.ts";

const count = z.number().int().nonnegative();

const subject = z.union([
	z.strictObject({
		subscription: z.strictObject({ id: z.guid(), name: z.string().min(1) }),
		/** The scan that asks for it: the message says how that counted. */
		scan: z.strictObject({
			id: z.string(),
			startedAt: z.iso.datetime(),
			finishedAt: z.iso.datetime(),
			complete: z.boolean(),
			counts: z.strictObject({
				sites: count,
				inSync: count,
				drifted: count,
				exempt: count,
				unknown: count,
				notCovered: count,
			}),
		}),
	}),
	z.strictObject({ subscription: z.null(), scan: z.null() }),
]);

/** One message of the queue `drift-notify`: tell this webhook what it has not been told of this subscription. */
const tellMessage = z.strictObject({
	version: z.literal(1),
	webhook: z.string().min(1),
	subject,
	/** Whether it waited for as long as the webhook had asked. */
	isDelayed: z.boolean().default(false),
});
export interface TellMessage {
	readonly webhook: string;
	readonly subject: Subject;
	readonly isDelayed?: boolean;
}

/** Throws where it could not be read again. */
export function writeTellMessage(message: TellMessage): string {
	const text = JSON.stringify({ version: 1, ...message });
	readTellMessage(JSON.parse(text));
	return text;
}

/** Throws an error that names what is wrong, and never repeats the message. */
export function readTellMessage(content: unknown): TellMessage {
	return readQueueMessage(tellMessage, content);
}

/** The subject of a message as it was written; undefined where it is none. */
export function readSubject(text: string): Subject | undefined {
	try {
		return subject.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}
