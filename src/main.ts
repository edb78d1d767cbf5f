import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { app, type HttpHandler, type StorageQueueHandler, type TimerHandler } from "@azure/functions";
import { azureSettings } from "./config/azure.ts";
import { clientCertificateSettings, type GuardedRoute } from "./config/client-certificates.ts";
import { defaultSchedule, periodOf, scheduleSettings } from "./config/schedule.ts";
import { readSettings } from "./config/settings.ts";
import { queueSettings, tableSettings } from "./config/storage.ts";
import { verifySettings } from "./config/verify.ts";
import { reminderSettings, webhookSettings } from "./config/webhooks.ts";
import { connectAzure, connectStorage } from "./connect.ts";
import { connectDoors } from "./door/doors.ts";
import { createCertInfo } from "./functions/cert-info.ts";
import { createDoor } from "./functions/door.ts";
import { createFindings } from "./functions/findings.ts";
import { createHealthCheck } from "./functions/health.ts";
import { maxTries, scanLifeMinutes, workMinutes } from "./functions/host-limits.ts";
import { withErrors } from "./functions/http.ts";
import { answerErrorPage, createReport } from "./functions/report.ts";
import { createPoisonQueue, createScanQueue } from "./functions/scan-queue.ts";
import { createScanRequest } from "./functions/scan-request.ts";
import { createScanTimer } from "./functions/scan-timer.ts";
import { createTellQueue } from "./functions/tell-queue.ts";
import { post } from "./notify/post.ts";
import { connectTelemetry } from "./telemetry/opentelemetry.ts";
import { loadAssets } from "./web/assets.ts";

const { schedule, scan, scanSubscription, scanFailed, notify, routes } = compose();
const connection = "AzureWebJobsStorage";
app.timer("scan", { schedule, handler: scan });
app.storageQueue("scan-subscription", { queueName: "drift-scan", connection, handler: scanSubscription });
app.storageQueue("scan-failed", { queueName: "drift-scan-poison", connection, handler: scanFailed });
app.storageQueue("notify", { queueName: "drift-notify", connection, handler: notify });
app.http("health", { methods: ["GET"], route: "health", authLevel: "function", handler: routes.health });
app.http("report", { methods: ["GET"], route: "report", authLevel: "function", handler: routes.report });
app.http("findings", { methods: ["GET"], route: "findings", authLevel: "function", handler: routes.findings });
app.http("cert-info", { methods: ["GET"], route: "cert-info", authLevel: "function", handler: routes.certInfo });
app.http("request-scan", { methods: ["POST"], route: "scan", authLevel: "function", handler: routes.scan });

interface Composition {
	readonly schedule: string;
	readonly scan: TimerHandler;
	readonly scanSubscription: StorageQueueHandler;
	readonly scanFailed: StorageQueueHandler;
	readonly notify: StorageQueueHandler;
	readonly routes: Readonly<Record<GuardedRoute | "certInfo", HttpHandler>>;
}

/** A throw while Azure Functions loads this file would leave an app without functions and without an error: bad settings fail each run instead. */
function compose(): Composition {
	try {
		const groups = { azure: azureSettings, tables: tableSettings, queues: queueSettings, webhooks: webhookSettings };
		const more = { schedule: scheduleSettings, reminderHours: reminderSettings };
		const certificates = { clients: clientCertificateSettings, verify: verifySettings };
		const settings = readSettings({ ...groups, ...more, ...certificates }, process.env);
		const { azure, tables, queues, webhooks, schedule, reminderHours, clients, verify } = settings;
		const { subscriptions, cloud } = azure;
		const machine = { post, pause, now: () => new Date(), newId: randomUUID, ...connectTelemetry() };
		const doors = connectDoors({ ...verify, detours: [] });
		const ports = { ...connectAzure(azure), ...connectStorage(tables, queues, azure), ...doors, ...machine };
		const told = { webhooks, portal: cloud.portal };
		const assets = loadAssets();
		const looked = { subscriptions, portal: cloud.portal, scanLifeMinutes, assets };
		const periodMs = periodOf(schedule, machine.now());
		const behindDoor = createDoor(clients, machine.now);
		return {
			schedule,
			scan: createScanTimer({ ...told, subscriptions, scanLifeMinutes }, ports),
			scanSubscription: createScanQueue({ webhooks, scanMinutes: workMinutes, scanLifeMinutes, maxTries }, ports),
			scanFailed: createPoisonQueue(told, ports),
			notify: createTellQueue({ ...told, reminderHours, tellMinutes: workMinutes, maxTries }, ports),
			routes: {
				health: behindDoor("health", createHealthCheck({ subscriptions, webhooks, periodMs }, ports)),
				report: behindDoor("report", createReport(looked, ports), answerErrorPage(assets)),
				findings: behindDoor("findings", createFindings(looked, ports)),
				scan: behindDoor("scan", createScanRequest({ subscriptions, scanLifeMinutes }, ports)),
				certInfo: createCertInfo(clients, machine.now),
			},
		};
	} catch (error) {
		const fail = () => {
			throw error;
		};
		const answer = withErrors(fail);
		return {
			schedule: defaultSchedule,
			scan: fail,
			scanSubscription: fail,
			scanFailed: fail,
			notify: fail,
			routes: { health: answer, report: answer, findings: answer, scan: answer, certInfo: answer },
		};
	}
}
