import type { TimerHandler } from "@azure/functions";
import { type StartPorts, type StartSettings, startScans } from "../scan/start-scans.ts";
import type { Log } from "../telemetry/log.ts";
import { logTo } from "./log.ts";

/** Starts a scan of each subscription; a failure of the start is a failure of the invocation. */
export function createScanTimer(settings: StartSettings, ports: Omit<StartPorts, keyof Log>): TimerHandler {
	return async (_timer, context) => {
		await startScans(settings, { ...ports, ...logTo(context) });
	};
}
