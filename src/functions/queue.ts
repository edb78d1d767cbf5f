import type { InvocationContext } from "@azure/functions";
import type { Attempt } from "../storage/messages/queue-message.ts";
import { logTo } from "./log.ts";

/** What cannot be read now cannot be read at the next try either: it is logged and let go. */
export function readMessage<T>(
	read: (content: unknown) => T,
	content: unknown,
	context: InvocationContext,
): T | undefined {
	try {
		return read(content);
	} catch (error) {
		logTo(context).logError("message-dropped", `A message of the queue was let go: ${(error as Error).message}`);
		return undefined;
	}
}

export function readAttempt(context: InvocationContext, maxTries: number): Attempt {
	const number = Number(context.triggerMetadata?.dequeueCount ?? 1);
	return { number, last: number >= maxTries };
}
