import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPolicySet } from "../../src/policies/policy-set.ts";

describe("readPolicySet", () => {
	it("keeps the good rows beside a bad one", () => {
		const { policies, problems } = readPolicySet(
			[
				{ name: "good", cells: { httpsOnly: true } },
				{ name: "bad", cells: { scope: "x" } },
			],
			[],
		);
		assert.deepEqual(
			policies.map(({ name }) => name),
			["good"],
		);
		assert.equal(problems.length, 1);
	});

	it("says that there is no policy", () => {
		assert.deepEqual(
			readPolicySet([], []).problems.map(({ code, scope }) => [code, scope]),
			[["policy-missing", "/"]],
		);
	});

	it("has one problem for each cell, though two rows have one name", () => {
		const rows = [
			{ name: "a", cells: { httpsOnly: "x" } },
			{ name: "a", cells: { httpsOnly: "y" } },
		];
		const scopes = readPolicySet(rows, []).problems.map(({ scope }) => scope);
		assert.deepEqual(scopes, ["DriftPolicy/a/httpsOnly", "DriftPolicy/a/name"]);
	});

	it("says that two policies have one name", () => {
		const rows = [
			{ name: "a", cells: {} },
			{ name: "a", cells: {} },
		];
		assert.deepEqual(
			readPolicySet(rows, []).problems.map(({ scope }) => scope),
			["DriftPolicy/a/name"],
		);
	});
});
