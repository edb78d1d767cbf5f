import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { post } from "../../src/notify/post.ts";
import { Receiver } from "../support/receiver.ts";

const headers = { "content-type": "application/json", "webhook-id": "msg_1" };

describe("post", () => {
	let receiver: Receiver;
	before(async () => {
		receiver = await Receiver.start();
	});
	beforeEach(() => {
		receiver.received.length = 0;
	});
	after(() => receiver[Symbol.asyncDispose]());

	const send = (url = receiver.url) =>
		post({ name: "ops", url, secret: undefined, minSeverity: "low", scope: "/" }, '{"a":1}', headers);

	for (const status of [200, 202, 204]) {
		it(`takes ${status} for delivered`, async () => {
			receiver.answer = { status };
			await send();
			assert.equal(receiver.received[0]?.body, '{"a":1}');
			assert.equal(receiver.received[0]?.headers["webhook-id"], "msg_1");
		});
	}

	for (const status of [301, 307, 400, 401, 404, 410, 413, 429, 500, 503]) {
		it(`takes ${status} for not delivered, and names no more than the host`, async () => {
			receiver.answer = { status, headers: { location: receiver.url } };
			const expected = new RegExp(`^PostError: webhook "ops" at 127\\.0\\.0\\.1:\\d+ answered ${status}$`);
			await assert.rejects(send(), expected);
			assert.equal(receiver.received.length, 1);
		});
	}

	it("waits no longer than 10 seconds for an answer", async () => {
		receiver.answer = "hang";
		await assert.rejects(
			send(),
			/^PostError: webhook "ops" at 127\.0\.0\.1:\d+ cannot be reached: no answer within 10 s$/,
		);
	});

	it("says that nobody listens, and names no more than the host", async () => {
		await assert.rejects(send("http://127.0.0.1:9/s3cret"), (error) => {
			assert.match(String(error), /webhook "ops" at 127\.0\.0\.1:9 cannot be reached: /);
			assert.doesNotMatch(`${String(error)}${(error as Error).stack}${String((error as Error).cause)}`, /s3cret/);
			return true;
		});
	});

	it("says that the connection was reset", async () => {
		const server = createServer((socket) => socket.resetAndDestroy()).listen(0, "127.0.0.1");
		await new Promise((listening) => server.once("listening", listening));
		const { port } = server.address() as { port: number };
		await assert.rejects(
			send(`http://127.0.0.1:${port}/s3cret`),
			/^PostError: webhook "ops" at 127\.0\.0\.1:\d+ cannot be reached: \w+$/,
		);
		server.close();
	});
});
