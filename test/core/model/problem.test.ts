import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shorten } from "../../../src/core/model/problem.ts";

describe("shorten", () => {
	const of = (length: number) =>
		shorten({ code: "policy-invalid", scope: "DriftPolicy/a", message: "x".repeat(length) });

	it("leaves 4,000 characters as they are", () => assert.equal(of(4000).message, "x".repeat(4000)));
	it("cuts what is longer, and shows that it did", () =>
		assert.deepEqual(of(4001), {
			code: "policy-invalid",
			scope: "DriftPolicy/a",
			message: `${"x".repeat(4000)}…`,
		}));
});
