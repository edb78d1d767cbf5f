import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredFinding } from "../../../src/core/model/finding.ts";
import {
	compareEntries,
	compareItems,
	compareText,
	cutEntry,
	type Item,
	openOf,
	planEntry,
} from "../../../src/core/report/group-by-site.ts";
import { exemption, now, storedFinding } from "../../support/builders/site.ts";

const resolved = { status: "resolved", endedAt: now } as const;
const item = (changes: Partial<StoredFinding> = {}, name = "app"): Item => ({ finding: storedFinding(name, changes) });
const accepted = exemption();

describe("compareText", () => {
	const cases: readonly (readonly [string, string, number])[] = [
		["a", "b", -1],
		["b", "a", 1],
		["a", "a", 0],
	];
	for (const [a, b, expect] of cases) it(`${a}, ${b}`, () => assert.equal(compareText(a, b), expect));
});

describe("compareItems", () => {
	const inOrder: Record<string, Item> = {
		"open and critical": item({ severity: "critical", rule: "http20" }),
		"open and high, of the first rule": item({ rule: "https-only" }),
		"of the next rule": item({ rule: "client-cert-mode" }),
		"of a later rule, of the site as such": item({ rule: "custom-domain-tls", target: null }),
		"of its first host name": item({ rule: "custom-domain-tls", target: "A.contoso.com" }),
		"of a host name with an underscore": item({ rule: "custom-domain-tls", target: "A_.contoso.com" }),
		"of a host name in lower case": item({ rule: "custom-domain-tls", target: "aa.contoso.com" }),
		"of a host name in upper case": item({ rule: "custom-domain-tls", target: "B.contoso.com" }),
		"open and low, of the first rule": item({ severity: "low", rule: "https-only" }),
		"accepted and critical": item({ severity: "critical", exemption: accepted }),
		"accepted and low": item({ severity: "low", exemption: accepted }),
		"over and critical": item({ severity: "critical", ...resolved }),
		"over, and accepted before": item({ severity: "high", exemption: accepted, ...resolved }),
		"over and low": item({ severity: "low", ...resolved }),
	};
	const items = Object.values(inOrder);
	for (const [name, one] of Object.entries(inOrder)) {
		it(name, () => {
			const at = items.indexOf(one);
			assert.deepEqual(
				items.map((other) => Math.sign(compareItems(one, other))),
				items.map((_, index) => Math.sign(at - index)),
			);
		});
	}
});

describe("compareEntries", () => {
	it("the worst of each first, then their IDs without case", () => {
		const entries = [item({ severity: "low" }, "a"), item({}, "B"), item({}, "a_"), item({}, "ab"), item({}, "A")];
		assert.deepEqual(
			entries
				.map((one) => [one])
				.toSorted(compareEntries)
				.map(([one]) => one?.finding.site.name),
			["A", "a_", "ab", "B", "a"],
		);
	});
	it("two of one site alike", () => assert.equal(compareEntries([item()], [item()]), 0));
});

describe("cutEntry", () => {
	const ofSite = (count: number) => Array.from({ length: count }, () => item({ severity: "critical" }));
	const ofHost = (target: string, count: number) =>
		Array.from({ length: count }, () => item({ rule: "custom-domain-tls", target }));
	const cases: Record<string, { entry: readonly Item[]; expect: (string | null)[][] }> = {
		"what fits stays as it is": { entry: [...ofHost("b", 1), ...ofSite(2)], expect: [["b", null, null]] },
		"what fits no more is cut between two host names": {
			entry: [...ofHost("a", 2), ...ofHost("b", 2)],
			expect: [
				["a", "a"],
				["b", "b"],
			],
		},
		"a part is filled": {
			entry: [...ofHost("a", 1), ...ofHost("b", 2), ...ofHost("c", 1)],
			expect: [["a", "b", "b"], ["c"]],
		},
		"what is of one host name stays together, in any spelling": {
			entry: [...ofHost("a", 1), ...ofHost("b", 1), ...ofHost("A", 1), ...ofHost("B", 1)],
			expect: [
				["a", "A"],
				["b", "B"],
			],
		},
		"more of one host name than fits": { entry: ofHost("a", 4), expect: [["a", "a", "a", "a"]] },
		"what is of the site stays together": {
			entry: [...ofHost("a", 2), ...ofSite(2)],
			expect: [
				[null, null],
				["a", "a"],
			],
		},
		"as much of the site as fits stays together": {
			entry: [...ofHost("a", 1), ...ofSite(3)],
			expect: [[null, null, null], ["a"]],
		},
		"more of the site than fits is cut": { entry: ofSite(4), expect: [[null, null, null], [null]] },
	};
	for (const [name, { entry, expect }] of Object.entries(cases)) {
		it(name, () =>
			assert.deepEqual(
				cutEntry(entry, 3).map((part) => part.map(({ finding }) => finding.target)),
				expect,
			),
		);
	}

	it("puts the worst part first, and the worst first into each", () => {
		const low = item({ rule: "custom-domain-tls", target: "a", severity: "low" });
		const worse = item({ rule: "custom-domain-tls", target: "b", severity: "high" });
		const worst = item({ rule: "certificate-expiry", target: "b", severity: "critical" });
		const other = item({ rule: "custom-domain-tls", target: "c", severity: "medium" });
		assert.deepEqual(cutEntry([low, other, worse, worst], 3), [[worst, worse, other], [low]]);
	});
});

describe("openOf", () => {
	it("gives what is neither accepted nor over", () => {
		const entry = [item(), item({ exemption: accepted }), item(resolved), item({ ...resolved, exemption: accepted })];
		assert.deepEqual(openOf(entry), [entry[0]?.finding]);
	});
});

describe("planEntry", () => {
	it("mends what is open, and nothing of what is over or accepted", () => {
		const [open] = [item()];
		const over = item({
			rule: "http20",
			...resolved,
			fix: { ...item().finding.fix, config: { http20Enabled: false } },
		});
		const exempt = item({
			rule: "min-tls-version",
			exemption: accepted,
			fix: { ...item().finding.fix, config: { minTlsVersion: "1.3" } },
		});
		const { changes, remediation } = planEntry([open as Item, over, exempt], [open as Item, over, exempt]);
		assert.deepEqual([changes.properties, changes.config], [{ httpsOnly: true }, {}]);
		assert.equal(remediation.commands.length, 1);
	});

	it("plans nothing for a site of which all is over", () => {
		const entry = [item(resolved)];
		const { site, remediation, rollback } = planEntry(entry, entry);
		assert.deepEqual([site.name, remediation.commands, rollback.commands], ["app", [], []]);
	});
});
