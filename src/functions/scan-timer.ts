import type { TimerHandler } from "@azure/functions";
import { type RunPorts, type RunSettings, runScan } from "../run.ts";

/** One run over all subscriptions; a failure of the run is a failure of the invocation. */
export function createScanTimer(settings: RunSettings, ports: Omit<RunPorts, "log">): TimerHandler {
	return async (_timer, context) => {
		await runScan(settings, { ...ports, log: (line) => context.log(line) });
	};
}
