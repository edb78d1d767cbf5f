import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { metrics } from "../../src/telemetry/signals.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { Collector } from "../support/telemetry/collector.ts";
import { Insights } from "../support/telemetry/insights.ts";

const app = path.join(import.meta.dirname, "../..");

describe("the telemetry of the built app", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let receiver: Receiver;
	let collector: Collector;
	before(async () => {
		[azurite, azure, receiver] = await Promise.all([Azurite.start(), ArmEmulator.start(), Receiver.start()]);
		const policies = TableClient.fromConnectionString(azurite.connectionString, "DriftPolicy", {
			allowInsecureConnection: true,
		});
		await policies.createTable();
		await policies.createEntity({
			partitionKey: "policy",
			rowKey: "default",
			clientCertMode: "Required",
			http20Enabled: false,
		});
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		receiver.answer = { status: 200 };
		collector = await Collector.start();
	});
	after(() => Promise.all([azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	/** What the collector has once the timer has fired so often and the queues are worked off. */
	async function collect(times: number, settings: Record<string, string> = {}): Promise<FunctionsHost["functions"]> {
		await using host = await FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			DRIFT_WEBHOOK_URL: receiver.url,
			OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
			...settings,
		});
		for (let time = 0; time < times; time++) {
			await host.fireTimer("scan");
			await host.workOffQueues(azurite.connectionString);
		}
		await host.terminate();
		return host.functions;
	}
	const valuesOf = (wanted: keyof typeof metrics, ...attributes: string[]) =>
		collector.points
			.filter(({ name }) => name === wanted)
			.map((point) => [...attributes.map((attribute) => point.attributes[attribute]), point.value]);

	it("tells each metric in its unit, with the subscription or the webhook that it is of", async () => {
		azure.add(armSite({ name: "pay", properties: { clientCertEnabled: true } }));
		azure.add(armSite({ name: "shop" }));
		azure.injectFault(/Microsoft\.Web\/sites\?/, { status: 429, headers: { "retry-after": "0" } }, 1);
		await collect(2);
		await using _ = collector;
		assert.deepEqual(new Set(collector.points.map(({ name }) => name)), new Set(Object.keys(metrics)));
		for (const { name, unit, attributes } of collector.points) {
			assert.equal(unit, metrics[name as keyof typeof metrics].unit);
			if (name === "mtls_drift.deliveries") assert.equal(attributes.webhook, "default");
			else assert.equal(attributes.subscription, defaultSubscription, name);
		}
		const sites = valuesOf("mtls_drift.sites", "status");
		for (const [status, count] of [
			["drifted", 1],
			["in-sync", 1],
			["unknown", 0],
			["exempt", 0],
			["not-covered", 0],
		]) {
			assert.ok(
				sites.some(([name, value]) => name === status && value === count),
				`${status}: ${JSON.stringify(sites)}`,
			);
		}
		const found = valuesOf("mtls_drift.findings", "rule", "severity").filter(([, , count]) => Number(count) > 0);
		assert.deepEqual(found[0], ["client-cert-mode", "critical", 1]);
		// What is not there is told as zero.
		assert.ok(valuesOf("mtls_drift.findings", "rule", "severity").length >= 40);
		assert.ok(valuesOf("mtls_drift.arm.throttled").some(([count]) => count === 1));
		// Of both scans: a page of sites and of resources each, and the one that was throttled.
		const requests = valuesOf("mtls_drift.arm.requests").map(([count]) => Number(count));
		assert.equal(
			requests.reduce((sum, count) => sum + count, 0),
			5,
		);
		assert.deepEqual(valuesOf("mtls_drift.deliveries", "outcome")[0], ["delivered", 1]);
		const [[complete, seconds] = []] = valuesOf("mtls_drift.scan.duration", "complete");
		assert.equal(complete, true);
		assert.ok(Number(seconds) > 0 && Number(seconds) < 120, String(seconds));
		const [[age] = []] = valuesOf("mtls_drift.scan.age");
		assert.ok(Number(age) >= 0 && Number(age) < 600);
	});

	it("times a scan and what is in it, and telling, each within the host's own trace", async () => {
		azure.add(armSite());
		await collect(1);
		await using _ = collector;
		const { spans } = collector;
		const find = (wanted: string) => spans.find(({ name }) => name === wanted) ?? assert.fail(`no span ${wanted}`);
		const scan = find("scan");
		assert.deepEqual(
			[find("list").parentSpanId, find("resource-list").parentSpanId, find("evaluate").parentSpanId],
			[scan.spanId, scan.spanId, find("list").spanId],
		);
		const hosts = "4bf92f3577b34da6a3ce929d0e0e4736";
		for (const name of ["scan", "list", "resource-list", "evaluate", "notify"])
			assert.equal(find(name).traceId, hosts, name);
		assert.equal(scan.attributes.subscription, defaultSubscription);
		assert.equal(find("notify").attributes.webhook, "default");
		assert.ok(spans.every(({ failed }) => failed === null));
	});

	it("sends each line of the log once, as JSON, and says which scan failed; without a secret", async () => {
		azure.injectFault(/Microsoft\.Web\/sites\?/, { status: 503 });
		receiver.answer = { status: 500 };
		await collect(1);
		await using _ = collector;
		const events = collector.logs.map(({ body }) => JSON.parse(body.stringValue).event);
		assert.ok(events.includes("scan-abandoned"), events.join());
		assert.equal(events.filter((event) => event === "scans-queued").length, 1);
		const levels = collector.logs.map(
			({ body, severityText }) => `${JSON.parse(body.stringValue).event} ${severityText}`,
		);
		for (const level of ["scan-abandoned error", "webhook-postponed error", "scans-queued information"]) {
			assert.ok(levels.includes(level), level);
		}
		assert.ok(collector.logs.every(({ traceId }) => traceId === undefined || traceId.length === 32));
		const failed = collector.spans.filter((span) => span.failed !== null);
		assert.deepEqual(new Set(failed.map(({ name }) => name)), new Set(["scan", "notify"]));
		assert.ok(valuesOf("mtls_drift.deliveries", "outcome").some(([outcome]) => outcome === "refused"));
		// No site was seen: zeros would look fine.
		assert.deepEqual(valuesOf("mtls_drift.sites", "status"), []);
		const all = JSON.stringify([collector.points, collector.spans, collector.logs]);
		assert.doesNotMatch(all, /s3cret|AccountKey|Bearer/);
	});

	it("reaches Application Insights, too", async () => {
		azure.add(armSite());
		await using insights = await Insights.start(azure.certificate);
		await collect(1, {
			OTEL_EXPORTER_OTLP_ENDPOINT: "",
			APPLICATION_INSIGHTS_NO_STATSBEAT: "1",
			APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-0000-0000-00000000000a;IngestionEndpoint=${insights.url}`,
		});
		await using _ = collector;
		const kinds = Map.groupBy(insights.items, ({ data }) => data.baseType);
		const numbers = (kinds.get("MetricData") ?? []).flatMap(({ data }) => data.baseData.metrics ?? []);
		assert.ok(numbers.some(({ name, value }) => name === "mtls_drift.sites" && value === 1));
		const lines = (kinds.get("MessageData") ?? []).map(({ data }) => JSON.parse(data.baseData.message ?? "").event);
		assert.ok(lines.includes("scan-done"), lines.join());
		assert.ok((kinds.get("RemoteDependencyData") ?? []).some(({ data }) => data.baseData.name === "scan"));
		assert.deepEqual(collector.points, []);
	});

	it("says in the log what the alerts go by, where no subscription is scanned and a webhook refuses", async () => {
		azure.injectFault(/subscriptions\?/, { status: 403 });
		await collect(1, { DRIFT_SUBSCRIPTIONS: "" });
		const lines = collector.logs.map(({ body }) => JSON.parse(body.stringValue));
		assert.ok(!lines.some(({ event, started, running }) => event === "scans-queued" && started + running > 0));
		await collector[Symbol.asyncDispose]();
		collector = await Collector.start();
		azure.clearFaults();
		azure.add(armSite());
		receiver.answer = { status: 404 };
		await collect(1);
		await using _ = collector;
		const events = collector.logs.map(({ body }) => JSON.parse(body.stringValue).event);
		assert.ok(events.includes("webhook-postponed"), events.join());
	});

	it("holds nothing up where it cannot be sent, and says so where its settings are wrong", async () => {
		await using _ = collector;
		azure.add(armSite());
		await using host = await FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
			APPLICATIONINSIGHTS_CONNECTION_STRING: "nonsense",
		});
		assert.equal((await host.fireTimer("scan")).error, null);
		await host.terminate();
		// The other destination gets it all the same.
		assert.ok(collector.logs.length > 0);
		assert.ok(
			host.stray.some((text) => JSON.parse(text).event === "telemetry-failed"),
			host.stray.join(),
		);
		await using deaf = await FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
		});
		assert.equal((await deaf.fireTimer("scan")).error, null);
		for (const { error } of await deaf.workOffQueues(azurite.connectionString)) assert.equal(error, null);
		await deaf.terminate();
	});

	it("is done without where it cannot even be loaded", async () => {
		await using _ = collector;
		const folder = mkdtempSync(path.join(tmpdir(), "app-"));
		try {
			for (const part of ["dist", "host.json", "package.json"]) {
				cpSync(path.join(app, part), path.join(folder, part), { recursive: true });
			}
			for (const name of readdirSync(path.join(folder, "dist"))) {
				if (name.startsWith("app-export-")) rmSync(path.join(folder, "dist", name));
			}
			await using host = await FunctionsHost.start(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
			assert.equal(host.functions.length, 9);
			assert.match(host.stray.join(""), /"event":"telemetry-failed".*app-export-/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
