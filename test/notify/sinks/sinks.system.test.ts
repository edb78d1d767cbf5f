import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Webhook as Verifier } from "standardwebhooks";
import { type Webhook, webhookKinds } from "../../../src/core/model/webhook.ts";
import { composeReport, type Report } from "../../../src/core/report/report.ts";
import { type Delivery, post } from "../../../src/notify/post.ts";
import { headersOf, sinks } from "../../../src/notify/sinks/index.ts";
import { judge, notificationsOf, policy, reported, site, subscriptionId } from "../../support/builders/site.ts";
import { type Answer, Receiver } from "../../support/receiver/receiver.ts";

const now = new Date("2026-11-24T12:00:00Z");
const report: Report = composeReport(
	{
		subscription: { id: subscriptionId, name: "Production" },
		scan: {
			id: "scan-1",
			startedAt: now.toISOString(),
			finishedAt: now.toISOString(),
			complete: true,
			counts: { sites: 1, inSync: 0, drifted: 1, exempt: 0, unknown: 0, notCovered: 0 },
		},
	},
	notificationsOf([judge(site({ httpsOnly: reported(false) }), [policy("default", { httpsOnly: true })])]),
	{ portal: "https://portal.azure.com" },
);

type Refused = Omit<Extract<Delivery, { outcome: "refused" }>, "reason"> & { readonly says: RegExp };

const later = { outcome: "refused", cause: "moment", retryAfterSeconds: null } as const;
const never = { outcome: "refused", cause: "webhook", retryAfterSeconds: null } as const;
const notThis = { outcome: "refused", cause: "message", retryAfterSeconds: null } as const;

/** What a receiver can do, and what comes of it, for every kind of webhook. */
const rejections: Record<string, [Answer, Refused]> = {
	"301": [
		{ status: 301, headers: { location: "/elsewhere" } },
		{ ...never, says: /answered 301$/ },
	],
	"307": [
		{ status: 307, headers: { location: "/elsewhere" } },
		{ ...never, says: /answered 307$/ },
	],
	"400": [
		{ status: 400, body: "invalid_blocks" },
		{ ...notThis, says: /answered 400 \(invalid_blocks\)$/ },
	],
	"401": [{ status: 401 }, { ...never, says: /answered 401$/ }],
	"403": [
		{ status: 403, body: "action_prohibited" },
		{ ...never, says: /answered 403 \(action_prohibited\)$/ },
	],
	"404": [
		{ status: 404, body: "no_service" },
		{ ...never, says: /answered 404 \(no_service\)$/ },
	],
	"404 with a page": [
		{ status: 404, body: "<html>s3cret" },
		{ ...never, says: /answered 404$/ },
	],
	"410": [{ status: 410 }, { ...never, says: /answered 410$/ }],
	"413": [{ status: 413 }, { ...notThis, says: /answered 413$/ }],
	"429 with Retry-After": [
		{ status: 429, headers: { "retry-after": "7" } },
		{ ...later, retryAfterSeconds: 7, says: /answered 429$/ },
	],
	"429 with Retry-After as a date that is past": [
		{ status: 429, headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } },
		{ ...later, retryAfterSeconds: 0, says: /answered 429$/ },
	],
	"429 with a Retry-After that is none": [
		{ status: 429, headers: { "retry-after": "soon" } },
		{ ...later, says: /answered 429$/ },
	],
	"429 without Retry-After": [{ status: 429 }, { ...later, says: /answered 429$/ }],
	"500": [{ status: 500 }, { ...later, says: /answered 500$/ }],
	"500 with a body that never ends": ["flood", { ...later, says: /answered 500$/ }],
	"503": [{ status: 503 }, { ...later, says: /answered 503$/ }],
};

for (const kind of webhookKinds) {
	describe(`the sink ${kind}`, () => {
		let receiver: Receiver;
		before(async () => {
			receiver = await Receiver.start();
		});
		beforeEach(() => {
			receiver.received.length = 0;
		});
		after(() => receiver[Symbol.asyncDispose]());

		async function send(answer: Answer, changes: Partial<Webhook> = {}): Promise<Delivery> {
			receiver.answer = answer;
			const webhook = { name: "ops", url: receiver.url, secret: undefined, ...changes };
			const [part, ...others] = sinks[kind].render(report, now);
			assert.ok(part);
			assert.deepEqual(others, []);
			const { body } = part;
			return await post(
				webhook,
				body,
				headersOf(webhook, { id: "msg_1", body }, now),
				answer === "hang" ? 300 : undefined,
			);
		}

		for (const status of [200, 202, 204]) {
			it(`takes ${status} for delivered`, async () => {
				assert.deepEqual(await send({ status }), { outcome: "delivered" });
				const [received, ...others] = receiver.received;
				assert.deepEqual(others, []);
				assert.equal(received?.headers["content-type"], "application/json");
				assert.equal(received?.headers["webhook-id"], "msg_1");
				assert.match(received?.body ?? "", /az webapp update .*httpsOnly=true/);
			});
		}

		it("takes 200 for delivered though its body never ends", async () =>
			assert.deepEqual(await send("drip"), { outcome: "delivered" }));

		for (const [name, [answer, { says, ...expected }]] of Object.entries(rejections)) {
			it(`takes ${name} for not delivered, follows nothing, and names no more than the host`, async () => {
				const delivery = await send(answer);
				assert.equal(delivery.outcome, "refused");
				const { reason, ...facts } = delivery;
				assert.deepEqual(facts, expected);
				assert.match(reason, /^webhook "ops" at 127\.0\.0\.1:\d+ /);
				assert.match(reason, says);
				assert.doesNotMatch(reason, /s3cret/);
				assert.equal(receiver.received.length, 1);
			});
		}

		for (const [answer, says] of [
			["hang", /no answer within 0\.3 s$/],
			["reset", /cannot be reached: \w+$/],
		] as const) {
			it(`does not know what came of a ${answer}`, async () => {
				const delivery = await send(answer);
				assert.equal(delivery.outcome, "unanswered");
				assert.match(delivery.reason, says);
				assert.doesNotMatch(delivery.reason, /s3cret/);
			});
		}

		it("knows that nothing was delivered where nobody listens", async () => {
			const gone = await Receiver.start();
			const { url } = gone;
			await gone[Symbol.asyncDispose]();
			const { outcome, reason, ...facts } = (await send({ status: 200 }, { url })) as Refused & { reason: string };
			assert.deepEqual({ outcome, ...facts }, later);
			assert.match(reason, /^webhook "ops" at 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED$/);
		});
	});
}

describe("headersOf", () => {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	const body = '{"name":"pêche"}';

	it("signs so that a receiver can verify, whenever it is posted again", () => {
		for (const at of [new Date(), new Date(Date.now() - 60_000)]) {
			const headers = headersOf({ secret }, { id: "msg_1", body }, at);
			new Verifier(secret).verify(body, { ...headers });
			assert.throws(() => new Verifier(secret).verify(`${body} `, { ...headers }));
			assert.equal(headers["webhook-timestamp"], String(Math.floor(at.getTime() / 1000)));
		}
	});

	it("signs nothing without a secret", () =>
		assert.equal(headersOf({ secret: undefined }, { id: "msg_1", body }, now)["webhook-signature"], undefined));
});

describe("post", () => {
	it("waits no longer than 10 seconds by itself", async () => {
		await using receiver = await Receiver.start();
		receiver.answer = "hang";
		const delivery = await post({ name: "ops", url: receiver.url }, "{}", {});
		assert.match(delivery.outcome === "unanswered" ? delivery.reason : "", /no answer within 10 s$/);
	});

	it("repeats no word of an answer that is a part of the URL", async () => {
		await using receiver = await Receiver.start();
		receiver.answer = { status: 404, body: "token" };
		const delivery = await post({ name: "ops", url: receiver.url }, "{}", {});
		assert.match(delivery.outcome === "refused" ? delivery.reason : "", /answered 404$/);
	});
});
