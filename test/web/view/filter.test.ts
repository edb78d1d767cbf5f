import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredFinding } from "../../../src/core/model/finding.ts";
import { type FindingFilter, isNarrow, passes } from "../../../src/web/view/filter.ts";
import { exemption, now, storedFinding } from "../../support/builders/site.ts";

const everything: FindingFilter = { text: "", severities: [], rules: [], states: [] };

describe("passes", () => {
	const open = storedFinding(
		"Pay-Cards",
		{ target: "www.contoso.com", severity: "high", policy: "strict" },
		{ slot: "blue" },
	);
	const accepted = { ...open, exemption: exemption({ name: "legacy", owner: "pay team", reason: "old devices" }) };
	const over: StoredFinding = { ...open, status: "resolved", endedAt: now };
	const gone: StoredFinding = { ...open, status: "removed", endedAt: now };

	const cases: Record<string, { filter: Partial<FindingFilter>; expect: boolean; of?: StoredFinding }> = {
		"everything where nothing is asked for": { filter: {}, expect: true },
		"what is over, too, where nothing is asked for": { filter: {}, of: over, expect: true },
		"a severity of those": { filter: { severities: ["low", "high"] }, expect: true },
		"not a severity of others": { filter: { severities: ["low", "critical"] }, expect: false },
		"a rule of those": { filter: { rules: ["http20", "https-only"] }, expect: true },
		"not a rule of others": { filter: { rules: ["http20"] }, expect: false },
		"what is open": { filter: { states: ["open"] }, expect: true },
		"not what is accepted as open": { filter: { states: ["open"] }, of: accepted, expect: false },
		"what is accepted": { filter: { states: ["exempt"] }, of: accepted, expect: true },
		"what is in sync again": { filter: { states: ["open", "resolved"] }, of: over, expect: true },
		"what is gone": { filter: { states: ["removed"] }, of: gone, expect: true },
		"not what is gone as in sync again": { filter: { states: ["resolved"] }, of: gone, expect: false },
		"all at once": {
			filter: { severities: ["high"], rules: ["https-only"], states: ["open"], text: "pay" },
			expect: true,
		},
		"not what one of them leaves out": {
			filter: { severities: ["high"], rules: ["https-only"], states: ["exempt"], text: "pay" },
			expect: false,
		},
		"the site's name without case": { filter: { text: "pay-CARDS" }, expect: true },
		"site and slot as people write them": { filter: { text: "pay-cards/blue" }, expect: true },
		"a part of the site's ID": { filter: { text: "resourcegroups/rg-app/" }, expect: true },
		"the host name": { filter: { text: "www.contoso" }, expect: true },
		"the rule": { filter: { text: "https-only" }, expect: true },
		"what is desired": { filter: { text: "true" }, expect: true },
		"what is observed": { filter: { text: "false" }, expect: true },
		"the policy": { filter: { text: "strict" }, expect: true },
		"the exemption": { filter: { text: "legacy" }, of: accepted, expect: true },
		"its owner": { filter: { text: "team" }, of: accepted, expect: true },
		"its reason": { filter: { text: "devices" }, of: accepted, expect: true },
		"no exemption where there is none": { filter: { text: "legacy" }, expect: false },
		"every word somewhere": { filter: { text: "  strict   blue\tcontoso " }, expect: true },
		"not one word of two": { filter: { text: "strict green" }, expect: false },
		"no word across two texts": { filter: { text: "bluehttps-only" }, expect: false },
		"not the words as one": { filter: { text: "strictblue" }, expect: false },
		"blanks alone are no word": { filter: { text: " \t" }, expect: true },
	};
	for (const [name, { filter, expect, of = open }] of Object.entries(cases)) {
		it(name, () => assert.equal(passes(of, { ...everything, ...filter }), expect));
	}
});

describe("isNarrow", () => {
	const cases: Record<string, { filter: Partial<FindingFilter>; expect: boolean }> = {
		"nothing asked for": { filter: {}, expect: false },
		blanks: { filter: { text: "  " }, expect: false },
		"a word": { filter: { text: "pay" }, expect: true },
		"a severity": { filter: { severities: ["low"] }, expect: true },
		"a rule": { filter: { rules: ["http20"] }, expect: true },
		"a severity and a rule": { filter: { severities: ["low"], rules: ["http20"] }, expect: true },
		"what is there now": { filter: { states: ["exempt", "open"] }, expect: false },
		"that and what is over": { filter: { states: ["open", "exempt", "resolved"] }, expect: false },
		"only what is open": { filter: { states: ["open"] }, expect: true },
		"only what is over": { filter: { states: ["resolved", "removed"] }, expect: true },
	};
	for (const [name, { filter, expect }] of Object.entries(cases)) {
		it(name, () => assert.equal(isNarrow({ ...everything, ...filter }), expect));
	}
});
