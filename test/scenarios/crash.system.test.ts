import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { type DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { assemble } from "../support/host/function-app.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { replay } from "../support/receiver/replay.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { StorageProxy } from "../support/storage/storage-proxy.ts";

const app = path.join(import.meta.dirname, "../..");
const queueNames = ["drift-scan", "drift-notify"];

/**
 * The built app in a process of its own, which is killed at any moment: before and after each write to the storage
 * account, and while a webhook holds what it was posted. Its queues give back what was not worked off, as those of Azure do.
 */
describe("the function app, killed at any moment", () => {
	let azurite: Azurite;
	let storage: StorageProxy;
	let azure: ArmEmulator;
	let receivers: readonly Receiver[];
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
	const queue = (name: string) => new QueueClient(azurite.connectionString, name);

	before(async () => {
		[azurite, azure] = await Promise.all([Azurite.start(), ArmEmulator.start()]);
		receivers = await Promise.all([Receiver.start(), Receiver.start()]);
		storage = await StorageProxy.start(azurite);
	});
	after(() => Promise.all([storage, azurite, azure, ...receivers].map((part) => part[Symbol.asyncDispose]())));

	const webhooks = () => ({
		DRIFT_WEBHOOK_URL: receivers[0]?.url ?? "",
		DRIFT_WEBHOOK_OPS_URL: receivers[1]?.url ?? "",
	});

	/** An estate that everybody was told of, and then all kinds of changes in it. */
	async function prepare(): Promise<void> {
		storage.before = async () => {};
		storage.after = async () => {};
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		for (const receiver of receivers) {
			receiver.received.length = 0;
			receiver.answer = { status: 200 };
		}
		await azurite.clear();
		await table("DriftPolicy").createTable();
		await table("DriftExemption").createTable();
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		azure.add(...["fixed", "deleted", "accepted", "stays"].map((name) => armSite({ name })));
		const before = assemble(azure, azurite.connectionString, webhooks());
		await before.startScans();
		await before.scanQueued();
		assert.deepEqual(await before.notify(), []);

		azure.add(armSite({ name: "fixed", properties: { httpsOnly: true } }), armSite({ name: "comes" }));
		azure.add(armSite({ name: "unread", properties: { httpsOnly: undefined } }));
		azure.fleet.sites.delete(armSite({ name: "deleted" }).id.toLowerCase());
		const accepted = {
			scope: armSite({ name: "accepted" }).id,
			rule: "*",
			category: "waiver",
			reason: "r",
			owner: "o",
		};
		await table("DriftExemption").createEntity({
			partitionKey: "exemption",
			rowKey: "accepted",
			...accepted,
			expiresOn: "2099-01-01",
		});
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "bad", scope: "x", httpsOnly: true });
	}

	const truth = {
		findings: ["accepted https-only exempt", "comes https-only open", "stays https-only open"],
		problems: [`policy-invalid DriftPolicy/bad/scope`, `site-unreadable ${armSite({ name: "unread" }).id}`],
	};

	function start(): Promise<FunctionsHost> {
		return FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: storage.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			...webhooks(),
		});
	}

	/** Works off the queues as the host does: a message is deleted once its function has succeeded. Ends when the worker does. */
	async function workOff(host: FunctionsHost, isLeaseValid: () => boolean): Promise<void> {
		for (let isIdle = false; !isIdle; ) {
			isIdle = true;
			for (const queueName of queueNames) {
				for (const item of await receive(queueName)) {
					isIdle = false;
					const text = Buffer.from(item.messageText, "base64").toString();
					const { error } = await host.deliver(queueName, text, item.dequeueCount);
					if (error === null && isLeaseValid()) await queue(queueName).deleteMessage(item.messageId, item.popReceipt);
					else await queue(queueName).updateMessage(item.messageId, item.popReceipt, item.messageText, 0);
					if (!isLeaseValid()) return;
				}
			}
		}
	}

	async function receive(queueName: string): Promise<readonly DequeuedMessageItem[]> {
		return (
			(
				await queue(queueName)
					.receiveMessages({ visibilityTimeout: 60 })
					.catch(() => null)
			)?.receivedMessageItems ?? []
		);
	}

	/** Runs the app, and kills it at its so many'th moment; null for none. Gives the moments that there were, by name. */
	async function run(killAt: number | null): Promise<readonly string[]> {
		const moments: string[] = [];
		let isLeaseValid = true;
		const host = await start();
		const moment = async (name: string) => {
			if (!isLeaseValid) return;
			moments.push(name);
			if (moments.length !== killAt) return;
			isLeaseValid = false;
			await host.kill();
		};
		let isToBeRecorded = false;
		const nameOf = (request: string) => {
			if (isToBeRecorded && request.includes("$batch")) return "the record of a post";
			return request.replace(/\/devstoreaccount1\/?/, "").replace(/\(.*/, "");
		};
		storage.before = async (request) => {
			if (request.startsWith("GET")) return;
			await moment(`before ${nameOf(request)}`);
			if (!isLeaseValid) throw new Error("killed before it was sent");
		};
		storage.after = async (request) => {
			if (request.startsWith("GET")) return;
			await moment(`after ${nameOf(request)}`);
			if (request.includes("$batch")) isToBeRecorded = false;
		};
		for (const [index, receiver] of receivers.entries()) {
			receiver.answer = async () => {
				isToBeRecorded = true;
				await moment(`while webhook ${index + 1} has a post`);
				return { status: 200 };
			};
		}
		await host.fireTimer("scan");
		if (isLeaseValid) await workOff(host, () => isLeaseValid);
		storage.before = async () => {};
		storage.after = async () => {};
		await host.kill();
		return moments;
	}

	it("tells every webhook exactly the truth after it was started again", { timeout: 600_000 }, async (test) => {
		await prepare();
		const moments = await run(null);
		for (const { received } of receivers) assert.deepEqual(replay(received), { ...truth, repeated: 0 });
		assert.ok(moments.length >= 20, moments.join("\n"));

		for (const [index, name] of moments.entries()) {
			await test.test(`killed ${name} (${index + 1} of ${moments.length})`, async () => {
				await prepare();
				const happened = await run(index + 1);
				assert.ok(happened.length === index + 1, `this moment did not come: ${happened.join("\n")}`);
				const restarted = await start();
				// What was begun is ended by the queues alone, except for what the timer had not come to.
				await workOff(restarted, () => true);
				await restarted.fireTimer("scan");
				await workOff(restarted, () => true);
				await restarted.kill();
				const beliefs = receivers.map(({ received }) => replay(received));
				for (const { findings, problems } of beliefs) assert.deepEqual({ findings, problems }, truth);
				const repeated = beliefs.reduce((sum, belief) => sum + belief.repeated, 0);
				// Only what a webhook had taken, and the app could not record, may come twice.
				const mayRepeat = /has a post|before the record/.test(happened.at(-1) ?? "");
				assert.equal(repeated, mayRepeat ? 1 : 0);
			});
		}
	});
});
