import { performance } from "node:perf_hooks";
import { TableClient } from "@azure/data-tables";
import { webhookKinds } from "../../src/core/model/webhook.ts";
import { deliver } from "../../src/notify/deliver.ts";
import { readNotifyMessage } from "../../src/storage/messages/notify-message.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { assemble, onlyAttempt } from "../support/host/function-app.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { receiveAll } from "../support/storage/queue.ts";
import { StorageProxy } from "../support/storage/storage-proxy.ts";

/** What one invocation did. */
export interface Work {
	readonly milliseconds: number;
	/** Requests to the storage account, as Azure charges them. */
	readonly transactions: number;
	readonly posts: number;
}

/** Lets so many sites drift at once, and has a webhook of each kind told: the scan, and each telling. */
export async function changeAtOnce(
	sites: number,
): Promise<{ scan: Work; unchanged: Work; notifyMessages: [string, Work][] }> {
	await using azurite = await Azurite.start();
	await using azure = await ArmEmulator.start();
	await using receiver = await Receiver.start();
	await using storage = await StorageProxy.start(azurite);
	azure.pageSize = 200;
	azure.addSubscription(defaultSubscription, "Production");
	for (let site = 0; site < sites; site++) {
		azure.add(armSite({ name: `contoso-shop-${site}`, resourceGroup: `rg-shop-${site % 50}`, kind: "functionapp" }));
	}
	const table = TableClient.fromConnectionString(azurite.connectionString, "DriftPolicy", {
		allowInsecureConnection: true,
	});
	await table.createTable();
	await table.createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
	const webhooks = webhookKinds.flatMap((kind) => [
		[`DRIFT_WEBHOOK_${kind}_URL`, receiver.url],
		[`DRIFT_WEBHOOK_${kind}_KIND`, kind],
	]);
	const app = assemble(azure, storage.connectionString, Object.fromEntries(webhooks));

	async function measure(work: () => Promise<unknown>): Promise<Work> {
		storage.requests.length = 0;
		receiver.received.length = 0;
		const started = performance.now();
		await work();
		const milliseconds = performance.now() - started;
		return { milliseconds, transactions: storage.requests.length, posts: receiver.received.length };
	}

	const scan = await measure(() => app.scan());
	const notifyMessages: [string, Work][] = [];
	for (const text of await receiveAll(azurite.connectionString, "drift-notify")) {
		const message = readNotifyMessage(JSON.parse(text));
		notifyMessages.push([
			message.webhook,
			await measure(() => deliver(message, onlyAttempt, app.deliverSettings, app.ports)),
		]);
	}
	return { scan, notifyMessages, unchanged: await measure(() => app.scan()) };
}
