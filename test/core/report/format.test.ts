import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Counts } from "../../../src/core/model/scan.ts";
import { nameOf } from "../../../src/core/model/site.ts";
import { describeExemption, headline, nothingDrifted, summarize } from "../../../src/core/report/format.ts";

const subscription = { id: "s-1", name: "Contoso" };
const none: Counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
const scan = { id: "1", startedAt: "", finishedAt: "", complete: true, counts: { ...none, sites: 1, inSync: 1 } };

describe("nameOf", () => {
	it("a site", () => assert.equal(nameOf({ name: "app", slot: null }), "app"));
	it("a slot", () => assert.equal(nameOf({ name: "app", slot: "blue" }), "app/blue"));
});

describe("summarize", () => {
	const cases: Record<string, { counts: Partial<Counts>; complete?: boolean; name?: string; expect: string }> = {
		"no site": { counts: {}, expect: "Contoso (s-1): 0 sites" },
		"one site": { counts: { sites: 1, drifted: 1 }, expect: "Contoso (s-1): 1 site, 1 drifted" },
		"all kinds, what matters most first": {
			counts: { sites: 15, inSync: 1, drifted: 2, exempt: 3, unknown: 4, notCovered: 5 },
			expect: "Contoso (s-1): 15 sites, 2 drifted, 4 unknown, 3 exempt, 5 not covered, 1 in sync",
		},
		"not all were read": {
			counts: { sites: 2, inSync: 2 },
			complete: false,
			expect: "Contoso (s-1): 2 sites, not all could be read, 2 in sync",
		},
		"a subscription without a name": { counts: {}, name: "s-1", expect: "s-1: 0 sites" },
	};
	for (const [title, { counts, complete = true, name = "Contoso", expect }] of Object.entries(cases)) {
		it(title, () => assert.equal(summarize({ id: "s-1", name }, { counts: { ...none, ...counts }, complete }), expect));
	}
});

describe("headline", () => {
	it("a scan", () => assert.equal(headline({ subscription, scan }), "Contoso (s-1): 1 site, 1 in sync"));
	it("what is beyond any subscription", () => assert.equal(headline({ subscription: null, scan: null }), "Set-up"));
});

describe("describeExemption", () => {
	it("says who accepts it, why and how long", () =>
		assert.equal(
			describeExemption({
				name: "legacy",
				category: "waiver",
				reason: "old devices",
				owner: "pay",
				expiresOn: "2026-12-01",
			}),
			'exempt by "legacy" (waiver) until 2026-12-01, says pay: old devices',
		));
});

describe("nothingDrifted", () => {
	const inconclusive = "No drift was found, but not everything could be told.";
	it("all is well", () => assert.equal(nothingDrifted({ counts: none, complete: true }), "Nothing drifted."));
	it("a site is unknown", () =>
		assert.equal(nothingDrifted({ counts: { ...none, unknown: 1 }, complete: true }), inconclusive));
	it("not all were read", () => assert.equal(nothingDrifted({ counts: none, complete: false }), inconclusive));
});
