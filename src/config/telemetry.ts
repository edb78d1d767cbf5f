import { z } from "zod";

/** Where telemetry goes. */
export interface TelemetryConfig {
	/** Application Insights. `byIdentity`: it takes no key. */
	readonly insights: { readonly connectionString: string; readonly byIdentity: boolean } | null;
	/** A collector, as `OTEL_EXPORTER_OTLP_…` say. */
	readonly otlp: boolean;
}

const shape = z.object({
	APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
	APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.string().optional(),
	OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
});

/** The settings that the host of Azure Functions goes by: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto */
export const telemetrySettings = shape.transform((set): TelemetryConfig => {
	const { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString } = set;
	const authentication = set.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? "";
	const byIdentity = /\bAuthorization=AAD\b/i.test(authentication);
	return {
		insights: connectionString === undefined ? null : { connectionString, byIdentity },
		otlp: set.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
	};
});
