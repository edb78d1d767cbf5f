import type { HttpHandler } from "@azure/functions";
import { checkHealth, type HealthPorts, type HealthSettings } from "../check-health.ts";

/** 200 while all is well, else 503; both as JSON that says what is not. */
export function createHealthCheck(settings: HealthSettings, ports: HealthPorts): HttpHandler {
	return async (_request, context) => {
		const headers = { "cache-control": "no-store" };
		try {
			const health = await checkHealth(settings, ports);
			return { status: health.healthy ? 200 : 503, headers, jsonBody: health };
		} catch (error) {
			const { message } = error as Error;
			context.error(message);
			return { status: 503, headers, jsonBody: { healthy: false, error: message } };
		}
	};
}
