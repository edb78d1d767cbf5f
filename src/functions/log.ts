import type { InvocationContext } from "@azure/functions";
import { type Log, writeLogLine } from "../telemetry/log.ts";

/** The log of one invocation. */
export function logTo(context: InvocationContext): Log {
	return {
		log: (...event) => context.log(writeLogLine(...event)),
		logError: (...event) => context.error(writeLogLine(...event)),
	};
}
