import { randomUUID } from "node:crypto";
import { app, type StorageQueueHandler, type TimerHandler } from "@azure/functions";
import { azureSettings } from "./config/azure.ts";
import { defaultSchedule, scheduleSettings } from "./config/schedule.ts";
import { readSettings } from "./config/settings.ts";
import { queueSettings, tableSettings } from "./config/storage.ts";
import { webhookSettings } from "./config/webhooks.ts";
import { connectAzure, connectStorage } from "./connect.ts";
import { maxTries, scanMinutes } from "./functions/host-limits.ts";
import { createPoisonQueue, createScanQueue } from "./functions/scan-queue.ts";
import { createScanTimer } from "./functions/scan-timer.ts";
import { post } from "./notify/post.ts";

const { schedule, scan, scanSubscription, scanFailed } = compose();
const connection = "AzureWebJobsStorage";
app.timer("scan", { schedule, handler: scan });
app.storageQueue("scan-subscription", { queueName: "drift-scan", connection, handler: scanSubscription });
app.storageQueue("scan-failed", { queueName: "drift-scan-poison", connection, handler: scanFailed });

interface Composition {
	readonly schedule: string;
	readonly scan: TimerHandler;
	readonly scanSubscription: StorageQueueHandler;
	readonly scanFailed: StorageQueueHandler;
}

/** A throw while Azure Functions loads this file would leave an app without functions and without an error: bad settings fail each run instead. */
function compose(): Composition {
	try {
		const groups = { azure: azureSettings, tables: tableSettings, queues: queueSettings, webhooks: webhookSettings };
		const settings = readSettings({ ...groups, schedule: scheduleSettings }, process.env);
		const { azure, tables, queues, webhooks, schedule } = settings;
		const { subscriptions, cloud } = azure;
		const now = () => new Date();
		const ports = { ...connectAzure(azure), ...connectStorage(tables, queues, azure), post, now, newId: randomUUID };
		const run = { portal: cloud.portal, webhooks, scanMinutes, maxTries };
		return {
			schedule,
			scan: createScanTimer({ subscriptions, webhooks }, ports),
			scanSubscription: createScanQueue(run, ports),
			scanFailed: createPoisonQueue({ webhooks }, ports),
		};
	} catch (error) {
		const fail = () => {
			throw error;
		};
		return { schedule: defaultSchedule, scan: fail, scanSubscription: fail, scanFailed: fail };
	}
}
