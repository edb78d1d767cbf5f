import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { build } from "esbuild";
import { bundling } from "../../scripts/bundling.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { median } from "./measure.ts";
import { subscriptionId } from "./subscriptions.ts";

/** In milliseconds, from the start of a worker to the end of its first timer. */
export interface StartTimes {
	readonly empty: number;
	readonly own: number;
	/** With telemetry going to a collector that does not answer. */
	readonly withTelemetry: number;
}

/**
 * Starts a worker of this app, and one of an app with an empty timer that is bundled in the same way, by turns. The timer of this app
 * scans one subscription that its settings name, with its tables and queues made.
 */
export async function startBoth(app: string, rounds: number, env: Record<string, string>): Promise<StartTimes> {
	await using azurite = await Azurite.start();
	const emptyApp = await buildEmptyApp();
	const settings = {
		...env,
		AzureWebJobsStorage: azurite.connectionString,
		DRIFT_SUBSCRIPTIONS: subscriptionId(1),
	};
	const collected = { ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
	const times = { empty: [] as number[], own: [] as number[], withTelemetry: [] as number[] };
	try {
		// What is made by the first run is not made again.
		await startOnce(app, settings);
		for (let round = 0; round < rounds; round++) {
			times.empty.push(await startOnce(emptyApp, {}));
			times.own.push(await startOnce(app, settings));
			times.withTelemetry.push(await startOnce(app, collected));
		}
	} finally {
		rmSync(emptyApp, { recursive: true });
	}
	return { empty: median(times.empty), own: median(times.own), withTelemetry: median(times.withTelemetry) };
}

async function startOnce(app: string, settings: Record<string, string>): Promise<number> {
	const started = performance.now();
	await using host = await FunctionsHost.start(app, settings);
	const { error } = await host.fireTimer("scan");
	if (error !== null) throw new Error(error);
	return performance.now() - started;
}

async function buildEmptyApp(): Promise<string> {
	const folder = mkdtempSync(path.join(tmpdir(), "empty-app-"));
	await build({
		...bundling,
		stdin: {
			contents: `import { app } from "@azure/functions";
				app.timer("scan", { schedule: "0 0 * * * *", handler: async () => {} });`,
			resolveDir: import.meta.dirname,
		},
		outfile: path.join(folder, "main.js"),
	});
	writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module", main: "main.js" }));
	return folder;
}
