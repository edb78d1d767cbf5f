/** What a number is: the value of a moment, a sum that grows, or one of many whose distribution matters. */
interface Instrument {
	readonly kind: "gauge" | "counter" | "histogram";
	readonly unit: string;
	/** With what it is told apart, too. */
	readonly description: string;
}

/** All metrics, by name. Gauges tell zeros, too, so that what has gone is seen to be gone. */
export const metrics = {
	"mtls_drift.sites": {
		kind: "gauge",
		unit: "{site}",
		description:
			"Sites and slots of a `subscription` after a scan, by `status`: in-sync, drifted, exempt, unknown, not-covered",
	},
	"mtls_drift.findings": {
		kind: "gauge",
		unit: "{finding}",
		description: "Open drift of a `subscription` after a scan, by `rule` and `severity`",
	},
	"mtls_drift.unknown": {
		kind: "gauge",
		unit: "{verdict}",
		description: "What could not be told of a `subscription`'s sites, by `rule`",
	},
	"mtls_drift.scan.duration": {
		kind: "histogram",
		unit: "s",
		description: "How long scans of a `subscription` took; `complete` says whether all was read",
	},
	"mtls_drift.scan.age": {
		kind: "gauge",
		unit: "s",
		description:
			"Time since the last complete scan of a `subscription` ended, told when the next is put on the queue; nothing where there was none",
	},
	"mtls_drift.arm.requests": {
		kind: "counter",
		unit: "{request}",
		description: "Requests to Azure Resource Manager for a `subscription`, tries that failed included",
	},
	"mtls_drift.arm.throttled": {
		kind: "counter",
		unit: "{request}",
		description: "Those of them that it answered with 429",
	},
	"mtls_drift.deliveries": {
		kind: "counter",
		unit: "{post}",
		description: "Posts to a `webhook`, by `outcome`: delivered, refused, unanswered",
	},
} as const satisfies Readonly<Record<string, Instrument>>;
export type MetricName = keyof typeof metrics;

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One number. */
export interface Measurement {
	readonly name: MetricName;
	readonly value: number;
	readonly attributes: Attributes;
}

/** What is timed: a scan; within it the list of sites, the census (the list of resources) and the judging of each page; and telling a webhook. */
type SpanName = "scan" | "list" | "resource-list" | "evaluate" | "notify";

/** Times work, and marks it as failed where it throws. */
export type Trace = <T>(name: SpanName, attributes: Attributes, work: () => Promise<T>) => Promise<T>;

/** For whoever is asked by a person, who sees how long it takes. */
export const untraced: Trace = (_name, _attributes, work) => work();
