import type { Environment } from "./settings.ts";

/** Where telemetry goes. */
export interface TelemetryConfig {
	/** Application Insights. `byIdentity`: it takes no key. */
	readonly insights: { readonly connectionString: string; readonly byIdentity: boolean } | null;
	/** A collector, as `OTEL_EXPORTER_OTLP_…` say. */
	readonly otlp: boolean;
}

/** The settings that the host of Azure Functions goes by: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto */
export function readTelemetry(env: Environment): TelemetryConfig {
	const connectionString = env.APPLICATIONINSIGHTS_CONNECTION_STRING?.trim();
	const byIdentity = /\bAuthorization=AAD\b/i.test(env.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "");
	return {
		insights: connectionString ? { connectionString, byIdentity } : null,
		otlp: Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim()),
	};
}

/** Whether it goes anywhere. */
export function exportsTelemetry(env: Environment): boolean {
	const { insights, otlp } = readTelemetry(env);
	return insights !== null || otlp;
}
