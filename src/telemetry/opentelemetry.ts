import { type Counter, type Gauge, type Histogram, metrics as meters, SpanStatusCode, trace } from "@opentelemetry/api";
import packageJson from "../../package.json" with { type: "json" };
import { type Measurement, type MetricName, metrics, type Trace } from "./signals.ts";

/** The numbers and times of the function app. */
export interface Telemetry {
	readonly trace: Trace;
	measure(measurement: Measurement): void;
}

/** By OpenTelemetry's API, which does nothing unless its SDK was started before. */
export function connectTelemetry(): Telemetry {
	const { name, version } = packageJson;
	const tracer = trace.getTracer(name, version);
	const meter = meters.getMeter(name, version);
	const instruments = new Map<MetricName, Gauge | Counter | Histogram>();
	const open = (metric: MetricName) => {
		const { kind, ...options } = metrics[metric];
		if (kind === "gauge") return meter.createGauge(metric, options);
		return kind === "counter" ? meter.createCounter(metric, options) : meter.createHistogram(metric, options);
	};
	return {
		trace: (span, attributes, work) =>
			tracer.startActiveSpan(span, { attributes }, async (current) => {
				try {
					return await work();
				} catch (error) {
					// Errors are in one line, and hold no secret.
					current.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
					throw error;
				} finally {
					current.end();
				}
			}),
		measure({ name: metric, value, attributes }) {
			const instrument = instruments.get(metric) ?? open(metric);
			instruments.set(metric, instrument);
			if ("record" in instrument) instrument.record(value, attributes);
			else instrument.add(value, attributes);
		},
	};
}
