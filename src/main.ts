import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { app, type HttpHandler, type StorageQueueHandler, type TimerHandler } from "@azure/functions";
import { azureSettings } from "./config/azure.ts";
import { defaultSchedule, periodOf, scheduleSettings } from "./config/schedule.ts";
import { readSettings } from "./config/settings.ts";
import { queueSettings, tableSettings } from "./config/storage.ts";
import { reminderSettings, webhookSettings } from "./config/webhooks.ts";
import { connectAzure, connectStorage } from "./connect.ts";
import { createHealthCheck } from "./functions/health.ts";
import { maxTries, scanLifeMinutes, workMinutes } from "./functions/host-limits.ts";
import { createPoisonQueue, createScanQueue } from "./functions/scan-queue.ts";
import { createScanTimer } from "./functions/scan-timer.ts";
import { createTellQueue } from "./functions/tell-queue.ts";
import { post } from "./notify/post.ts";

const { schedule, scan, scanSubscription, scanFailed, notify, health } = compose();
const connection = "AzureWebJobsStorage";
app.timer("scan", { schedule, handler: scan });
app.storageQueue("scan-subscription", { queueName: "drift-scan", connection, handler: scanSubscription });
app.storageQueue("scan-failed", { queueName: "drift-scan-poison", connection, handler: scanFailed });
app.storageQueue("notify", { queueName: "drift-notify", connection, handler: notify });
app.http("health", { methods: ["GET"], route: "health", authLevel: "function", handler: health });

interface Composition {
	readonly schedule: string;
	readonly scan: TimerHandler;
	readonly scanSubscription: StorageQueueHandler;
	readonly scanFailed: StorageQueueHandler;
	readonly notify: StorageQueueHandler;
	readonly health: HttpHandler;
}

/** A throw while Azure Functions loads this file would leave an app without functions and without an error: bad settings fail each run instead. */
function compose(): Composition {
	try {
		const groups = { azure: azureSettings, tables: tableSettings, queues: queueSettings, webhooks: webhookSettings };
		const more = { schedule: scheduleSettings, reminderHours: reminderSettings };
		const settings = readSettings({ ...groups, ...more }, process.env);
		const { azure, tables, queues, webhooks, schedule, reminderHours } = settings;
		const { subscriptions, cloud } = azure;
		const machine = { post, pause, now: () => new Date(), newId: randomUUID };
		const ports = { ...connectAzure(azure), ...connectStorage(tables, queues, azure), ...machine };
		const told = { webhooks, portal: cloud.portal };
		return {
			schedule,
			scan: createScanTimer({ ...told, subscriptions, scanLifeMinutes }, ports),
			scanSubscription: createScanQueue({ webhooks, scanMinutes: workMinutes, scanLifeMinutes, maxTries }, ports),
			scanFailed: createPoisonQueue(told, ports),
			notify: createTellQueue({ ...told, reminderHours, tellMinutes: workMinutes, maxTries }, ports),
			health: createHealthCheck({ subscriptions, webhooks, periodMs: periodOf(schedule, new Date()) }, ports),
		};
	} catch (error) {
		const fail = () => {
			throw error;
		};
		return {
			schedule: defaultSchedule,
			scan: fail,
			scanSubscription: fail,
			scanFailed: fail,
			notify: fail,
			health: fail,
		};
	}
}
