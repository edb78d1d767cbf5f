import { setFlagsFromString } from "node:v8";
import { app, type HttpHandler } from "@azure/functions";
import { type Composition, compose } from "./app.ts";
import { chooseSchedule } from "./config/schedule.ts";
import { exportsTelemetry } from "./config/telemetry.ts";
import { once } from "./core/once.ts";
import { withErrors } from "./functions/http.ts";
import { writeLogLine } from "./telemetry/log.ts";

// Scans leave much behind that is soon garbage. Where there is memory, V8 lets the space for it grow with each of them, and keeps it: a
// worker would hold ever more, and scans are no faster for it (npm run bench).
setFlagsFromString("--semi-space-growth-factor=1");

// A throw while Azure Functions loads this file would leave an app without functions and without an error: telemetry is done without,
// and whatever is wrong with the settings fails each run instead.
if (exportsTelemetry(process.env)) {
	try {
		const { startTelemetry } = await import("./telemetry/export.ts");
		startTelemetry(process.env);
	} catch (error) {
		console.error(writeLogLine("telemetry-failed", `No telemetry is sent: ${(error as Error).message}`));
	}
}

const composed = once(async () => compose(process.env));

/** A function whose handler is made when it runs first. */
function handlerOf<Name extends keyof Composition>(name: Name) {
	type Handler = Awaited<ReturnType<Composition[Name]>>;
	const load = once(async () => (await (await composed())[name]()) as (...invocation: Parameters<Handler>) => unknown);
	return async (...invocation: Parameters<Handler>) => (await load())(...invocation) as Awaited<ReturnType<Handler>>;
}
const routeOf = (name: "health" | "report" | "findings" | "requestScan" | "certInfo"): HttpHandler =>
	withErrors(handlerOf(name) as HttpHandler);

const connection = "AzureWebJobsStorage";
app.timer("scan", { schedule: chooseSchedule(process.env.DRIFT_SCHEDULE), handler: handlerOf("scan") });
app.storageQueue("scan-subscription", {
	...{ queueName: "drift-scan", connection },
	handler: handlerOf("scanSubscription"),
});
app.storageQueue("scan-failed", { queueName: "drift-scan-poison", connection, handler: handlerOf("scanFailed") });
app.storageQueue("notify", { queueName: "drift-notify", connection, handler: handlerOf("notify") });
app.http("health", { methods: ["GET"], route: "health", authLevel: "function", handler: routeOf("health") });
app.http("report", { methods: ["GET"], route: "report", authLevel: "function", handler: routeOf("report") });
app.http("findings", { methods: ["GET"], route: "findings", authLevel: "function", handler: routeOf("findings") });
app.http("cert-info", { methods: ["GET"], route: "cert-info", authLevel: "function", handler: routeOf("certInfo") });
app.http("request-scan", { methods: ["POST"], route: "scan", authLevel: "function", handler: routeOf("requestScan") });
