import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { maxTries, scanLifeMinutes, workMinutes } from "../../src/functions/host-limits.ts";

describe("the limits of host.json", () => {
	it("are those that the app goes by", () => {
		assert.equal(maxTries, 5);
		assert.equal(workMinutes, 8);
		assert.equal(scanLifeMinutes, 55);
	});
});
