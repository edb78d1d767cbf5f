import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ScanFacts } from "../../../src/core/evaluation/scan-result.ts";
import type { StoredFinding, StoredProblem } from "../../../src/core/model/finding.ts";
import type { Counts } from "../../../src/core/model/scan.ts";
import { noEnforcement } from "../../../src/core/probe/enforcement.ts";
import {
	type Fleet,
	type FleetQuery,
	type FleetView,
	siteOrders,
	viewFinding,
	viewFleet,
} from "../../../src/web/view/fleet.ts";
import {
	certificate,
	exemption,
	findingsOf,
	held,
	hostName,
	judge,
	now,
	policy,
	reported,
	site,
	storedFinding,
} from "../../support/builders/site.ts";

type SubscriptionRecords = Fleet["subscriptions"][number];

const counts: Counts = { sites: 15, inSync: 1, drifted: 2, exempt: 3, unknown: 4, notCovered: 5 };
const scan: ScanFacts = { id: "scan-1", startedAt: now, finishedAt: now, complete: true, counts, enforcement: null };

function remembered(
	findings: readonly StoredFinding[],
	changes: Partial<SubscriptionRecords> = {},
): SubscriptionRecords {
	return {
		subscription: { id: "s-1", name: "Contoso" },
		name: "Contoso",
		lastScan: scan,
		running: null,
		records: { findings, problems: [] },
		...changes,
	};
}

const everything = { text: "", severities: [], rules: [], states: [] } as const;

function view(
	subscriptions: readonly SubscriptionRecords[],
	query: Partial<FleetQuery> = {},
	beyond: readonly StoredProblem[] = [],
) {
	const usual: FleetQuery = { filter: everything, order: "worst", isReversed: false, page: 1 };
	return viewFleet({ subscriptions, beyond }, { ...usual, ...query }, "https://portal.azure.com");
}

const namesOf = ({ rows }: FleetView) => rows.map(({ name }) => name);
const inOrder = (count: number) => Array.from({ length: count }, (_, index) => `app-${String(index).padStart(3, "0")}`);

const problem: StoredProblem = {
	code: "policy-invalid",
	scope: "DriftPolicy/a",
	message: "It cannot be read.",
	firstSeen: now,
	status: "open",
	endedAt: null,
};

const accepted = exemption();
const resolved = { status: "resolved", endedAt: now } as const;

describe("viewFleet", () => {
	it("counts by severity what is open and not exempt, in every subscription, whatever the filter leaves", () => {
		const { severities } = view(
			[
				remembered([
					storedFinding("a", { severity: "critical" }),
					storedFinding("b", { severity: "low" }),
					storedFinding("c", { severity: "low", exemption: accepted }),
					storedFinding("d", { severity: "high", ...resolved }),
				]),
				remembered([storedFinding("e", { severity: "low" })]),
			],
			{ filter: { ...everything, text: "no such site" } },
		);
		assert.deepEqual(severities, { critical: 1, high: 0, medium: 0, low: 2 });
	});

	it("sums what the last scans counted, and nothing of a subscription that was never scanned", () => {
		const enforcement = { ...noEnforcement, compliantNotEnforced: 2 };
		const some = view([
			remembered([], { lastScan: { ...scan, enforcement } }),
			remembered([], { lastScan: null }),
			remembered([], { lastScan: { ...scan, enforcement } }),
		]);
		assert.deepEqual(some.counts, { sites: 30, inSync: 2, drifted: 4, exempt: 6, unknown: 8, notCovered: 10 });
		assert.deepEqual(some.enforcement, { ...noEnforcement, compliantNotEnforced: 4 });
		assert.equal(view([remembered([])]).enforcement, null);
		assert.deepEqual(view([]).counts, { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 });
	});

	it("lists the problems that are open, beyond the subscriptions too, what hides most first", () => {
		const records = {
			findings: [],
			problems: [
				{ ...problem, code: "subscription-unreadable", scope: "/subscriptions/s-1" } as const,
				{ ...problem, scope: "DriftPolicy/over", status: "resolved" } as const,
			],
		};
		const some = view([remembered([], { records })], {}, [problem]);
		assert.deepEqual(
			some.problems.map(({ scope }) => scope),
			["/subscriptions/s-1", "DriftPolicy/a"],
		);
		assert.equal(some.problemCount, 2);
	});

	it("lists the first 50 problems, and says how many there are", () => {
		const many = inOrder(60).map((scope) => ({ ...problem, scope }));
		const some = view([], {}, many.toReversed());
		assert.deepEqual(
			some.problems.map(({ scope }) => scope),
			inOrder(50),
		);
		assert.equal(some.problemCount, 60);
	});

	const wholes: Record<string, { changes: Partial<SubscriptionRecords>; expect: boolean }> = {
		"a complete scan": { changes: {}, expect: true },
		"an incomplete scan": { changes: { lastScan: { ...scan, complete: false } }, expect: false },
		"no scan": { changes: { lastScan: null }, expect: false },
		"a subscription that could not be read since": {
			changes: { records: { findings: [], problems: [{ ...problem, code: "subscription-unreadable" }] } },
			expect: false,
		},
		"a scan that failed since": {
			changes: { records: { findings: [], problems: [problem, { ...problem, code: "scan-failed" }] } },
			expect: false,
		},
		"a scan that failed before": {
			changes: { records: { findings: [], problems: [{ ...problem, code: "scan-failed", ...resolved }] } },
			expect: true,
		},
		"a problem that hides no site": { changes: { records: { findings: [], problems: [problem] } }, expect: true },
	};
	for (const [name, { changes, expect }] of Object.entries(wholes)) {
		it(`says whether everything was seen: ${name}`, () => {
			const { records, ...state } = remembered([], changes);
			assert.deepEqual(view([{ records, ...state }]).subscriptions, [{ ...state, isWhole: expect }]);
		});
	}

	describe("orders the sites", () => {
		const day = (date: number) => new Date(`2026-11-${date}T00:00:00Z`);
		const contoso = remembered([
			storedFinding("Zoo", { severity: "critical", firstSeen: day(21) }, { resourceGroup: "rg-b" }),
			storedFinding("mid", { severity: "high", firstSeen: day(20) }, { resourceGroup: "RG-Z" }),
		]);
		const fabrikam = remembered(
			[storedFinding("app", { severity: "low", firstSeen: day(22) }, { slot: "b", resourceGroup: "rg-a" })],
			{ subscription: { id: "s-0", name: "adatum" } },
		);
		const expected: Record<(typeof siteOrders)[number], string[]> = {
			worst: ["Zoo", "mid", "app"],
			site: ["app", "mid", "Zoo"],
			group: ["app", "Zoo", "mid"],
			// Within one of them the worst first.
			subscription: ["app", "Zoo", "mid"],
			since: ["mid", "Zoo", "app"],
		};
		for (const order of siteOrders) {
			it(`by ${order}`, () => assert.deepEqual(namesOf(view([contoso, fabrikam], { order })), expected[order]));
		}
		it("the other way round", () => {
			const reversed = view([contoso, fabrikam], { order: "site", isReversed: true });
			assert.deepEqual(namesOf(reversed), ["Zoo", "mid", "app"]);
		});
		it("the mildest first", () => {
			assert.deepEqual(namesOf(view([contoso, fabrikam], { isReversed: true })), ["app", "mid", "Zoo"]);
		});
		it("the worst of a subscription first even the other way round", () => {
			const reversed = view([contoso, fabrikam], { order: "subscription", isReversed: true });
			assert.deepEqual(namesOf(reversed), ["Zoo", "mid", "app"]);
		});
		it("by the oldest of a site's findings", () => {
			const old = { firstSeen: day(10), rule: "http20", severity: "low" } as const;
			const both = remembered([storedFinding("late", { firstSeen: day(20) }), storedFinding("late", old)]);
			const { rows } = view([both, contoso], { order: "since" });
			assert.deepEqual([rows[0]?.name, rows[0]?.since], ["late", day(10)]);
		});
	});

	describe("pages", () => {
		const many = remembered(inOrder(60).map((name) => storedFinding(name)));
		const cases: Record<string, { page: number; names: string[]; expect: number }> = {
			"the first": { page: 1, names: inOrder(60).slice(0, 25), expect: 1 },
			"the second": { page: 2, names: inOrder(60).slice(25, 50), expect: 2 },
			"the last": { page: 3, names: inOrder(60).slice(50), expect: 3 },
			"beyond the last": { page: 9, names: inOrder(60).slice(50), expect: 3 },
		};
		for (const [name, { page, names, expect }] of Object.entries(cases)) {
			it(name, () => {
				const some = view([many], { page });
				assert.deepEqual(namesOf(some), names);
				const { page: shown, pages, siteCount, findingCount } = some;
				assert.deepEqual(
					{ shown, pages, siteCount, findingCount },
					{ shown: expect, pages: 3, siteCount: 60, findingCount: 60 },
				);
			});
		}
		it("one, though there be nothing", () => {
			const { page, pages, rows, siteCount, findingCount } = view([remembered([])], { page: 2 });
			assert.deepEqual([page, pages, rows, siteCount, findingCount], [1, 1, [], 0, 0]);
		});
	});

	it("cuts a site with very many findings into rows of 12, which stay behind one another", () => {
		const hosts = inOrder(30).map((name) => hostName(`${name}.contoso.com`, "Disabled"));
		const subject = site({ name: "many", customHostNames: reported(hosts) });
		const many = findingsOf([judge(subject, [policy("bound", { customDomainTls: "Bound" })])]);
		const some = view([remembered([...many, storedFinding("few")])], { order: "site", isReversed: true });
		assert.deepEqual(
			some.rows.map(({ name, firstFinding, findingCount, findings }) => [
				name,
				firstFinding,
				findingCount,
				findings.length,
			]),
			[
				["many", 1, 30, 12],
				["many", 13, 30, 12],
				["many", 25, 30, 6],
				["few", 1, 1, 1],
			],
		);
		assert.deepEqual(
			some.rows.flatMap(({ findings }) => findings.map(({ target }) => target)),
			[...hosts.map(({ name }) => name), null],
		);
		assert.equal(some.siteCount, 2);
		assert.equal(some.findingCount, 31);
	});

	it("takes the spellings of a site's ID for one site", () => {
		const first = storedFinding("app");
		const other = { ...first, rule: "http20", site: { ...first.site, id: first.site.id.toUpperCase() } };
		assert.deepEqual(
			view([remembered([first, other])]).rows.map(({ findings }) => findings.length),
			[2],
		);
	});

	it("leaves of a site what passes the filter, the worst first, and sites of which nothing does not", () => {
		const findings = [
			storedFinding("app", { rule: "http20", severity: "low" }),
			storedFinding("app", { rule: "min-tls-version", severity: "medium" }),
			storedFinding("app", { severity: "critical" }),
			storedFinding("other", { severity: "critical" }),
		];
		const { rows, siteCount, findingCount } = view([remembered(findings)], {
			filter: { ...everything, severities: ["low", "medium"] },
		});
		assert.deepEqual(
			rows.map(({ name, findings: some, findingCount: count, worst }) => [
				name,
				some.map(({ rule }) => rule),
				count,
				worst,
			]),
			[["app", ["min-tls-version", "http20"], 2, "medium"]],
		);
		assert.deepEqual([siteCount, findingCount], [1, 2]);
	});

	it("gives each site its commands, the way back, and its declaration", () => {
		const [row] = view([remembered([storedFinding("app")])]).rows;
		const start =
			"az webapp update --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-app --name app";
		assert.deepEqual(row?.remediation.bash, [`${start} --set httpsOnly=true`]);
		assert.deepEqual(row?.rollback.bash, [`${start} --set httpsOnly=false`]);
		assert.match(row?.bicep ?? "", /^ {4}httpsOnly: true$/m);
		assert.equal(row?.worst, "high");
		assert.equal(row?.portalUrl, `https://portal.azure.com/#resource${row?.resourceId}`);
	});

	it("has nothing to run or to declare for what is accepted, over, or for people to do", () => {
		const bare = site({ name: "bare", customHostNames: reported([hostName("www.contoso.com", "Disabled")]) });
		const manualSteps = findingsOf([judge(bare, [policy("bound", { customDomainTls: "Bound" })])]);
		const { rows } = view([
			remembered([storedFinding("exempt", { exemption: accepted }), storedFinding("over", resolved), ...manualSteps]),
		]);
		assert.deepEqual(
			rows.map(({ name, worst, bicep, remediation }) => [name, worst, bicep, remediation.bash]),
			[
				["bare", "high", "", []],
				["exempt", null, "", []],
				["over", null, "", []],
			],
		);
	});

	it("says of a part of a site's commands what the others have to do with it", () => {
		const hosts = inOrder(30).map((name) => hostName(`${name}.contoso.com`, "Disabled"));
		const subject = site({ name: "many", slot: "blue", tags: { team: "pay" }, customHostNames: reported(hosts) });
		const certificates = held(certificate("fresh"));
		const judged = judge(subject, [policy("bound", { customDomainTls: "Bound" })], { certificates });
		const { rows } = view([remembered(findingsOf([judged], certificates))]);
		// Each part sets the slot's own tags again, after its bindings.
		assert.deepEqual(
			rows.map(({ remediation }) => remediation.bash.length),
			[13, 13, 7],
		);
	});
});

describe("viewFinding", () => {
	const cases: Record<string, { changes: Partial<StoredFinding>; state: string; endedAt: string | null }> = {
		"what is open": { changes: {}, state: "open", endedAt: null },
		"what is accepted": { changes: { exemption: accepted }, state: "exempt", endedAt: null },
		"what is in sync again": { changes: resolved, state: "resolved", endedAt: "2026-11-23T18:00:00.000Z" },
		"what is gone": {
			changes: { status: "removed", endedAt: now },
			state: "removed",
			endedAt: "2026-11-23T18:00:00.000Z",
		},
	};
	for (const [name, { changes, state, endedAt }] of Object.entries(cases)) {
		it(`tells how ${name} stands`, () => {
			const seen = viewFinding(storedFinding("app", changes));
			assert.deepEqual([seen.rule, seen.state, seen.endedAt], ["https-only", state, endedAt]);
		});
	}
});
