import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readScanMessage, writeScanMessage } from "../../../src/storage/messages/scan-message.ts";

const good = {
	version: 1,
	scanId: "b2f4a8f0-4a0f-4d8e-9d0a-0d6c3f1f7a11",
	subscription: { id: "00000000-0000-0000-0000-000000000001", name: "Production" },
	requestedAt: "2026-11-23T18:00:00.000Z",
};

describe("a message of the queue of scans", () => {
	it("arrives as it was sent, whatever the subscription is called, and is small", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 64 }), fc.uuid(), (name, scanId) => {
				const message = { scanId, subscription: { id: good.subscription.id, name }, requestedAt: new Date(0) };
				const text = writeScanMessage(message);
				assert.deepEqual(readScanMessage(JSON.parse(text)), { version: 1, ...message });
				assert.ok(text.length < 1000);
			}),
		);
	});

	const foreign: Record<string, [unknown, RegExp]> = {
		"a text": ["s3cret", /the message as such$/],
		nothing: [undefined, /the message as such$/],
		"a list": [[good], /the message as such$/],
		"one of another version": [{ ...good, version: 2 }, /: version$/],
		"one with more in it": [{ ...good, s3cret: 1 }, /the message as such$/],
		"one without a subscription": [{ ...good, subscription: null }, /: subscription$/],
		"one with a subscription that is no GUID": [
			{ ...good, subscription: { id: "x/../y", name: "s3cret" } },
			/: subscription\.id$/,
		],
		"one with a wrong time": [{ ...good, requestedAt: "soon" }, /: requestedAt$/],
	};
	for (const [name, [content, validationError]] of Object.entries(foreign)) {
		it(`is not ${name}`, () => assert.throws(() => readScanMessage(content), validationError));
	}
});
