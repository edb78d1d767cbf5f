import { app, type TimerHandler } from "@azure/functions";
import { azureSettings } from "./config/azure.ts";
import { defaultSchedule, scheduleSettings } from "./config/schedule.ts";
import { readSettings } from "./config/settings.ts";
import { storageSettings } from "./config/storage.ts";
import { webhookSettings } from "./config/webhooks.ts";
import { connectPolicies, connectScan } from "./connect.ts";
import { createScanTimer } from "./functions/scan-timer.ts";
import { post } from "./notify/post.ts";

app.timer("scan", compose());

/** A throw while Azure Functions loads this file would leave an app without functions and without an error: bad settings fail each run instead. */
function compose(): { schedule: string; handler: TimerHandler } {
	try {
		const { azure, storage, schedule, webhooks } = readSettings(
			{ azure: azureSettings, storage: storageSettings, schedule: scheduleSettings, webhooks: webhookSettings },
			process.env,
		);
		const settings = { subscriptions: azure.subscriptions, portal: azure.cloud.portal, webhooks };
		const ports = { ...connectScan(azure), readPolicies: connectPolicies(storage, azure, "create"), post };
		return { schedule, handler: createScanTimer(settings, ports) };
	} catch (error) {
		return {
			schedule: defaultSchedule,
			handler: () => {
				throw error;
			},
		};
	}
}
