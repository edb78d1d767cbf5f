import type { Environment } from "./settings.ts";

/** Where telemetry goes. */
export interface TelemetryConfig {
	/** Application Insights. `identity`: it takes no key, but the managed identity of that client ID (undefined: the system-assigned one). */
	readonly insights: {
		readonly connectionString: string;
		readonly identity: { readonly clientId: string | undefined } | null;
	} | null;
	/** A collector, as `OTEL_EXPORTER_OTLP_…` say. */
	readonly otlp: boolean;
}

/** The settings that the host of Azure Functions goes by: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto */
export function readTelemetry(env: Environment): TelemetryConfig {
	const connectionString = env.APPLICATIONINSIGHTS_CONNECTION_STRING?.trim();
	const authentication = env.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "";
	const clientId = /\bClientId=([^;\s]+)/i.exec(authentication)?.[1] ?? (env.AZURE_CLIENT_ID?.trim() || undefined);
	const identity = /\bAuthorization=AAD\b/i.test(authentication) ? { clientId } : null;
	return {
		insights: connectionString ? { connectionString, identity } : null,
		otlp: Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim()),
	};
}

/** Whether it goes anywhere. */
export function exportsTelemetry(env: Environment): boolean {
	const { insights, otlp } = readTelemetry(env);
	return insights !== null || otlp;
}
