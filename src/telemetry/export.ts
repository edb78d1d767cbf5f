import { setTimeout as pause } from "node:timers/promises";
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
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import packageJson from "../../package.json" with { type: "json" };
import { createCredential } from "../azure-sdk/credential.ts";
import type { Environment } from "../config/settings.ts";
import { readTelemetry, type TelemetryConfig } from "../config/telemetry.ts";
import { writeLogLine } from "./log.ts";

/** An interval's own numbers: what another worker has measured since is not told anew. */
const delta = { temporalityPreference: AggregationTemporalityPreference.DELTA };

/** For how long the last of it is waited for when the worker ends. */
const flushMs = 3000;

interface Exporters {
	readonly spans: SpanExporter;
	readonly metrics: PushMetricExporter;
	readonly logs: LogRecordExporter;
}

/**
 * Starts the export of traces, metrics and logs from the worker, as the host does for its own with `telemetryMode`. Must be called before
 * the functions are registered. A destination whose settings cannot be used is left out, and the log says so.
 * Source: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
 */
export function startTelemetry(env: Environment): void {
	const { insights, otlp } = readTelemetry(env);
	const exporters = [
		...(insights === null ? [] : open("Application Insights", () => connectInsights(insights))),
		...(otlp ? open("the collector", connectCollector) : []),
	];
	const name = env.WEBSITE_SITE_NAME ?? packageJson.name;
	const resource = resourceFromAttributes({
		"service.name": name,
		"service.version": packageJson.version,
		"cloud.provider": "azure",
		"cloud.platform": "azure.functions",
		"faas.name": name,
	});
	const tracers = new BasicTracerProvider({
		resource,
		spanProcessors: exporters.map(({ spans }) => new BatchSpanProcessor(spans)),
	});
	const meters = new MeterProvider({
		resource,
		readers: exporters.map((some) => new PeriodicExportingMetricReader({ exporter: some.metrics })),
	});
	const lines = new LoggerProvider({
		resource,
		processors: exporters.map(({ logs }) => new BatchLogRecordProcessor({ exporter: logs })),
	});
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	propagation.setGlobalPropagator(new W3CTraceContextPropagator());
	trace.setGlobalTracerProvider(tracers);
	metrics.setGlobalMeterProvider(meters);
	const instrumentation = new AzureFunctionsInstrumentationESM();
	instrumentation.setLoggerProvider(lines);
	instrumentation.registerAzFunc(azureFunctions);
	azureFunctions.app.hook.appTerminate(async () => {
		const flushed = Promise.allSettled([tracers.forceFlush(), meters.forceFlush(), lines.forceFlush()]);
		await Promise.race([flushed, pause(flushMs, undefined, { ref: false })]);
	});
}

function open(destination: string, connect: () => Exporters): Exporters[] {
	try {
		return [connect()];
	} catch (error) {
		const said = `No telemetry is sent to ${destination}: ${(error as Error).message}`;
		console.error(writeLogLine("telemetry-failed", said));
		return [];
	}
}

/** By the app's own identity where there is no key: it may publish telemetry, as what Azure Functions itself sends. */
function connectInsights({ connectionString, identity }: NonNullable<TelemetryConfig["insights"]>): Exporters {
	// How this library is used is nobody's business here, and what cannot be sent is not left on the disk.
	process.env.APPLICATION_INSIGHTS_NO_STATSBEAT ??= "1";
	const options = {
		connectionString,
		disableOfflineStorage: true,
		// A managed identity knows its cloud.
		...(identity && { credential: createCredential({ managedIdentity: true, ...identity, cloud: { authority: "" } }) }),
	};
	return {
		spans: new AzureMonitorTraceExporter(options),
		metrics: new AzureMonitorMetricExporter(options),
		logs: new AzureMonitorLogExporter(options),
	};
}

function connectCollector(): Exporters {
	return { spans: new OTLPTraceExporter(), metrics: new OTLPMetricExporter(delta), logs: new OTLPLogExporter() };
}
