import * as azureFunctions from "@azure/functions";
import { AzureFunctionsInstrumentationESM } from "@azure/functions-opentelemetry-instrumentation";
import {
	AzureMonitorLogExporter,
	AzureMonitorMetricExporter,
	AzureMonitorTraceExporter,
} from "@azure/monitor-opentelemetry-exporter";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { AggregationTemporalityPreference, OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import packageJson from "../../package.json" with { type: "json" };
import { createCredential } from "../azure/credential.ts";
import type { Environment } from "../config/settings.ts";
import { readTelemetry } from "../config/telemetry.ts";

/**
 * Starts the export of traces, metrics and logs from the worker, as the host does for its own with `telemetryMode`. Must be called before
 * the functions are registered. Throws where a setting cannot be used.
 * Source: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
 */
export function startTelemetry(env: Environment): void {
	const { insights, otlp } = readTelemetry(env);
	const appName = env.WEBSITE_SITE_NAME ?? packageJson.name;
	const resource = resourceFromAttributes({
		"service.name": appName,
		"service.version": packageJson.version,
		"cloud.provider": "azure",
		"cloud.platform": "azure.functions",
		"faas.name": appName,
	});
	const azure = insights && {
		connectionString: insights.connectionString,
		...(insights.byIdentity ? { credential: identityOf(env) } : {}),
	};
	// An interval's own numbers: what another worker has measured since is not told anew.
	const delta = { temporalityPreference: AggregationTemporalityPreference.DELTA };
	const traceExporters = [
		...(azure ? [new AzureMonitorTraceExporter(azure)] : []),
		...(otlp ? [new OTLPTraceExporter()] : []),
	];
	const metricExporters = [
		...(azure ? [new AzureMonitorMetricExporter(azure)] : []),
		...(otlp ? [new OTLPMetricExporter(delta)] : []),
	];
	const logExporters = [
		...(azure ? [new AzureMonitorLogExporter(azure)] : []),
		...(otlp ? [new OTLPLogExporter()] : []),
	];

	const tracers = new BasicTracerProvider({
		resource,
		spanProcessors: traceExporters.map((exporter) => new BatchSpanProcessor(exporter)),
	});
	const meters = new MeterProvider({
		resource,
		readers: metricExporters.map((exporter) => new PeriodicExportingMetricReader({ exporter })),
	});
	const logs = new LoggerProvider({
		resource,
		processors: logExporters.map((exporter) => new BatchLogRecordProcessor({ exporter })),
	});
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	propagation.setGlobalPropagator(new W3CTraceContextPropagator());
	trace.setGlobalTracerProvider(tracers);
	metrics.setGlobalMeterProvider(meters);
	const instrumentation = new AzureFunctionsInstrumentationESM();
	instrumentation.setLoggerProvider(logs);
	instrumentation.registerAzFunc(azureFunctions);
	azureFunctions.app.hook.appTerminate(async () => {
		await Promise.allSettled([tracers.forceFlush(), meters.forceFlush(), logs.forceFlush()]);
	});
}

/** The app's own: it may publish telemetry, as what Azure Functions itself sends. */
function identityOf({ AZURE_CLIENT_ID: clientId }: Environment) {
	// A managed identity knows its cloud.
	return createCredential({ managedIdentity: true, clientId: clientId?.trim() || undefined, cloud: { authority: "" } });
}
