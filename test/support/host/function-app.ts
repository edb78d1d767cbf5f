import { randomUUID } from "node:crypto";
import { azureSettings } from "../../../src/config/azure.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { queueSettings, tableSettings } from "../../../src/config/storage.ts";
import { reminderSettings, webhookSettings } from "../../../src/config/webhooks.ts";
import { type DeliverPorts, deliver } from "../../../src/notify/deliver.ts";
import { type Delivery, post } from "../../../src/notify/post.ts";
import type { HostProber } from "../../../src/probe/connect.ts";
import { type AbandonPorts, abandonScan } from "../../../src/scan/abandon-scan.ts";
import { type RunPorts, runScan } from "../../../src/scan/run-scan.ts";
import { type StartPorts, startScans } from "../../../src/scan/start-scans.ts";
import { connectStorage } from "../../../src/storage/connect.ts";
import { readNotifyMessage } from "../../../src/storage/messages/notify-message.ts";
import type { Attempt } from "../../../src/storage/messages/queue-message.ts";
import { readScanMessage, type ScanMessage } from "../../../src/storage/messages/scan-message.ts";
import type { StoragePorts } from "../../../src/storage/ports.ts";
import { type Measurement, untraced } from "../../../src/telemetry/signals.ts";
import { defaultSubscription } from "../arm/arm-objects.ts";
import { connect } from "../arm/connect.ts";
import type { ArmEmulator } from "../arm/emulator.ts";
import { receiveAll } from "../storage/queue.ts";

export const onlyAttempt: Attempt = { number: 1, last: false };
export const lastAttempt: Attempt = { number: 5, last: true };

export type Ports = RunPorts & AbandonPorts & StartPorts & DeliverPorts & StoragePorts;

/** The function app's use cases in this process, over the stand-in for Azure and a real storage account. */
export function assemble(
	azure: ArmEmulator,
	connectionString: string,
	environment: Record<string, string>,
	probes?: HostProber,
) {
	const groups = {
		azure: azureSettings,
		tables: tableSettings,
		queues: queueSettings,
		webhooks: webhookSettings,
		reminderHours: reminderSettings,
	};
	const settings = readSettings(groups, { AzureWebJobsStorage: connectionString, ...environment });
	const logs: string[] = [];
	const measurements: Measurement[] = [];
	let clock = () => new Date();
	const azurePorts = connect(azure, {}, probes);
	const ports: Ports = {
		...azurePorts,
		openSubscription: (id, deadline) => ({ ...azurePorts.openSubscription(id, deadline), now: () => clock() }),
		...connectStorage(settings.tables, settings.queues, settings.azure),
		post: (webhook, body, headers): Promise<Delivery> => post(webhook, body, headers, 3000),
		pause: async () => {},
		now: () => clock(),
		newId: randomUUID,
		log: (_event, message) => void logs.push(message),
		logError: (_event, message) => void logs.push(message),
		trace: untraced,
		measure: (measurement) => void measurements.push(measurement),
	};
	const notified = { webhooks: settings.webhooks, portal: "https://portal.azure.com" };
	const createMessage = (): ScanMessage => ({
		version: 1,
		scanId: randomUUID(),
		subscription: { id: defaultSubscription, name: "Production" },
		requestedAt: clock(),
	});

	const deliverSettings = { ...notified, reminderHours: settings.reminderHours, notifyMinutes: 8 };
	return {
		webhooks: settings.webhooks,
		deliverSettings,
		ports,
		logs,
		measurements,
		createMessage,
		setClock(now: () => Date): void {
			clock = now;
		},
		/** One try of a scan, without telling anybody. */
		async scan(message = createMessage(), attempt = onlyAttempt, changed: Partial<Ports> = {}): Promise<void> {
			await runScan(
				message,
				attempt,
				{ webhooks: settings.webhooks, scanMinutes: 8, scanLifeMinutes: 55 },
				{ ...ports, ...changed },
			);
		},
		async startScans(
			subscriptions: readonly string[] | "listed" = [defaultSubscription],
			changed: Partial<Ports> = {},
		): Promise<void> {
			const wanted = subscriptions === "listed" ? undefined : subscriptions;
			await startScans({ ...notified, subscriptions: wanted, scanLifeMinutes: 55 }, { ...ports, ...changed });
		},
		async abandonScan(message: ScanMessage, changed: Partial<Ports> = {}): Promise<void> {
			await abandonScan(message, notified, { ...ports, ...changed });
		},
		/** Works off the queue of scans, each message once, without telling anybody. */
		async scanQueued(changed: Partial<Ports> = {}): Promise<void> {
			for (const text of await receiveAll(connectionString, "drift-scan")) {
				await this.scan(readScanMessage(JSON.parse(text)), onlyAttempt, changed);
			}
		},
		/** Works off the queue of tellings, each message once. Gives what they threw. */
		async notify(attempt = onlyAttempt, changed: Partial<Ports> = {}): Promise<string[]> {
			const errors: string[] = [];
			for (const text of await receiveAll(connectionString, "drift-notify")) {
				await deliver(readNotifyMessage(JSON.parse(text)), attempt, deliverSettings, { ...ports, ...changed }).catch(
					(error) => errors.push(error.message),
				);
			}
			return errors;
		},
	};
}
