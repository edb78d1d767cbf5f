import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readResponse } from "../../../src/core/probe/reading.ts";

describe("a response", () => {
	const read = (status: number, body = "", changes = {}) =>
		readResponse("/health", {
			status,
			location: null,
			contentType: "text/html",
			forbidsAddress: false,
			body,
			...changes,
		});

	it("tells nothing of the settings where something else stands before them", () => {
		assert.match(read(403, "", { forbidsAddress: true }).blocker ?? "", /access restrictions/);
		assert.match(read(403, "<h1>Error 403 - This web app is stopped.</h1>").blocker ?? "", /is stopped/);
		for (const status of [408, 421, 429, 495, 496, 502, 503, 504])
			assert.match(read(status).blocker ?? "", new RegExp(`answered ${status}`));
		for (const status of [200, 204, 301, 400, 401, 403, 404, 405, 500]) assert.equal(read(status).blocker, null);
	});

	it("has the same page whatever path, time or request it names", () => {
		const page = (path: string, id: string) =>
			readResponse(path, {
				status: 403,
				location: null,
				contentType: "text/html",
				forbidsAddress: false,
				body: `<p>No ${path} for you at ${id}, 12:00:01.</p>`,
			}).page;
		assert.equal(page("/health", "5f0c2b"), page("/not-health", "77aa01"));
		assert.equal(page("/", "5f0c2b"), page("/not-health", "77aa01"));
		assert.equal(read(200, "<p>Welcome.</p>").page, "");
		assert.notEqual(read(403, "<p>No.</p>").page, read(403, '{"error":"no"}').page);
	});
});
