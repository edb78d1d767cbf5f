import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseSubscriptions } from "../../src/scan/subscriptions.ts";

const [first, second] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"] as const;

describe("chooseSubscriptions", () => {
	it("takes every one that can be listed, once", async () => {
		const listed = [
			{ id: first, name: "A" },
			{ id: second, name: "B" },
			{ id: first.toUpperCase(), name: "A" },
		];
		const chosen = await chooseSubscriptions(undefined, async () => listed);
		assert.deepEqual(
			chosen.map(({ name }) => name),
			["A", "B"],
		);
	});

	it("takes those that are wanted, by their names where these can be read", async () => {
		const listed = [{ id: first.toUpperCase(), name: "A" }];
		const chosen = await chooseSubscriptions([first, second], async () => listed);
		assert.deepEqual(
			chosen.map(({ name }) => name),
			["A", second],
		);
		const unnamed = await chooseSubscriptions([first], () => Promise.reject(new Error("403")));
		assert.deepEqual(unnamed, [{ id: first, name: first }]);
	});

	it("fails where there is none, or the list fails", async () => {
		await assert.rejects(
			chooseSubscriptions(undefined, async () => []),
			/can read no enabled subscription/,
		);
		await assert.rejects(
			chooseSubscriptions(undefined, () => Promise.reject(new Error("403"))),
			/403/,
		);
	});
});
