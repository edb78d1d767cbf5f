import type { InvocationContext } from "@azure/functions";

/** Lines for the log of the function app. */
export interface Log {
	log(line: string): void;
	logError(line: string): void;
}

export function logTo(context: InvocationContext): Log {
	return { log: (line) => context.log(line), logError: (line) => context.error(line) };
}
