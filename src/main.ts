import { setFlagsFromString } from "node:v8";
import { app, type HttpHandler, type StorageQueueHandler, type TimerHandler } from "@azure/functions";
import { type Composition, compose } from "./compose.ts";
import { chooseSchedule } from "./config/schedule.ts";
import { exportsTelemetry } from "./config/telemetry.ts";
import { withErrors } from "./functions/http.ts";

// Scans leave much behind that is soon garbage. Where there is memory, V8 lets the space for it grow with each of them, and keeps it: a
// worker would hold ever more, and scans are no faster for it (npm run bench).
setFlagsFromString("--semi-space-growth-factor=1");

// A throw while Azure Functions loads this file would leave an app without functions and without an error: whatever is wrong
// fails each run instead.
let composed: Composition | undefined;
const load = <Name extends keyof Composition>(name: Name) => {
	let loading: ReturnType<Composition[Name]> | undefined;
	return async () => {
		composed ??= compose(process.env);
		loading ??= composed[name]() as ReturnType<Composition[Name]>;
		return await loading;
	};
};
const timer = (name: "scan"): TimerHandler => {
	const handler = load(name);
	return async (...invocation) => (await handler())(...invocation);
};
const queue = (name: "scanSubscription" | "scanFailed" | "notify"): StorageQueueHandler => {
	const handler = load(name);
	return async (...invocation) => (await handler())(...invocation);
};
const route = (name: "health" | "report" | "findings" | "requestScan" | "certInfo"): HttpHandler => {
	const handler = load(name);
	return withErrors(async (...invocation) => (await handler())(...invocation));
};

if (exportsTelemetry(process.env)) {
	try {
		(await import("./telemetry/export.ts")).startTelemetry(process.env);
	} catch (error) {
		console.error(`No telemetry is sent: ${(error as Error).message}`);
	}
}

const connection = "AzureWebJobsStorage";
app.timer("scan", { schedule: chooseSchedule(process.env.DRIFT_SCHEDULE), handler: timer("scan") });
app.storageQueue("scan-subscription", { queueName: "drift-scan", connection, handler: queue("scanSubscription") });
app.storageQueue("scan-failed", { queueName: "drift-scan-poison", connection, handler: queue("scanFailed") });
app.storageQueue("notify", { queueName: "drift-notify", connection, handler: queue("notify") });
app.http("health", { methods: ["GET"], route: "health", authLevel: "function", handler: route("health") });
app.http("report", { methods: ["GET"], route: "report", authLevel: "function", handler: route("report") });
app.http("findings", { methods: ["GET"], route: "findings", authLevel: "function", handler: route("findings") });
app.http("cert-info", { methods: ["GET"], route: "cert-info", authLevel: "function", handler: route("certInfo") });
app.http("request-scan", { methods: ["POST"], route: "scan", authLevel: "function", handler: route("requestScan") });
