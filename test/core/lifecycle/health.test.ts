import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeHealth, type ScannedSubscription, type Waiting } from "../../../src/core/lifecycle/health.ts";
import { now } from "../../support/builders/site.ts";

const hour = 3_600_000;
const ago = (hours: number) => new Date(now.getTime() - hours * hour);
const scanned = (...hours: (number | null)[]): ScannedSubscription[] =>
	hours.map((some, index) => ({ id: `s${index}`, lastCompleteScan: some === null ? null : ago(some) }));
const waits = (hours: number): Waiting => ({
	webhook: "ops",
	subscription: null,
	reason: "it answered 410",
	since: ago(hours),
});

describe("judgeHealth", () => {
	const cases: Record<string, [ScannedSubscription[], Waiting[], healthy: boolean]> = {
		"scanned within the hour": [scanned(0.5), [], true],
		"scanned two periods ago": [scanned(2), [], true],
		"not scanned for longer than two periods": [scanned(0.5, 2.1), [], false],
		"never scanned to its end": [scanned(0.5, null), [], false],
		"no subscription": [[], [], true],
		"a webhook that waits since the last scan": [scanned(0.5), [waits(1)], true],
		"a webhook that waits for longer than two periods": [scanned(0.5), [waits(1), waits(2.1)], false],
	};
	for (const [name, [subscriptions, waiting, healthy]] of Object.entries(cases)) {
		it(`${name}: ${healthy ? "healthy" : "not healthy"}`, () =>
			assert.equal(judgeHealth(subscriptions, ["ops"], waiting, { now, periodMs: hour }).healthy, healthy));
	}

	it("says when, and what each webhook waits for", () => {
		assert.deepEqual(judgeHealth(scanned(1, null), ["default", "ops"], [waits(1)], { now, periodMs: hour }), {
			healthy: false,
			subscriptions: [
				{ id: "s0", lastCompleteScan: "2026-11-23T17:00:00.000Z", ageSeconds: 3600 },
				{ id: "s1", lastCompleteScan: null, ageSeconds: null },
			],
			webhooks: [
				{ name: "default", waitsFor: [] },
				{
					name: "ops",
					waitsFor: [{ subscription: null, reason: "it answered 410", since: "2026-11-23T17:00:00.000Z" }],
				},
			],
		});
	});
});
