import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { enqueueScans } from "../../src/scan/enqueue-scans.ts";
import { readScanMessage, type ScanMessage } from "../../src/storage/messages/scan-message.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { assemble, lastAttempt, onlyAttempt, type Ports } from "../support/host/function-app.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { receiveAll } from "../support/storage/queue.ts";

const production = { id: defaultSubscription, name: "Production" };
const other = { id: "00000000-0000-0000-0000-000000000002", name: "Other" };

describe("putting scans on the queue", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let app: ReturnType<typeof assemble>;
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure] = await Promise.all([Azurite.start(), ArmEmulator.start()]);
	});
	beforeEach(async () => {
		azure.reset();
		for (const { id, name } of [production, other]) azure.addSubscription(id, name);
		azure.add(armSite());
		await azurite.clear();
		await table("DriftPolicy").createTable();
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		app = assemble(azure, azurite.connectionString, {});
	});
	after(() => Promise.all([azurite, azure].map((part) => part[Symbol.asyncDispose]())));

	const queue = (changed: Partial<Ports> = {}, subscriptions = [production, other]) =>
		enqueueScans(subscriptions, 55, { ...app.ports, ...changed });
	const idsOf = (some: readonly { readonly subscription: { readonly id: string } }[]) =>
		some.map(({ subscription }) => subscription.id);
	const messages = async () =>
		(await receiveAll(azurite.connectionString, "drift-scan")).map((text) => readScanMessage(JSON.parse(text)));

	it("starts one scan of each subscription, and no second one until that is done", async () => {
		const first = await queue();
		assert.deepEqual(idsOf(first.started), [production.id, other.id]);
		const second = await queue();
		assert.deepEqual([second.started, idsOf(second.running)], [[], [production.id, other.id]]);
		assert.deepEqual(
			second.running.map(({ scan }) => scan.id),
			first.started.map(({ scan }) => scan.id),
		);
		const sent = await messages();
		assert.deepEqual(sent.map(({ scanId }) => scanId).sort(), first.started.map(({ scan }) => scan.id).sort());

		const [own] = sent.filter(({ subscription }) => subscription.id === production.id);
		await app.scan(own);
		assert.deepEqual(idsOf((await queue()).started), [production.id]);
	});

	it("starts one more after a scan that was given up, and not while it is tried again", async () => {
		await queue();
		const [message] = (await messages()).filter(({ subscription }) => subscription.id === production.id);
		const fails = { readPolicies: () => Promise.reject(new Error("The table DriftPolicy cannot be read")) };
		await assert.rejects(app.scan(message, onlyAttempt, fails));
		assert.deepEqual((await queue()).started, []);
		await assert.rejects(app.scan(message, lastAttempt, fails));
		await app.abandonScan(message as NonNullable<typeof message>);
		assert.deepEqual(idsOf((await queue()).started), [production.id]);
	});

	it("keeps what the last scan counted while the next one is given up", async () => {
		await app.scan();
		const before = (await app.ports.readPartition(production.id, false)).state;
		const { started } = await queue();
		await app.abandonScan({ ...app.createMessage(), scanId: started[0]?.scan.id ?? "" });
		const { state } = await app.ports.readPartition(production.id, false);
		assert.deepEqual(state, { ...before, running: null });
		assert.equal(state.lastScan?.counts.drifted, 1);
	});

	it("does not wait for ever for a scan that was lost", async () => {
		await queue();
		await messages();
		const later = (minutes: number) => ({ now: () => new Date(Date.now() + minutes * 60_000) });
		assert.deepEqual((await queue(later(54))).started, []);
		assert.equal((await queue(later(56))).started.length, 2);
	});

	it("lets go a second scan that was put on the queue at the same moment", async () => {
		const both = await Promise.all([queue({}, [production]), queue({}, [production])]);
		const started = both.flatMap((outcome) => idsOf(outcome.started));
		const running = both.flatMap((outcome) => idsOf(outcome.running));
		assert.deepEqual([started.length, running.length], [1, 1]);
		const [scan] = both.flatMap((outcome) => outcome.started.map(({ scan }) => scan.id));
		const sent = (await messages()).toSorted((a) => (a.scanId === scan ? 1 : -1));
		// Whether or not it is the first whose turn comes.
		for (const message of sent) await app.scan(message);
		const records: unknown[] = [];
		for await (const { rowKey } of table("DriftScan").listEntities()) records.push(rowKey);
		assert.deepEqual(records.length, 1);
		assert.match(String(records[0]), new RegExp(`${scan}$`));
	});

	it("starts a scan even where it cannot be told whether one is under way, and says so", async () => {
		const openLease = () => Promise.reject(new Error("The table DriftFinding cannot be read: it is gone"));
		const { started } = await queue({ openLease });
		assert.equal(started.length, 2);
		assert.deepEqual(new Set(app.logs), new Set(["The table DriftFinding cannot be read: it is gone"]));
	});

	it("names each subscription whose scan cannot be put on the queue, and starts the others", async () => {
		const sendScanMessage = (text: string) =>
			text.includes(other.id) ? Promise.reject(new Error("The queue drift-scan cannot be written")) : Promise.resolve();
		const outcome = await queue({ sendScanMessage });
		assert.deepEqual(idsOf(outcome.started), [production.id]);
		assert.deepEqual(outcome.failed, [{ subscription: other, message: "The queue drift-scan cannot be written" }]);
		// Nothing is under way there.
		assert.deepEqual(idsOf((await queue()).started), [other.id]);
	});

	it("scans by each message in its turn, however long the queue is", async () => {
		const start = Date.now();
		let minutes = 0;
		const now = () => new Date(start + minutes * 60_000);
		app.setClock(now);
		const sent: ScanMessage[] = [];
		// Each hour one more is asked for, and each is worked off 61 minutes after it was.
		for (let hour = 0; hour < 5; hour++) {
			minutes = hour * 60;
			assert.equal((await queue({ now }, [production])).started.length, 1);
			sent.push(...(await messages()));
			minutes += 1;
			if (sent.length > 1) await app.scan(sent.shift());
		}
		let records = 0;
		for await (const _ of table("DriftScan").listEntities()) records += 1;
		assert.equal(records, 4);
	});

	it("leaves to a scan what is written down as its own, when an older one ends", async () => {
		const later = (by: number) => ({ now: () => new Date(Date.now() + by * 60_000) });
		await queue({}, [production]);
		const [old] = await messages();
		const { started } = await queue(later(56), [production]);
		await messages();
		app.setClock(later(57).now);
		await app.scan(old);
		const { state } = await app.ports.readPartition(production.id, false);
		assert.equal(state.running?.id, started[0]?.scan.id);
		assert.equal(state.lastScan?.id, old?.scanId);
		assert.deepEqual((await queue(later(58), [production])).started, []);
	});

	it("does not end a scan that took the place of one that was given up", async () => {
		const later = (by: number) => ({ now: () => new Date(Date.now() + by * 60_000) });
		await queue({}, [production]);
		const [old] = await messages();
		const { started } = await queue(later(56), [production]);
		await app.abandonScan(old as ScanMessage);
		assert.equal((await app.ports.readPartition(production.id, false)).state.running?.id, started[0]?.scan.id);
	});

	it("knows its own scan where the answer to its being written down got lost", async () => {
		const openLease: Ports["openLease"] = async (subscription) => {
			const lease = await app.ports.openLease(subscription);
			return { ...lease, acquire: async (scan) => (await lease.acquire(scan)) && false };
		};
		assert.deepEqual(idsOf((await queue({ openLease }, [production])).started), [production.id]);
	});

	it("is not held up by a scan that nobody asked for by the queue", async () => {
		await app.scan({ ...app.createMessage(), scanId: randomUUID() });
		assert.equal((await queue()).started.length, 2);
	});
});
