import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A number that came, with what it is told apart by. */
export interface CollectedPoint {
	readonly name: string;
	readonly unit: string;
	readonly value: number;
	readonly attributes: Readonly<Record<string, unknown>>;
}

export interface CollectedSpan {
	readonly name: string;
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId: string;
	readonly failed: string | null;
	readonly attributes: Readonly<Record<string, unknown>>;
}

type Values = readonly { readonly key: string; readonly value: Record<string, unknown> }[];
interface Batch {
	readonly resourceMetrics?: readonly { scopeMetrics: readonly { metrics: readonly OtlpMetric[] }[] }[];
	readonly resourceSpans?: readonly { scopeSpans: readonly { spans: readonly OtlpSpan[] }[] }[];
	readonly resourceLogs?: readonly { scopeLogs: readonly { logRecords: readonly OtlpLog[] }[] }[];
}
interface OtlpMetric {
	readonly name: string;
	readonly unit: string;
	readonly gauge?: { dataPoints: readonly OtlpPoint[] };
	readonly sum?: { dataPoints: readonly OtlpPoint[] };
	readonly histogram?: { dataPoints: readonly OtlpPoint[] };
}
interface OtlpPoint {
	readonly attributes: Values;
	readonly asDouble?: number;
	readonly asInt?: number;
	readonly sum?: number;
}
interface OtlpSpan extends Omit<CollectedSpan, "attributes" | "failed"> {
	readonly attributes: Values;
	readonly status: { readonly code: number; readonly message?: string };
}
interface OtlpLog {
	readonly severityText: string;
	readonly body: { readonly stringValue: string };
	readonly traceId?: string;
}

/** A collector of OpenTelemetry's, by its protocol over HTTP with JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export class Collector implements AsyncDisposable {
	readonly #server: Server;
	readonly #batches: Batch[] = [];

	private constructor() {
		this.#server = createServer(async (request, response) => {
			this.#batches.push((await json(request)) as Batch);
			response.writeHead(200, { "content-type": "application/json" }).end("{}");
		});
	}

	static async start(): Promise<Collector> {
		const collector = new Collector();
		collector.#server.listen(0, "127.0.0.1");
		await once(collector.#server, "listening");
		return collector;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	get points(): readonly CollectedPoint[] {
		const found = this.#batches.flatMap(({ resourceMetrics = [] }) =>
			resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
		);
		return found.flatMap(({ name, unit, gauge, sum, histogram }) =>
			((gauge ?? sum ?? histogram)?.dataPoints ?? []).map((point) => ({
				...{ name, unit, attributes: read(point.attributes) },
				value: Number(point.asDouble ?? point.asInt ?? point.sum),
			})),
		);
	}

	get spans(): readonly CollectedSpan[] {
		const found = this.#batches.flatMap(({ resourceSpans = [] }) =>
			resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
		);
		const error = 2;
		return found.map(({ attributes, status, ...span }) => ({
			...span,
			attributes: read(attributes),
			failed: status.code === error ? (status.message ?? "") : null,
		}));
	}

	get logs(): readonly OtlpLog[] {
		return this.#batches.flatMap(({ resourceLogs = [] }) =>
			resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
		);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}
}

function read(attributes: Values): Record<string, unknown> {
	return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
