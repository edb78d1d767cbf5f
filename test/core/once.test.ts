import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { once } from "../../src/core/once.ts";

describe("what is done lazily", () => {
	it("is done once for all who ask, and not before", async () => {
		let done = 0;
		const load = once(async () => ++done);
		assert.equal(done, 0);
		assert.deepEqual(await Promise.all([load(), load()]), [1, 1]);
		assert.equal(await load(), 1);
	});

	it("is done anew after a failure, which all who waited are told", async () => {
		let tries = 0;
		const load = once(async () => {
			tries += 1;
			if (tries === 1) throw new Error("not yet");
			return tries;
		});
		const both = await Promise.allSettled([load(), load()]);
		assert.deepEqual(
			both.map(({ status }) => status),
			["rejected", "rejected"],
		);
		assert.equal(await load(), 2);
	});
});
