import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { webhookSettings } from "../src/config/webhooks.ts";
import { reportSetUp } from "../src/core/report.ts";
import { post } from "../src/notify/post.ts";
import { tell } from "../src/tell.ts";
import { Receiver } from "./support/receiver.ts";

describe("telling several webhooks", () => {
	let dead: Receiver;
	let healthy: Receiver;
	before(async () => {
		[dead, healthy] = await Promise.all([Receiver.start(), Receiver.start()]);
	});
	beforeEach(() => {
		for (const receiver of [dead, healthy]) {
			receiver.received.length = 0;
			receiver.answer = { status: 200 };
		}
	});
	after(() => Promise.all([dead, healthy].map((receiver) => receiver[Symbol.asyncDispose]())));

	const scope = "/";
	const message = "x".repeat(4000);
	const manyParts = reportSetUp(Array.from({ length: 200 }, () => ({ code: "policy-invalid", scope, message })));

	function tellBoth(timeoutMs?: number): Promise<readonly string[]> {
		const webhooks = webhookSettings.parse({ DRIFT_WEBHOOK_URL: dead.url, DRIFT_WEBHOOK_OPS_URL: healthy.url });
		let ids = 0;
		const timed: typeof post = (webhook, body, headers) => post(webhook, body, headers, timeoutMs);
		return tell(webhooks, () => manyParts, { post: timed, now: () => new Date(), newId: () => `id-${++ids}` });
	}

	it("gives every part to each, under IDs of their own", async () => {
		assert.deepEqual(await tellBoth(), []);
		for (const { received } of [dead, healthy]) {
			assert.ok(received.length > 1);
			assert.equal(new Set(received.map(({ headers }) => headers["webhook-id"])).size, received.length);
		}
	});

	it("goes on with further parts where one is refused", async () => {
		dead.answer = { status: 500 };
		const failures = await tellBoth();
		assert.equal(failures.length, dead.received.length);
		assert.equal(dead.received.length, healthy.received.length);
	});

	it("waits once for one that does not answer, and the others wait for nothing", async () => {
		dead.answer = "hang";
		const failures = await tellBoth(200);
		assert.equal(failures.length, 1);
		assert.match(
			failures[0] ?? "",
			/^webhook "default" at 127\.0\.0\.1:\d+ cannot be reached: no answer within 0\.2 s$/,
		);
		assert.equal(dead.received.length, 1);
		assert.ok(healthy.received.length > 1);
	});
});
