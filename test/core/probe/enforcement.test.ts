import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	countEnforcement,
	type EnforcementCounts,
	type EnforcementOutcome,
	type EnforcementResult,
	enforcementOutcome,
	noEnforcement,
	sumEnforcement,
} from "../../../src/core/probe/enforcement.ts";

describe("enforcementOutcome", () => {
	const cases: readonly (readonly [
		EnforcementResult["configured"],
		EnforcementResult["enforced"],
		EnforcementOutcome,
	])[] = [
		["right", "yes", "compliantAndEnforced"],
		["right", "no", "compliantNotEnforced"],
		["wrong", "yes", "nonCompliantEnforced"],
		["wrong", "no", "nonCompliantNotEnforced"],
		["unknown", "yes", "inconclusive"],
		["unknown", "no", "inconclusive"],
		["right", "unknown", "inconclusive"],
		["wrong", "unknown", "inconclusive"],
		["unknown", "unknown", "inconclusive"],
	];
	for (const [configured, enforced, outcome] of cases) {
		it(`configured: ${configured}, enforced: ${enforced}`, () =>
			assert.equal(enforcementOutcome(configured, enforced), outcome));
	}
});

const one: EnforcementCounts = {
	compliantAndEnforced: 1,
	compliantNotEnforced: 2,
	nonCompliantEnforced: 3,
	nonCompliantNotEnforced: 4,
	inconclusive: 5,
};

describe("countEnforcement", () => {
	const of = (outcome: EnforcementOutcome): EnforcementResult => ({
		hostName: null,
		rule: "r",
		configured: "right",
		enforced: "yes",
		outcome,
	});
	it("counts each", () => {
		const some = Object.entries(one).flatMap(([outcome, count]) =>
			Array(count).fill(of(outcome as EnforcementOutcome)),
		);
		assert.deepEqual(countEnforcement(some), one);
	});
	it("counts zeros where nothing was asked, and leaves them as they are", () => {
		countEnforcement([of("compliantNotEnforced")]);
		const zeros = {
			compliantAndEnforced: 0,
			compliantNotEnforced: 0,
			nonCompliantEnforced: 0,
			nonCompliantNotEnforced: 0,
			inconclusive: 0,
		};
		assert.deepEqual([countEnforcement([]), noEnforcement], [zeros, zeros]);
	});
});

describe("sumEnforcement", () => {
	it("sums each count", () =>
		assert.deepEqual(sumEnforcement([one, one, { ...one, inconclusive: 100 }]), {
			compliantAndEnforced: 3,
			compliantNotEnforced: 6,
			nonCompliantEnforced: 9,
			nonCompliantNotEnforced: 12,
			inconclusive: 110,
		}));
	it("is that of one alone", () => assert.deepEqual(sumEnforcement([one]), one));
	it("is null where there are none", () => assert.equal(sumEnforcement([]), null));
});
