import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLeaseValid } from "../../../src/core/model/scan.ts";

describe("isLeaseValid", () => {
	const now = new Date("2026-11-23T18:00:00Z");
	const cases: Record<string, { since: string; expect: boolean }> = {
		"a scan that was just asked for": { since: "2026-11-23T18:00:00Z", expect: true },
		"one that has a moment left": { since: "2026-11-23T17:30:00.001Z", expect: true },
		"not one that was asked for its whole life ago": { since: "2026-11-23T17:30:00Z", expect: false },
		"not one of yesterday": { since: "2026-11-22T18:00:00Z", expect: false },
		"one whose turn comes later": { since: "2026-11-23T18:10:00Z", expect: true },
	};
	for (const [name, { since, expect }] of Object.entries(cases)) {
		it(name, () => assert.equal(isLeaseValid({ since: new Date(since) }, 30, now), expect));
	}
});
