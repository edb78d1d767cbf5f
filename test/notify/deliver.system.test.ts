import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import type { Delivery } from "../../src/notify/post.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { assemble, lastAttempt, onlyAttempt } from "../support/host/function-app.ts";
import { type Answer, type Received, Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";

describe("telling a webhook", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let receiver: Receiver;
	let app: ReturnType<typeof assemble>;
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure, receiver] = await Promise.all([Azurite.start(), ArmEmulator.start(), Receiver.start()]);
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		receiver.received.length = 0;
		receiver.answer = { status: 200 };
		await azurite.clear();
		await table("DriftPolicy").createTable();
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		app = assemble(azure, azurite.connectionString, {
			DRIFT_WEBHOOK_URL: receiver.url,
			DRIFT_WEBHOOK_SECRET: secret,
		});
	});
	after(() => Promise.all([azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	const drift = (...names: string[]) => azure.add(...names.map((name) => armSite({ name })));
	const fix = (...names: string[]) =>
		azure.add(...names.map((name) => armSite({ name, properties: { httpsOnly: true } })));
	const idOf = ({ headers }: Received) => headers["webhook-id"];
	const notificationsIn = ({ message: { data } }: Received) =>
		data.sites.flatMap(({ name, findings }) => findings.map(({ reason }) => `${name} ${reason}`));
	const notified = () => receiver.received.map(notificationsIn);
	/** Scans and tells: as long as the webhook is well, without an error. */
	async function round(): Promise<void> {
		await app.scan();
		assert.deepEqual(await app.notify(), []);
	}
	/** Answers one after the other, then the last for ever. */
	function answers(...some: readonly Answer[]): void {
		let count = 0;
		receiver.answer = () => some[Math.min(count++, some.length - 1)] as Answer;
	}
	/** Long texts, so that little more than some fit into a part. */
	async function driftMuch(count: number): Promise<void> {
		const paths = Array.from({ length: 900 }, (_, index) => `/${"x".repeat(20)}-${index}`).join(";");
		const properties = { httpsOnly: true, clientCertEnabled: true, clientCertExclusionPaths: paths };
		azure.add(...Array.from({ length: count }, (_, index) => armSite({ name: `app-${index}`, properties })));
		const row = { partitionKey: "policy", rowKey: "paths", clientCertExclusionPaths: "" };
		await table("DriftPolicy").upsertEntity(row);
	}
	async function rows(name: string): Promise<Record<string, unknown>[]> {
		const found: Record<string, unknown>[] = [];
		for await (const row of table(name).listEntities()) found.push(row);
		return found;
	}
	const waiting = async () => (await rows("DriftWebhook")).filter(({ rowKey }) => String(rowKey).startsWith("part_"));
	const failing = async () => (await rows("DriftWebhook")).find(({ rowKey }) => rowKey === "failing");

	it("tells each thing once: what is new, changed, accepted, resolved, and gone", async () => {
		drift("a", "b", "c");
		await round();
		await round();
		fix("a");
		azure.fleet.sites.delete(armSite({ name: "b" }).id.toLowerCase());
		const exemption = { scope: "/", rule: "*", category: "waiver", reason: "r", owner: "o", expiresOn: "2099-01-01" };
		await table("DriftExemption").createTable();
		await table("DriftExemption").createEntity({ partitionKey: "exemption", rowKey: "all", ...exemption });
		await round();
		await table("DriftExemption").deleteEntity("exemption", "all");
		await round();
		drift("a");
		await round();
		await table("DriftPolicy").updateEntity({
			partitionKey: "policy",
			rowKey: "default",
			httpsOnly: true,
			clientCertMode: "Required",
		});
		await round();
		assert.deepEqual(notified(), [
			["a new", "b new", "c new"],
			["c exempted", "a resolved", "b removed"],
			["c exemption-ended"],
			["a reopened"],
			["a changed", "a new", "c changed", "c new"],
		]);
		const ended = receiver.received[1]?.message.data.sites ?? [];
		assert.deepEqual(
			ended.map(({ findings, remediation }) => [findings[0]?.observed, remediation.bash]),
			[
				["false", []],
				["false", []],
				["absent", []],
			],
		);
	});

	it("reminds of what is still open, once a day", async () => {
		drift("a");
		await round();
		for (const hours of [23, 24, 25, 48]) {
			app.setClock(() => new Date(Date.now() + hours * 3_600_000));
			await round();
		}
		assert.deepEqual(notified(), [["a new"], ["a reminder"], ["a reminder"]]);
	});

	it("tells of problems as they come, stay and go", async () => {
		azure.add(armSite({ name: "a", properties: { httpsOnly: undefined } }));
		await round();
		await round();
		app.setClock(() => new Date(Date.now() + 24 * 3_600_000));
		await round();
		fix("a");
		await round();
		assert.deepEqual(
			receiver.received.map(({ message: { data } }) => data.problems.map(({ code, reason }) => `${code} ${reason}`)),
			[["site-unreadable new"], ["site-unreadable reminder"], ["site-unreadable resolved"]],
		);
	});

	it("tells of the tables' problems apart, as they come and go, and of none that cannot be told", async () => {
		const bad = { partitionKey: "policy", rowKey: "bad", scope: "Production", httpsOnly: true };
		await table("DriftPolicy").createEntity(bad);
		await app.startScans();
		await app.notify();
		const readPolicies = () => Promise.reject(new Error("The table DriftPolicy cannot be read"));
		await assert.rejects(app.startScans(undefined, { readPolicies }), /DriftPolicy cannot be read/);
		await app.notify();
		await table("DriftPolicy").deleteEntity("policy", "bad");
		await app.startScans();
		await app.notify();
		assert.deepEqual(
			receiver.received.map(({ message: { data } }) => [
				data.subscription,
				data.problems.map(({ code, scope, reason }) => `${code} ${scope} ${reason}`),
			]),
			[
				[null, ["policy-invalid DriftPolicy/bad/scope new"]],
				[null, ["scan-failed / new"]],
				[null, ["scan-failed / resolved", "policy-invalid DriftPolicy/bad/scope resolved"]],
			],
		);
	});

	it("tells of a subscription that could not be put on the queue until it could, or is no longer asked for", async () => {
		const other = "00000000-0000-0000-0000-000000000002";
		const sendScanMessage = () => Promise.reject(new Error("The queue drift-scan cannot be written"));
		await assert.rejects(
			app.startScans([defaultSubscription, other], { sendScanMessage }),
			/drift-scan cannot be written/,
		);
		await app.notify();
		await app.startScans([defaultSubscription]);
		await app.notify();
		const scopes = [defaultSubscription, other].map((id) => `/subscriptions/${id}`);
		assert.deepEqual(
			receiver.received.map(({ message: { data } }) => data.problems.map(({ scope, reason }) => `${scope} ${reason}`)),
			[scopes.map((scope) => `${scope} new`), scopes.map((scope) => `${scope} resolved`)],
		);
	});

	it("tells of a subscription that is not listed any more, until it is, or its row is deleted", async () => {
		const other = "00000000-0000-0000-0000-000000000002";
		azure.addSubscription(other, "Test");
		const start = async () => {
			await app.startScans("listed");
			assert.deepEqual(await app.notify(), []);
		};
		await start();
		await start();
		azure.addSubscription(other, "Test", "Disabled");
		await start();
		// What cannot be listed at all says nothing of any one.
		azure.injectFault(/^\/subscriptions\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		await assert.rejects(app.startScans("listed"), /cannot be listed/);
		await app.notify();
		azure.clearFaults();
		azure.addSubscription(other, "Test");
		await start();
		azure.addSubscription(other, "Test", "Disabled");
		await start();
		await table("DriftFinding").deleteEntity("setup", `subscription_${other}`);
		await start();
		const lost = `subscription-unreadable /subscriptions/${other}`;
		assert.deepEqual(
			receiver.received
				.flatMap(({ message: { data } }) => data.problems)
				.map(({ code, scope, reason }) => `${code} ${scope} ${reason}`),
			[
				`${lost} new`,
				"subscription-unreadable / new",
				...["subscription-unreadable / resolved", `${lost} resolved`],
				...[`${lost} new`, `${lost} resolved`],
			],
		);
		assert.match(receiver.received[0]?.body ?? "", /Subscription Test \(0+-0+-0+-0+-0+2\) is not listed any more/);
	});

	it("posts directly where the tables cannot be written, and fails", async () => {
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "bad", scope: "x", httpsOnly: true });
		const openFindingStore = () => Promise.reject(new Error("The table DriftFinding cannot be read: it is gone"));
		for (const _ of [1, 2])
			await assert.rejects(app.startScans(undefined, { openFindingStore }), /DriftFinding cannot be read/);
		assert.equal(receiver.received.length, 2);
		assert.equal(new Set(receiver.received.map(idOf)).size, 1);
	});

	describe("that is dead", () => {
		for (const status of [429, 500, 503]) {
			it(`tries again soon after a ${status}, records it, and tells the same once it is back`, async () => {
				drift("a");
				receiver.answer = { status };
				await app.scan();
				assert.match(
					(await app.notify()).join(),
					new RegExp(`^webhook "default" at 127\\.0\\.0\\.1:\\d+ answered ${status}$`),
				);
				assert.match(String((await failing())?.reason), new RegExp(`answered ${status}$`));
				receiver.answer = { status: 200 };
				await round();
				const [first, second, ...others] = receiver.received;
				assert.deepEqual(others, []);
				assert.deepEqual([second && idOf(second), second?.body], [first && idOf(first), first?.body]);
				assert.deepEqual([await waiting(), await failing()], [[], undefined]);
			});
		}

		it("ends its last try without an error: the next scan tells", async () => {
			drift("a");
			receiver.answer = { status: 500 };
			await app.scan();
			assert.deepEqual(await app.notify(lastAttempt), []);
			assert.match(app.logs.at(-1) ?? "", /answered 500; it is told again after the next scan\.$/);
		});

		for (const status of [301, 401, 403, 404, 410]) {
			it(`is not asked again before the next scan after a ${status}`, async () => {
				drift("a");
				receiver.answer = { status };
				await round();
				assert.equal(receiver.received.length, 1);
				assert.match(app.logs.at(-1) ?? "", new RegExp(`answered ${status}; it is told again after the next scan`));
				const since = (await failing())?.since;
				await round();
				assert.equal(receiver.received.length, 2);
				assert.deepEqual((await failing())?.since, since);
			});
		}

		for (const answer of [{ status: 500 }, { status: 404 }] as const) {
			it(`is not told of what came and went meanwhile (${answer.status})`, async () => {
				drift("a", "b");
				receiver.answer = answer;
				await app.scan();
				await app.notify(lastAttempt);
				fix("a");
				await app.scan();
				await app.notify(lastAttempt);
				receiver.received.length = 0;
				receiver.answer = { status: 200 };
				drift("c");
				await round();
				await round();
				assert.deepEqual(notified(), [["b new"], ["c new"]]);
			});
		}

		it("is told again what may have been delivered, as it was, and then what is new", async () => {
			drift("a", "b");
			receiver.answer = "hang";
			await app.scan();
			assert.match((await app.notify()).join(), /no answer within/);
			receiver.answer = { status: 200 };
			fix("a");
			drift("c");
			await round();
			const [first, again, ...others] = receiver.received;
			assert.deepEqual([again && idOf(again), again?.body], [first && idOf(first), first?.body]);
			assert.deepEqual(others.map(notificationsIn), [["c new", "a resolved"]]);
		});

		const doubts: Record<string, readonly Answer[]> = {
			"without an answer, then refused": ["reset", { status: 503 }],
			"refused, then without an answer": [{ status: 503 }, "reset"],
			"refused, then by a gateway that heard nothing": [{ status: 503 }, { status: 504 }],
			"without an answer twice, then refused": ["reset", "reset", { status: 404 }],
		};
		for (const [name, manners] of Object.entries(doubts)) {
			it(`is told of the end of what it may have taken: ${name}`, async () => {
				drift("a");
				await app.scan();
				for (const answer of manners) {
					receiver.answer = answer;
					await app.notify(lastAttempt);
					await app.scan();
				}
				fix("a");
				receiver.answer = { status: 200 };
				await round();
				assert.equal(new Set(receiver.received.slice(0, -1).map(idOf)).size, 1);
				assert.deepEqual(notified().slice(-2), [["a new"], ["a resolved"]]);
			});
		}

		it("is told of the end of what it took when the app was killed, after it had refused it", async () => {
			drift("a");
			receiver.answer = { status: 503 };
			await app.scan();
			await app.notify(lastAttempt);
			receiver.answer = { status: 200 };
			const openWebhookStore: typeof app.ports.openWebhookStore = async (...partition) => {
				const store = await app.ports.openWebhookStore(...partition);
				return { ...store, notified: store.notified, confirm: () => Promise.reject(new Error("killed")) };
			};
			await app.scan();
			await app.notify(onlyAttempt, { openWebhookStore });
			fix("a");
			await round();
			assert.deepEqual(notified().slice(-2), [["a new"], ["a resolved"]]);
		});

		it("keeps no other from being told, though that one knows more by then", async () => {
			await using other = await Receiver.start();
			app = assemble(azure, azurite.connectionString, {
				DRIFT_WEBHOOK_URL: receiver.url,
				DRIFT_WEBHOOK_OPS_URL: other.url,
			});
			drift("a");
			receiver.answer = "reset";
			await app.scan();
			assert.equal((await app.notify()).length, 1);
			drift("b");
			receiver.answer = { status: 500 };
			await app.scan();
			assert.equal((await app.notify()).length, 1);
			assert.deepEqual(other.received.map(notificationsIn), [["a new"], ["b new"]]);
		});
	});

	describe("in parts", () => {
		const partsIn = () => receiver.received.map(({ message: { data } }) => `${data.part}/${data.parts}`);

		it("posts one after the other, and those that are left after a failure under their own numbers", async () => {
			await driftMuch(250);
			answers({ status: 200 }, { status: 500 });
			await app.scan();
			assert.equal((await app.notify()).length, 1);
			const count = receiver.received[0]?.message.data.parts ?? 0;
			assert.ok(count > 3);
			assert.deepEqual(partsIn(), [`1/${count}`, `2/${count}`]);
			receiver.answer = { status: 200 };
			await round();
			const all = Array.from({ length: count }, (_, index) => `${index + 1}/${count}`);
			assert.deepEqual(partsIn(), [`1/${count}`, `2/${count}`, ...all.slice(1)]);
			const distinct = new Map(receiver.received.map((received) => [idOf(received), received]));
			assert.equal([...distinct.values()].flatMap(notificationsIn).length, 250);
			await round();
			assert.equal(receiver.received.length, count + 1);
		});

		it("tells the end of what a later part may have told", async () => {
			await driftMuch(250);
			answers({ status: 200 }, "reset");
			await app.scan();
			assert.equal((await app.notify()).length, 1);
			const [, second] = receiver.received;
			const name = second?.message.data.sites[0]?.name ?? "";
			fix(name);
			receiver.answer = { status: 200 };
			await round();
			const again = receiver.received.filter((received) => second && idOf(received) === idOf(second));
			assert.equal(again.length, 2);
			assert.ok(notified().at(-1)?.includes(`${name} resolved`));
		});

		for (const status of [400, 413]) {
			it(`goes on where one is refused with ${status}, tries that one again with each scan, and takes it apart in the end`, async () => {
				await driftMuch(250);
				answers({ status: 200 }, { status }, { status: 200 });
				await round();
				const count = receiver.received[0]?.message.data.parts ?? 0;
				assert.equal(receiver.received.length, count);
				const since = (await failing())?.since;
				assert.ok(since instanceof Date);
				receiver.answer = { status };
				await round();
				assert.deepEqual((await failing())?.since, since);
				drift("another");
				// What is new goes first.
				answers({ status: 200 }, { status });
				await round();
				assert.deepEqual(notified().at(-2), ["another new"]);
				const again = receiver.received.filter(({ message }) => message.data.part === 2);
				assert.equal(again.length, 3);
				assert.deepEqual([new Set(again.map(idOf)).size, new Set(again.map(({ body }) => body)).size], [1, 1]);

				receiver.received.length = 0;
				const bad = again[0]?.message.data.sites[1]?.name ?? "";
				receiver.answer = ({ body }) => ({ status: body.includes(`"${bad}"`) ? status : 200 });
				await round();
				assert.deepEqual(notified().flat().sort(), again[0] && notificationsIn(again[0]).sort());
				assert.ok(receiver.received.every(({ message }) => message.data.sites.length === 1));
				await round();
				receiver.answer = { status: 200 };
				await round();
				assert.deepEqual(notified().slice(-2), [[`${bad} new`], [`${bad} new`]]);
				assert.deepEqual([await waiting(), await failing()], [[], undefined]);
			});
		}

		it("does not take a refusal of all for one of what they hold", async () => {
			await driftMuch(250);
			receiver.answer = { status: 400 };
			for (const _ of [1, 2, 3, 4, 5]) await round();
			assert.ok(receiver.received.length <= 15, String(receiver.received.length));
			receiver.answer = { status: 200 };
			receiver.received.length = 0;
			await round();
			await round();
			const names = notified().flat();
			assert.deepEqual([names.length, new Set(names).size], [250, 250]);
			// Nothing was taken apart: nobody knew better than that the webhook refuses all.
			assert.ok(receiver.received.length <= 6, String(receiver.received.length));
		});

		it("makes what waits anew for another kind of webhook", async () => {
			drift("a");
			receiver.answer = { status: 400 };
			await round();
			app = assemble(azure, azurite.connectionString, {
				DRIFT_WEBHOOK_URL: receiver.url,
				DRIFT_WEBHOOK_KIND: "slack",
			});
			receiver.answer = { status: 200 };
			await round();
			assert.match(receiver.received.at(-1)?.body ?? "", /"blocks":/);
		});

		it("drops what waits and is not true any more", async () => {
			await driftMuch(250);
			receiver.answer = { status: 500 };
			await app.scan();
			await app.notify(lastAttempt);
			assert.ok((await waiting()).length > 3);
			await table("DriftPolicy").deleteEntity("policy", "paths");
			await app.scan();
			await app.notify(lastAttempt);
			assert.deepEqual(await waiting(), []);
			assert.equal(receiver.received.length, 1);
		});

		it("leaves the rest to another invocation when its time is up", async () => {
			await driftMuch(250);
			await app.scan();
			let late = 0;
			receiver.answer = () => {
				late = 8 * 60_000;
				return { status: 200 };
			};
			app.setClock(() => new Date(Date.now() + late));
			assert.deepEqual(await app.notify(), []);
			assert.equal(receiver.received.length, 1);
			assert.deepEqual(await app.notify(), []);
			const count = receiver.received[0]?.message.data.parts;
			const distinct = new Map(receiver.received.map((received) => [idOf(received), received]));
			assert.equal(distinct.size, count);
			assert.equal(receiver.received.length, count);
		});
	});

	describe("that asks for patience", () => {
		it("waits as long as it is told, if that is not long", async () => {
			drift("a");
			answers(
				{ status: 429, headers: { "retry-after": "2" } },
				{ status: 503, headers: { "retry-after": "7" } },
				{
					status: 200,
				},
			);
			const pauses: number[] = [];
			await app.scan();
			assert.deepEqual(
				await app.notify(onlyAttempt, { pause: async (milliseconds) => void pauses.push(milliseconds) }),
				[],
			);
			assert.deepEqual(pauses, [2000, 7000]);
			assert.equal(new Set(receiver.received.map(idOf)).size, 1);
		});

		it("waits no more than twice at a time", async () => {
			drift("a");
			receiver.answer = { status: 429, headers: { "retry-after": "1" } };
			await app.scan();
			assert.equal((await app.notify()).length, 1);
			assert.equal(receiver.received.length, 3);
		});

		it("is left alone for as long as it asks, by the next scans too, and is told after that", async () => {
			drift("a");
			receiver.answer = { status: 429, headers: { "retry-after": "3600" } };
			await app.scan();
			const delays: (number | undefined)[] = [];
			const messages: string[] = [];
			const sendNotifyMessage = async (message: string, delaySeconds?: number) => {
				messages.push(message);
				delays.push(delaySeconds);
			};
			assert.deepEqual(await app.notify(onlyAttempt, { sendNotifyMessage }), []);
			assert.deepEqual(delays, [3605]);
			receiver.answer = { status: 200 };
			drift("b");
			await round();
			assert.equal(receiver.received.length, 1);
			app.setClock(() => new Date(Date.now() + 3_600_000));
			// The message that waited is of the first scan.
			await app.ports.sendNotifyMessage(messages[0] ?? "");
			assert.deepEqual(await app.notify(), []);
			assert.deepEqual(notified(), [["a new"], ["a new"], ["b new"]]);
			const [, , { message } = { message: undefined }] = receiver.received;
			assert.equal(message?.data.scan?.counts.drifted, 2);
		});

		it("is left to the next scan where it asks again", async () => {
			drift("a");
			receiver.answer = { status: 503, headers: { "retry-after": "31" } };
			await app.scan();
			const messages: string[] = [];
			const sendNotifyMessage = async (message: string) => void messages.push(message);
			await app.notify(onlyAttempt, { sendNotifyMessage });
			app.setClock(() => new Date(Date.now() + 60_000));
			await app.ports.sendNotifyMessage(messages[0] ?? "");
			await app.notify(onlyAttempt, { sendNotifyMessage });
			assert.deepEqual([receiver.received.length, messages.length], [2, 1]);
		});
	});

	it("posts the same again, and records it then, where it was killed before it could record", async () => {
		drift("a");
		await app.scan();
		const openWebhookStore: typeof app.ports.openWebhookStore = async (...partition) => {
			const store = await app.ports.openWebhookStore(...partition);
			return { ...store, confirm: () => Promise.reject(new Error("killed")) };
		};
		assert.deepEqual(await app.notify(onlyAttempt, { openWebhookStore }), ["killed"]);
		await round();
		await round();
		const [first, second, ...others] = receiver.received;
		assert.deepEqual(others, []);
		assert.deepEqual([second && idOf(second), second?.body], [first && idOf(first), first?.body]);
	});

	it("tells nothing twice under another ID, though several tell the same webhook at once", async () => {
		await driftMuch(60);
		for (const _ of [1, 2, 3]) await app.scan();
		await Promise.all([app.notify(), app.notify(), app.notify()]);
		await round();
		const distinct = new Map(receiver.received.map((received) => [idOf(received), received]));
		assert.equal([...distinct.values()].flatMap(notificationsIn).length, 60);
	});

	it("lets go of a message for a webhook that is not set any more", async () => {
		drift("a");
		await app.scan();
		const without = assemble(azure, azurite.connectionString, {});
		assert.deepEqual(await without.notify(), []);
		assert.match(without.logs.join(), /The webhook "default" is not set any more/);
	});

	it("tells a webhook what is severe enough, in its scope", async () => {
		app = assemble(azure, azurite.connectionString, {
			DRIFT_WEBHOOK_URL: receiver.url,
			DRIFT_WEBHOOK_MIN_SEVERITY: "critical",
			DRIFT_WEBHOOK_OPS_URL: `${receiver.url}-2`,
			DRIFT_WEBHOOK_OPS_SCOPE: armSite({ name: "b" }).id,
		});
		drift("a", "b");
		await round();
		assert.deepEqual(notified(), [["b new"]]);
	});

	it("forgets after 90 days what a webhook was told is over", async () => {
		drift("a");
		await round();
		fix("a");
		await round();
		app.setClock(() => new Date(Date.now() + 91 * 86_400_000));
		// What has come again must not be forgotten with it.
		drift("a");
		await round();
		await round();
		assert.deepEqual(notified(), [["a new"], ["a resolved"], ["a new"]]);
		fix("a");
		await round();
		app.setClock(() => new Date(Date.now() + 183 * 86_400_000));
		await round();
		const left = (await rows("DriftWebhook")).filter(({ rule }) => rule !== undefined);
		assert.deepEqual(left, []);
	});

	it("leaves out a part that it cannot read, and makes it anew", async () => {
		drift("a");
		receiver.answer = { status: 500 };
		await app.scan();
		await app.notify(lastAttempt);
		const [{ partitionKey = "", rowKey = "" } = {}] = (await waiting()) as Record<string, string>[];
		await table("DriftWebhook").updateEntity({ partitionKey, rowKey, states0: Buffer.from("{") }, "Merge");
		receiver.answer = { status: 200 };
		await round();
		assert.deepEqual([notified().at(-1), await waiting()], [["a new"], []]);
	});

	it("remembers and tells of values that no cell could hold as they are", async () => {
		const odd = { clientCertEnabled: true, clientCertExclusionPaths: `/${"\u0001".repeat(7900)}` };
		azure.add(armSite({ name: "a", kind: "app".repeat(20_000), properties: odd }));
		const key = { partitionKey: "policy", rowKey: "line\u2028break" };
		await table("DriftPolicy").createEntity({ ...key, clientCertExclusionPaths: "/x\u2028y" });
		for (const _ of [1, 2]) await round();
		assert.deepEqual(notified(), [["a new", "a new"]]);
		assert.equal((await rows("DriftFinding")).filter(({ rule }) => rule !== undefined).length, 2);
	});

	it("remembers a problem of the tables, however long", async () => {
		for (const index of Array(300).keys()) {
			const row = { scope: `/subscriptions/${defaultSubscription}`, http20Enabled: true };
			await table("DriftPolicy").createEntity({
				partitionKey: "policy",
				rowKey: `policy-${index}`.padEnd(100, "x"),
				...row,
			});
		}
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "p", clientCertExclusionPaths: "/x" });
		for (const _ of [1, 2]) {
			await app.startScans();
			assert.deepEqual(await app.notify(), []);
		}
		assert.equal(receiver.received.length, 1);
	});

	it("writes the URL and the secret of a webhook nowhere, whatever goes wrong", async () => {
		const outcomes: Answer[] = [
			{ status: 200 },
			{ status: 404, body: "s3cret-token" },
			"reset",
			"hang",
			{ status: 500 },
		];
		for (const [index, answer] of outcomes.entries()) {
			drift(`app-${index}`);
			receiver.answer = answer;
			await app.scan();
			app.logs.push(...(await app.notify()));
		}
		const refused: Delivery = await app.ports.post(
			{ ...(app.webhooks[0] as (typeof app.webhooks)[0]), url: "http://127.0.0.1:1/s3cret-token" },
			"{}",
			{},
		);
		const written = JSON.stringify([
			app.logs,
			refused,
			receiver.received.map(({ body, headers }) => [body, headers]),
			...(await Promise.all(["DriftFinding", "DriftScan", "DriftWebhook"].map(rows))),
			(await waiting()).map((row) =>
				Object.values(row).map((field) => (field instanceof Uint8Array ? Buffer.from(field).toString() : "")),
			),
		]);
		assert.match(written, /app-4/);
		assert.doesNotMatch(written, /s3cret|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/);
	});
});
