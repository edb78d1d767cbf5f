import type { HttpHandler } from "@azure/functions";
import { checkHealth, type HealthPorts, type HealthSettings } from "../scan/check-health.ts";
import { answerJson } from "./http.ts";
import { logTo } from "./log.ts";

/** 200 while all is well, else 503; both as JSON that says what is not. */
export function createHealthCheck(settings: HealthSettings, ports: HealthPorts): HttpHandler {
	return async (_request, context) => {
		try {
			const health = await checkHealth(settings, ports);
			return answerJson(health.healthy ? 200 : 503, health);
		} catch (error) {
			const { message } = error as Error;
			logTo(context).logError("request-failed", message, { function: context.functionName });
			return answerJson(503, { healthy: false, error: message });
		}
	};
}
