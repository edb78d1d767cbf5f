import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	countStandings,
	type DoorCounts,
	type DoorStanding,
	nothingAsked,
	type Standing,
	standingOf,
	sumDoors,
} from "../../../src/core/probe/enforcement.ts";

describe("standingOf", () => {
	const cases: readonly (readonly [DoorStanding["configured"], DoorStanding["enforced"], Standing])[] = [
		["right", "yes", "rightAndEnforced"],
		["right", "no", "rightButOpen"],
		["wrong", "yes", "wrongButClosed"],
		["wrong", "no", "wrongAndOpen"],
		["unknown", "yes", "couldNotTell"],
		["unknown", "no", "couldNotTell"],
		["right", "unknown", "couldNotTell"],
		["wrong", "unknown", "couldNotTell"],
		["unknown", "unknown", "couldNotTell"],
	];
	for (const [configured, enforced, standing] of cases) {
		it(`configured: ${configured}, enforced: ${enforced}`, () =>
			assert.equal(standingOf(configured, enforced), standing));
	}
});

const one: DoorCounts = {
	rightAndEnforced: 1,
	rightButOpen: 2,
	wrongButClosed: 3,
	wrongAndOpen: 4,
	couldNotTell: 5,
};

describe("countStandings", () => {
	const of = (standing: Standing): DoorStanding => ({
		hostName: null,
		rule: "r",
		configured: "right",
		enforced: "yes",
		standing,
	});
	it("counts each", () => {
		const some = Object.entries(one).flatMap(([standing, count]) => Array(count).fill(of(standing as Standing)));
		assert.deepEqual(countStandings(some), one);
	});
	it("counts zeros where nothing was asked, and leaves them as they are", () => {
		countStandings([of("rightButOpen")]);
		const zeros = { rightAndEnforced: 0, rightButOpen: 0, wrongButClosed: 0, wrongAndOpen: 0, couldNotTell: 0 };
		assert.deepEqual([countStandings([]), nothingAsked], [zeros, zeros]);
	});
});

describe("sumDoors", () => {
	it("sums each count", () =>
		assert.deepEqual(sumDoors([one, one, { ...one, couldNotTell: 100 }]), {
			rightAndEnforced: 3,
			rightButOpen: 6,
			wrongButClosed: 9,
			wrongAndOpen: 12,
			couldNotTell: 110,
		}));
	it("is that of one alone", () => assert.deepEqual(sumDoors([one]), one));
	it("is null where there are none", () => assert.equal(sumDoors([]), null));
});
