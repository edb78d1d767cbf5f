import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ScanPoint, sumCounts } from "../../../src/core/model/scan.ts";
import { countPerDay } from "../../../src/web/view/history.ts";

const now = new Date("2026-11-24T10:00:00Z");
const counts = (drifted: number) => ({
	sites: 10,
	inSync: 10 - drifted,
	drifted,
	exempt: 0,
	unknown: 0,
	notCovered: 0,
});
const point = (time: string, drifted: number, complete = true): ScanPoint => ({
	finishedAt: new Date(`2026-11-${time}:00Z`),
	complete,
	counts: counts(drifted),
});
const broken = (time: string): ScanPoint => ({
	...point(time, 0, false),
	counts: { ...counts(0), sites: 0, inSync: 0 },
});

/** Of each day the drifted sites, `?` for no scan, `-` where a subscription is missing, `~` where not all was read. */
function draw(subscriptions: readonly (readonly ScanPoint[])[], days = 4): string {
	return countPerDay(subscriptions, days, now)
		.map(({ counts: counted, unscanned, incomplete }) => {
			return `${counted?.drifted ?? "?"}${"-".repeat(unscanned)}${"~".repeat(incomplete)}`;
		})
		.join(" ");
}

describe("drift per day", () => {
	const cases: readonly (readonly [name: string, subscriptions: readonly (readonly ScanPoint[])[], drawn: string])[] = [
		["is unknown without a scan, not zero", [[]], "? ? ? ?"],
		["is that of the day's last scan", [[point("24T01:00", 3), point("24T09:00", 2), point("24T05:00", 9)]], "? ? ? 2"],
		["is cut at midnight in UTC", [[point("22T23:59", 1), point("23T00:00", 2)]], "? 1 2 ?-"],
		[
			"is that of a scan that saw everything, where there was one",
			[[point("24T01:00", 3), point("24T02:00", 1, false)]],
			"? ? ? 3",
		],
		["is marked where none saw everything", [[point("24T01:00", 3, false)]], "? ? ? 3~"],
		["does not take a scan that broke off at once for zero", [[point("23T01:00", 3), broken("24T01:00")]], "? ? 3 ?-"],
		["is the sum of all subscriptions", [[point("24T01:00", 3)], [point("24T02:00", 4)]], "? ? ? 7"],
		[
			"says of which subscription there is nothing, once it was scanned",
			[[point("22T01:00", 3), point("24T01:00", 3)], [point("23T02:00", 4)]],
			"? 3 4- 3-",
		],
		["minds what was before the days that are shown", [[point("02T01:00", 3)]], "?- ?- ?- ?-"],
	];
	for (const [name, subscriptions, drawn] of cases) it(name, () => assert.equal(draw(subscriptions), drawn));

	it("does not depend on the order of the scans", () => {
		const points = [
			point("22T01:00", 1),
			point("22T02:00", 2, false),
			point("23T01:00", 3),
			broken("23T04:00"),
			point("24T01:00", 4),
		];
		const expected = draw([points]);
		fc.assert(
			fc.property(fc.shuffledSubarray(points, { minLength: points.length }), (shuffled) => {
				assert.equal(draw([shuffled]), expected);
			}),
		);
	});

	it("gives each day its first moment, and all that was counted", () => {
		assert.deepEqual(countPerDay([[point("23T09:00", 3)]], 2, now)[0], {
			day: new Date("2026-11-23T00:00:00Z"),
			counts: counts(3),
			unscanned: 0,
			incomplete: 0,
		});
	});

	it("does not miss a subscription on the day of its first scan", () => {
		assert.equal(draw([[point("23T01:00", 1)], [broken("23T02:00"), point("24T01:00", 1)]]), "? ? 1 1-");
	});
});

describe("sumCounts", () => {
	it("sums each count", () => {
		const one = { sites: 21, inSync: 1, drifted: 2, exempt: 4, unknown: 6, notCovered: 8 };
		const other = { sites: 63, inSync: 3, drifted: 5, exempt: 10, unknown: 20, notCovered: 25 };
		assert.deepEqual(sumCounts([one, other]), {
			sites: 84,
			inSync: 4,
			drifted: 7,
			exempt: 14,
			unknown: 26,
			notCovered: 33,
		});
	});
});
