import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { HttpHandler, StorageQueueHandler, TimerHandler } from "@azure/functions";
import { azureSettings } from "./config/azure.ts";
import { clientCertificateSettings } from "./config/client-certificates.ts";
import { periodOf, scheduleSettings } from "./config/schedule.ts";
import { type Environment, readSettings } from "./config/settings.ts";
import { queueSettings, tableSettings } from "./config/storage.ts";
import { verifySettings } from "./config/verify.ts";
import { reminderSettings, webhookSettings } from "./config/webhooks.ts";
import { maxTries, scanLifeMinutes, workMinutes } from "./functions/host-limits.ts";
import { connectTelemetry } from "./telemetry/opentelemetry.ts";

/** How each function comes by its handler: what one of them needs is loaded when it runs first, and no more than that. */
export interface Composition {
	scan(): Promise<TimerHandler>;
	scanSubscription(): Promise<StorageQueueHandler>;
	scanFailed(): Promise<StorageQueueHandler>;
	notify(): Promise<StorageQueueHandler>;
	health(): Promise<HttpHandler>;
	report(): Promise<HttpHandler>;
	findings(): Promise<HttpHandler>;
	requestScan(): Promise<HttpHandler>;
	certInfo(): Promise<HttpHandler>;
}

/** What the app is. Throws a `SettingsError` that names everything that is wrong with its settings. */
export function compose(env: Environment): Composition {
	const groups = { azure: azureSettings, tables: tableSettings, queues: queueSettings, webhooks: webhookSettings };
	const more = { schedule: scheduleSettings, reminderHours: reminderSettings };
	const certificates = { clients: clientCertificateSettings, verify: verifySettings };
	const settings = readSettings({ ...groups, ...more, ...certificates }, env);
	const { azure, tables, queues, webhooks, schedule, reminderHours, clients, verify } = settings;
	const { subscriptions, cloud } = azure;
	const { portal } = cloud;
	const notifySettings = { webhooks, portal };
	const now = () => new Date();
	const machine = { pause, now, newId: randomUUID, ...connectTelemetry() };

	const storage = async () => (await import("./storage/connect.ts")).connectStorage(tables, queues, azure);
	const arm = async () => (await import("./azure/connect.ts")).connectAzure(azure);
	const probes = async () => (await import("./probe/connect.ts")).connectProbes({ ...verify, connectTo: [] });
	const poster = async () => ({ post: (await import("./notify/post.ts")).post });
	// Also where the settings name the subscriptions: for what people call them.
	const listSubscriptions = async () => (await arm()).listSubscriptions();
	const ports = async () => ({ ...machine, ...(await storage()), listSubscriptions });
	const guard = async () => (await import("./functions/authorize.ts")).createRouteGuard(clients, now);
	const pageSettings = async () => {
		const { loadAssets } = await import("./web/page/assets.ts");
		return { subscriptions, portal, scanLifeMinutes, assets: loadAssets() };
	};

	return {
		async scan() {
			const { createScanTimer } = await import("./functions/scan-timer.ts");
			return createScanTimer(
				{ ...notifySettings, subscriptions, scanLifeMinutes },
				{ ...(await ports()), ...(await poster()) },
			);
		},
		async scanSubscription() {
			const { createScanQueue } = await import("./functions/scan-queue.ts");
			const all = { ...(await ports()), ...(await arm()), ...(await probes()) };
			return createScanQueue({ webhooks, scanMinutes: workMinutes, scanLifeMinutes, maxTries }, all);
		},
		async scanFailed() {
			const { createPoisonQueue } = await import("./functions/poison-queue.ts");
			return createPoisonQueue(notifySettings, { ...(await ports()), ...(await poster()) });
		},
		async notify() {
			const { createNotifyQueue } = await import("./functions/notify-queue.ts");
			const limits = { reminderHours, notifyMinutes: workMinutes, maxTries };
			return createNotifyQueue({ ...notifySettings, ...limits }, { ...(await ports()), ...(await poster()) });
		},
		async health() {
			const { createHealthCheck } = await import("./functions/health.ts");
			const periodMs = periodOf(schedule, now());
			return (await guard())("health", createHealthCheck({ subscriptions, webhooks, periodMs }, await ports()));
		},
		async report() {
			const { answerErrorPage, createReport } = await import("./functions/report.ts");
			const page = await pageSettings();
			return (await guard())("report", createReport(page, await ports()), answerErrorPage(page.assets));
		},
		async findings() {
			const { createFindings } = await import("./functions/findings.ts");
			return (await guard())("findings", createFindings({ subscriptions, portal }, await ports()));
		},
		async requestScan() {
			const { createScanRequest } = await import("./functions/scan-request.ts");
			return (await guard())("scan", createScanRequest({ subscriptions, scanLifeMinutes }, await ports()));
		},
		async certInfo() {
			const { createCertInfo } = await import("./functions/cert-info.ts");
			return createCertInfo(clients, now);
		},
	};
}
