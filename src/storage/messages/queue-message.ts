import type { z } from "zod";

/** Reads what Azure Functions hands over: JSON taken apart already, or text. Throws an error that names what is wrong, and never repeats the message. */
export function readQueueMessage<S extends z.ZodType>(schema: S, content: unknown): z.output<S> {
	const parsed = schema.safeParse(content);
	if (parsed.success) return parsed.data;
	const wrong = new Set(parsed.error.issues.map(({ path }) => path.join(".") || "the message as such"));
	throw new Error(`not a message of this version of mtls-drift; wrong are: ${[...wrong].join(", ")}`);
}

/** Which try of a queue message this is, and whether the queue delivers it again if this one fails. */
export interface Attempt {
	/** From 1. */
	readonly number: number;
	readonly last: boolean;
}
