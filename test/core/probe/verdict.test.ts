import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Answer, type Reply, unprobed } from "../../../src/core/probe/reading.ts";
import { judgeReply } from "../../../src/core/probe/verdict.ts";
import { response } from "../../support/front-end/probe-model.ts";

const protocol = { tls: "1.2", http: "1.1" } as const;
const reply = (path: string, withCertificate: boolean, answer: Answer): Reply => ({
	protocol,
	path,
	withCertificate,
	answer,
});

describe("a 400", () => {
	const judgeLast = (isAllowed: boolean, ...replies: readonly Reply[]) =>
		judgeReply(
			replies.at(-1) as Reply,
			{ ...unprobed("app.azurewebsites.net", ""), stopReason: null, replies },
			isAllowed,
		).admission;
	const root = (status: number) => reply("/", false, response(status));

	it("tells nothing where a certificate is required: proxies answer so to who shows none", () => {
		assert.equal(judgeLast(false, root(400)), "unclear");
		assert.equal(judgeLast(false, root(403), reply("/a", false, response(400))), "unclear");
	});

	it("is the app's where callers may come in, and something else becomes of those who may not", () => {
		assert.equal(judgeLast(true, root(403), reply("/health", false, response(400))), "admitted");
		assert.equal(judgeLast(true, root(403), reply("/", true, response(400))), "admitted");
		assert.equal(judgeLast(true, root(400), reply("/health", false, response(400))), "unclear");
	});
});

describe("a connection that is cut off", () => {
	const cutOff = { came: "cut-off" } as const;
	const without = ["/", "/a"].map((path) => reply(path, false, cutOff));
	const judgeFirst = (...replies: readonly Reply[]) => {
		const host = { ...unprobed("app.azurewebsites.net", ""), stopReason: null, replies };
		return judgeReply(replies[0] as Reply, host, false).admission;
	};

	it("tells of a closed door only where it is so each time, and not with a certificate", () => {
		assert.equal(judgeFirst(...without, reply("/", true, response(200))), "rejected");
		assert.equal(judgeFirst(...without), "unclear");
		assert.equal(judgeFirst(...without, reply("/", true, cutOff)), "unclear");
		assert.equal(judgeFirst(reply("/", false, cutOff), reply("/", true, response(200))), "unclear");
	});
});
