import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { styleText } from "node:util";
import { TableClient } from "@azure/data-tables";
import pLimit from "p-limit";
import hostJson from "../../host.json" with { type: "json" };
import { drawTable } from "../../src/cli/render/terminal.ts";
import { workMinutes } from "../../src/functions/host-limits.ts";
import { writeScanMessage } from "../../src/storage/messages/scan-message.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { changeAtOnce, type Work } from "./changes.ts";
import type { BenchFrontEnd } from "./front-end.ts";
import { median } from "./measure.ts";
import { openReport } from "./page.ts";
import { askAll } from "./probes.ts";
import { startBoth } from "./start.ts";
import { subscriptionId } from "./subscriptions.ts";

const app = path.join(import.meta.dirname, "../..");
const rounds = 5;

/** What scans cost in one worker. */
interface Cost {
	readonly milliseconds: number;
	/** Of the worker's process before any scan, in bytes. */
	readonly idle: number;
	/** The most that it held, after half of the scans and after all. */
	readonly halfway: number;
	readonly peak: number;
}

const children: ChildProcess[] = [];
process.once("exit", () => {
	for (const child of children) child.kill();
});

/** Forks a script of this folder and waits for what it sends. */
async function ask<T>(
	script: string,
	args: readonly number[],
	env: Record<string, string> = {},
): Promise<[T, ChildProcess]> {
	const child = fork(path.join(import.meta.dirname, script), args.map(String), { env: { ...process.env, ...env } });
	children.push(child);
	const [answer] = await once(child, "message");
	return [answer as T, child];
}

/** Scans these subscriptions in a fresh worker, so many at once. */
async function scanAll(
	subscriptions: readonly number[],
	sites: number,
	atOnce: number,
	env: Record<string, string>,
): Promise<Cost> {
	await using host = await FunctionsHost.start(app, { ...env, AzureWebJobsStorage: azurite.connectionString });
	const { rss: idle } = await host.memory();
	const limit = pLimit(atOnce);
	const expected = `: ${sites} sites, ${sites / 100} drifted, ${sites - sites / 100} in sync`;
	const started = performance.now();
	let done = 0;
	let halfway = 0;
	const scanOne = async (number: number) => {
		const subscription = { id: subscriptionId(number), name: `Subscription ${number}` };
		const message = writeScanMessage({ scanId: randomUUID(), subscription, requestedAt: new Date() });
		const { error, logs } = await host.deliver("drift-scan", message);
		if (error !== null || !logs.join("\n").includes(expected)) throw new Error(`${error}\n${logs.join("\n")}`);
		done += 1;
		if (done === Math.ceil(subscriptions.length / 2)) halfway = (await host.memory()).maxRss;
	};
	await Promise.all(subscriptions.map((number) => limit(() => scanOne(number))));
	const milliseconds = performance.now() - started;
	return { milliseconds, idle, halfway, peak: (await host.memory()).maxRss };
}

async function downloadAll(subscriptions: number, env: Record<string, string>): Promise<number> {
	const [{ milliseconds }] = await ask<{ milliseconds: number }>("bare-loop.ts", [subscriptions], env);
	return milliseconds;
}

/** How long it takes to judge so many sites on one core. */
async function judgeAll(sites: number): Promise<number> {
	const [{ milliseconds }] = await ask<{ milliseconds: number }>("evaluate.ts", [sites]);
	return milliseconds;
}

/** A figure is a ratio, so that the machine's speed does not matter much. */
interface Figure {
	readonly what: string;
	readonly measured: string;
	readonly ratio: number;
	/** Null: told for comparison. */
	readonly limit: number | null;
}

const table: (Figure | string)[] = [];

function say(what: string, measured: string, ratio: number, limit: number | null): void {
	table.push({ what, measured, ratio, limit });
}

/** What the next figures are of; on stderr, so that somebody sees it go on. */
function begin(section: string): void {
	table.push(section);
	console.error(`${section} …`);
}

function sayMemory(what: string, measured: number, base: number): void {
	say(what, `${megabytes(measured)} / ${megabytes(base)} MB`, measured / base, 1.2);
}

/** Gives whether each figure is within its limit. */
function printTable(): boolean {
	const isBroken = ({ ratio, limit }: Figure) => limit !== null && !(ratio <= limit);
	const rows = table.map((row) => {
		if (typeof row === "string") return [styleText("bold", row), "", "", "", ""];
		const verdict = isBroken(row) ? styleText("red", "beyond") : styleText("green", row.limit === null ? "" : "within");
		return [`  ${row.what}`, row.measured, row.ratio.toFixed(2), row.limit === null ? "" : String(row.limit), verdict];
	});
	const machine = `${availableParallelism()} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
	console.log(`${new Date().toISOString().slice(0, 10)}, ${machine}, Node.js ${process.version}\n`);
	console.log(drawTable(["", "measured", "ratio", "limit", ""], rows));
	return !table.some((row) => typeof row !== "string" && isBroken(row));
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2);

begin("Judging 100,000 sites by 200 policies and all rules, on one core");
const [half, whole] = [await judgeAll(50_000), await judgeAll(100_000)];
const perSecond = Math.round(100_000_000 / whole);
say("50,000 sites a second, by those judged", `50,000 / ${perSecond.toLocaleString("en")}`, 50_000 / perSecond, 1);
say("time by twice that of half the sites", `${seconds(whole)} / ${seconds(2 * half)} s`, whole / (2 * half), 1.2);

await using azurite = await Azurite.start();
const policies = TableClient.fromConnectionString(azurite.connectionString, "DriftPolicy", {
	allowInsecureConnection: true,
});
await policies.createTable();
await policies.createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true, clientCertMode: "Required" });

begin("Worker start to first timer done, by that of an app with one empty timer");
{
	const [env, startAzure] = await ask<Record<string, string>>("azure.ts", [1, 10]);
	const { empty, own, withTelemetry } = await startBoth(app, 2 * rounds + 1, env);
	startAzure.kill();
	say("with one subscription to be scanned", `${seconds(own)} / ${seconds(empty)} s`, own / empty, 1.6);
	say("the same, with telemetry", `${seconds(withTelemetry)} / ${seconds(empty)} s`, withTelemetry / empty, null);
}

// The built app in a worker of its own, against a stand-in for Azure in another process: pages of 200 sites, 30 ms each.
begin("One subscription with 10,000 sites");

const [large, largeAzure] = await ask<Record<string, string>>("azure.ts", [1, 10_000]);
const loops: number[] = [];
const scans: Cost[] = [];
for (let round = 0; round < rounds; round++) {
	loops.push(await downloadAll(1, large));
	scans.push(await scanAll([1], 10_000, 1, large));
}
largeAzure.kill();

const loop = median(loops);
const scan = median(scans.map(({ milliseconds }) => milliseconds));
const grown = median(scans.map(({ idle, peak }) => peak - idle));
const peak = median(scans.map((cost) => cost.peak));
say("time by a bare loop that downloads the same", `${seconds(scan)} / ${seconds(loop)} s`, scan / loop, 1.3);
say("memory beyond an idle worker, by 120 MB", `${megabytes(grown)} / 120 MB`, megabytes(grown) / 120, 1);

begin("100 subscriptions with 1,000 sites each");
const [wide, wideAzure] = await ask<Record<string, string>>("azure.ts", [100, 1000]);
const all = Array.from({ length: 100 }, (_, index) => index + 1);
const { batchSize, newBatchThreshold } = hostJson.extensions.queues;
const alone = await scanAll(all, 1000, 1, wide);
const together = await scanAll(all, 1000, batchSize + newBatchThreshold, wide);
wideAzure.kill();
sayMemory("one at a time: memory by that of the 10,000", alone.peak, peak);
sayMemory("one at a time: memory after all by that after half", alone.peak, alone.halfway);
sayMemory("as many at once as the host does: after all by after half", together.peak, together.halfway);

begin("5,000 findings that change at once, in one subscription, and a webhook of each kind that is told");
const invocation = workMinutes * 60_000;
const sayWork = (what: string, { milliseconds, transactions, posts }: Work) => {
	const done = posts === 0 ? `${transactions} transactions` : `${transactions} transactions, ${posts} posts`;
	say(`${what}: ${done}; time`, `${seconds(milliseconds)} / ${invocation / 1000} s`, milliseconds / invocation, 1);
};
const changed = await changeAtOnce(5000);
sayWork("scan", changed.scan);
for (const [webhook, work] of changed.notifyMessages.sort()) sayWork(webhook, work);
const teams = changed.notifyMessages.find(([webhook]) => webhook === "teams")?.[1].posts ?? Number.NaN;
const fromTeams = 4 * workMinutes * 60;
say("posts to Teams by what it takes in an invocation, at 4 a second", `${teams} / ${fromTeams}`, teams / fromTeams, 1);
sayWork("the next scan, in which nothing has changed", changed.unchanged);

begin("10,000 open findings in one subscription, and somebody who looks at them");
const look = await openReport(5000);
const reading = median(look.reading);
const printTimes = (what: string, times: readonly number[]) => {
	const time = median(times);
	say(`${what} by reading the rows`, `${seconds(time)} / ${seconds(reading)} s`, time / reading, 3);
};
printTimes("the page", look.page);
printTimes("the page of a filter that leaves one", look.filtered);
printTimes("the first 1,000 of the list", look.list);

begin("200 hosts that are asked at their doors, 21 requests each, and one in ten of them hangs");
const timeoutMs = 5000;
for (const [where, hangsLast] of [
	["spread", 0],
	["last", 1],
] as const) {
	const [front, server] = await ask<BenchFrontEnd>("front-end.ts", [200, hangsLast], { NODE_EXTRA_CA_CERTS: "" });
	const time = await askAll(200, front);
	server.kill();
	say(
		`the hanging ones ${where}: time by the time-out`,
		`${seconds(time)} / ${seconds(timeoutMs)} s`,
		time / timeoutMs,
		3,
	);
}

if (!printTable()) process.exitCode = 1;
