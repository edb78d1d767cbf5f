import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FindingReport, ProblemReport, Report, SiteReport } from "../../../src/core/report/report.ts";
import {
	type ChatFinding,
	toChatHeader,
	toChatProblem,
	toChatSite,
	worstTone,
} from "../../../src/notify/sinks/chat.ts";
import { findChromium, openBrowser } from "../../support/browser/browser.ts";
import { hostileText } from "../../support/builders/arbitraries.ts";
import { siteId, subscriptionId } from "../../support/builders/site.ts";
import { captureScreenshots } from "./screenshots.ts";

function findingReport(changes: Partial<FindingReport> = {}): FindingReport {
	return {
		rule: "https-only",
		target: null,
		reason: "new",
		severity: "high",
		desired: "true",
		observed: "false",
		explanation: "It matters.",
		policy: "default",
		firstSeen: "2026-11-23T18:00:59.000Z",
		exemption: null,
		learnMore: "https://learn.microsoft.com",
		...changes,
	};
}

const nothing = { bash: [], powershell: [], warnings: [] };

function siteReport(changes: Partial<SiteReport> = {}): SiteReport {
	return {
		resourceId: siteId("rg-app", "app"),
		name: "app",
		slot: null,
		resourceGroup: "rg-app",
		kind: "webapp",
		portalUrl: `https://portal.azure.com/#resource${siteId("rg-app", "app")}`,
		findings: [findingReport()],
		remediation: nothing,
		rollback: nothing,
		...changes,
	};
}

function problemReport(changes: Partial<ProblemReport> = {}): ProblemReport {
	return { code: "policy-invalid", reason: "new", scope: "DriftPolicy/default/httpsOnly", message: "No.", ...changes };
}

const withRemediation = (bash: readonly string[], warnings: readonly string[] = []) =>
	siteReport({ remediation: { ...nothing, bash, warnings } });
const describeOne = (changes: Partial<FindingReport>, briefly = false) =>
	toChatSite(siteReport({ findings: [findingReport(changes)] }), briefly).findings[0] as ChatFinding;

const scanOfIt = `mtls-drift scan --scope ${siteId("rg-app", "app")}`;

describe("toChatSite", () => {
	it("says everything of a site", () => {
		const command = "az webapp update --set httpsOnly=true";
		assert.deepEqual(
			toChatSite({ ...withRemediation([command], ["Callers of http are redirected."]), slot: "staging" }),
			{
				name: "app/staging",
				facts: "webapp, resource group rg-app",
				findings: [
					{
						tone: "high",
						label: "high",
						rule: "https-only",
						learnMore: "https://learn.microsoft.com/",
						target: "",
						why: "new",
						desired: "true",
						observed: "false",
						isPast: false,
						explanation: "It matters.",
						origin: "policy default, first seen 2026-11-23 18:00 UTC",
					},
				],
				commands: [command],
				notes: ["Callers of http are redirected."],
				portalUrl: `https://portal.azure.com/#resource${siteId("rg-app", "app")}`,
			},
		);
	});

	it("gives each reason its words", () => {
		const cases: readonly [FindingReport["reason"], label: string, why: string | null, isPast: boolean][] = [
			["new", "high", "new", false],
			["changed", "high", "changed", false],
			["reopened", "high", "drifted again", false],
			["reminder", "high", "still open", false],
			["exempted", "high", "exempt", false],
			["exemption-ended", "high", "no longer exempt", false],
			["resolved", "resolved", null, true],
			["removed", "removed", null, false],
		];
		for (const [reason, ...expected] of cases) {
			const { label, why, isPast } = describeOne({ reason });
			assert.deepEqual([label, why, isPast], expected, reason);
		}
	});

	describe("says who accepts a drift, why and how long", () => {
		const exemption = {
			name: "legacy",
			category: "waiver",
			reason: "old devices",
			owner: "pay team",
			expiresOn: "2027-01-31T00:00:00.000Z",
		} as const;

		it("while it lasts", () => {
			const { tone, origin } = describeOne({ reason: "exempted", exemption });
			assert.equal(tone, "exempt");
			assert.equal(
				origin,
				'policy default, first seen 2026-11-23 18:00 UTC; exempt by "legacy" (waiver) until 2027-01-31 00:00 UTC, says pay team: old devices',
			);
		});

		it("and no longer once the drift is over", () => {
			const { tone, origin } = describeOne({ reason: "resolved", exemption });
			assert.deepEqual([tone, origin], ["over", "policy default, first seen 2026-11-23 18:00 UTC"]);
		});

		it("with its reason, however long the names are", () => {
			const long = { ...exemption, name: "n".repeat(512), owner: "o".repeat(200) };
			const { origin } = describeOne({ policy: "p".repeat(512), reason: "exempted", exemption: long });
			assert.equal(
				origin,
				`policy ${"p".repeat(97)}…, first seen 2026-11-23 18:00 UTC; exempt by "${"n".repeat(97)}…" (waiver) until 2027-01-31 00:00 UTC, says ${"o".repeat(97)}…: old devices`,
			);
		});
	});

	describe("cuts a text", () => {
		const cases: readonly [name: string, text: string, expected: string][] = [
			["of as many bytes as there may be: not at all", "a".repeat(300), "a".repeat(300)],
			["of one more", "a".repeat(301), `${"a".repeat(297)}…`],
			["of three bytes a character", "界".repeat(101), `${"界".repeat(99)}…`],
			["between characters of four bytes", "😀".repeat(76), `${"😀".repeat(74)}…`],
			["that grows when it is made plain", `${"a".repeat(298)}<!`, `${"a".repeat(297)}…`],
		];
		for (const [name, observed, expected] of cases) {
			it(name, () => assert.equal(describeOne({ observed }).observed, expected));
		}
	});

	describe("lets nothing speak", () => {
		const cases: readonly [text: string, expected: string][] = [
			["<!channel>", "< !channel>"],
			["<@U123> <#C1>", "< @U123> < #C1>"],
			["<at>all</at> <AT >", "< at>all< /at> < AT >"],
			["{{DATE(2017-02-14T06:00:00Z, SHORT)}}", "{ {DATE(2017-02-14T06:00:00Z, SHORT)}}"],
			["{{{", "{ { {"],
			["a\nb\u2028c", "a\\u{a}b\\u{2028}c"],
			["\u202egnp.exe", "\\u{202e}gnp.exe"],
			["\ud800", "\ufffd"],
			["<b> [click](x) **bold** :smile: `code`", "<b> [click](x) **bold** :smile: `code`"],
		];
		for (const [observed, expected] of cases) {
			it(JSON.stringify(observed), () => assert.equal(describeOne({ observed }).observed, expected));
		}

		it("whatever it is, in a bounded line", () => {
			fc.assert(
				fc.property(fc.array(hostileText), (texts) => {
					const { observed } = describeOne({ observed: texts.join("<") });
					assert.ok(Buffer.byteLength(observed) <= 300);
					assert.ok(observed.isWellFormed());
					assert.doesNotMatch(observed, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|<[!@#]|<\/?at\b|\{\{/iu);
				}),
			);
		});
	});

	describe("shows commands as they are or not at all", () => {
		const cases: readonly [name: string, bash: readonly string[], areShown: boolean][] = [
			["two", ["az one", "az two"], true],
			["with quotes and code", [`az 'a "b"' $'\\x0a' \`x\` <b>`], true],
			["2,500 bytes of them", ["a".repeat(1249), "b".repeat(1250)], true],
			["2,501 bytes of them", ["a".repeat(1250), "b".repeat(1250)], false],
			["2,500 characters of two bytes", ["é".repeat(2500)], false],
			["with a mention", ["az '<!channel>'"], false],
			["with a function of Adaptive Cards", ["az '{{DATE(2017-02-14T06:00:00Z)}}'"], false],
			["with half a character", ["az '\ud800'"], false],
		];
		for (const [name, bash, areShown] of cases) {
			it(name, () => {
				const { commands, notes } = toChatSite(withRemediation(bash));
				assert.deepEqual(commands, areShown ? bash : []);
				assert.deepEqual(notes, areShown ? [] : [`For the commands, run ${scanOfIt}`]);
			});
		}
	});

	it("shows four warnings and counts the others", () => {
		const warnings = Array.from({ length: 50 }, (_, index) => `Warning ${index}.`);
		for (const [count, expected] of [
			[4, []],
			[5, [`For 1 more warning, run ${scanOfIt}`]],
			[50, [`For 46 more warnings, run ${scanOfIt}`]],
		] as const) {
			const { notes } = toChatSite(withRemediation([], warnings.slice(0, count)));
			assert.deepEqual(notes, [...warnings.slice(0, 4), ...expected]);
		}
	});

	describe("names a command that tells more", () => {
		const cases: readonly [name: string, resourceId: string, scope: string][] = [
			["quoted", siteId("rg(1)", "app"), ` --scope '${siteId("rg(1)", "app")}'`],
			["that cannot be broken out of", siteId("a'; id; '", "app"), ` --scope '${siteId("a'\\''; id; '\\''", "app")}'`],
			["without a name that speaks", siteId("<!channel>", "app"), ""],
			["without a name that is too long", siteId("rg", "a".repeat(1000)), ""],
		];
		for (const [name, resourceId, scope] of cases) {
			it(name, () => {
				const site = { ...withRemediation(["a".repeat(3000)]), resourceId };
				assert.deepEqual(toChatSite(site).notes, [`For the commands, run mtls-drift scan${scope}`]);
			});
		}
	});

	it("says briefly no more than it must", () => {
		const finding = findingReport({ observed: "o".repeat(1000), explanation: "e".repeat(1000) });
		const site = { ...withRemediation(["az one"], ["Beware.", "Think."]), findings: [finding, finding] };
		const { commands, notes, findings } = toChatSite(site, true);
		assert.deepEqual(commands, []);
		assert.deepEqual(notes, [`For what it means, the commands and 2 warnings, run ${scanOfIt}`]);
		for (const { observed, explanation } of findings) {
			assert.deepEqual([observed, explanation], [`${"o".repeat(97)}…`, ""]);
		}
	});
});

describe("toChatProblem", () => {
	const cases: readonly [ProblemReport["reason"], tone: string, label: string][] = [
		["new", "medium", "policy-invalid"],
		["reminder", "medium", "policy-invalid, still so"],
		["resolved", "over", "policy-invalid, resolved"],
	];
	for (const [reason, tone, label] of cases) {
		it(reason, () => {
			const problem = problemReport({ reason, message: `${"m".repeat(1000)}<!channel>` });
			assert.deepEqual(toChatProblem(problem), { tone, label, message: `${"m".repeat(997)}…` });
		});
	}
});

describe("toChatHeader", () => {
	const report: Report = {
		subscription: { id: subscriptionId, name: "Contoso" },
		scan: {
			id: "scan-1",
			startedAt: "2026-11-23T18:00:00.000Z",
			finishedAt: "2026-11-23T18:00:05.000Z",
			complete: true,
			counts: { sites: 3, inSync: 1, drifted: 2, exempt: 0, unknown: 0, notCovered: 0 },
		},
		sites: [
			siteReport({ findings: [findingReport(), findingReport({ reason: "reminder" }), findingReport()] }),
			siteReport({ findings: [findingReport({ reason: "removed" })] }),
		],
		problems: [problemReport(), problemReport({ reason: "resolved" })],
		part: 1,
		parts: 1,
	};
	const counted = `${subscriptionId}: 3 sites, 2 drifted, 1 in sync`;
	const notified = "Drift: 2 new, 1 still open, 1 gone with their sites. Problems: 1 new, 1 resolved";
	const setUp = { subscription: null, scan: null, sites: [], problems: [problemReport()] };
	const cases: readonly [name: string, Partial<Report>, title: string, lines: readonly string[]][] = [
		["counts what is told", {}, "mtls-drift: Contoso", [notified, counted]],
		["numbers the parts", { part: 2, parts: 3 }, "mtls-drift: Contoso", [notified, counted, "Part 2 of 3"]],
		["tells of the set-up", setUp, "mtls-drift: set-up", ["Problems: 1 new"]],
		[
			"lets no name speak",
			{ subscription: { id: subscriptionId, name: `<!channel>${"n".repeat(300)}` } },
			`mtls-drift: < !channel>${"n".repeat(184)}…`,
			[notified, counted],
		],
	];
	for (const [name, changes, title, lines] of cases) {
		it(name, () => assert.deepEqual(toChatHeader({ ...report, ...changes }), { title, lines }));
	}
});

describe("worstTone", () => {
	const low = siteReport({ findings: [findingReport({ severity: "low" })] });
	const resolved = siteReport({ findings: [findingReport({ reason: "resolved", severity: "critical" })] });
	const cases: readonly [name: string, Pick<Report, "sites" | "problems">, expected: string][] = [
		["nothing", { sites: [], problems: [] }, "over"],
		["what is over is not bad", { sites: [resolved], problems: [problemReport({ reason: "resolved" })] }, "over"],
		["the worst site", { sites: [resolved, low, siteReport()], problems: [] }, "high"],
		["a problem", { sites: [low], problems: [problemReport()] }, "medium"],
	];
	for (const [name, report, expected] of cases) it(name, () => assert.equal(worstTone(report), expected));
});

describe("the pictures of the README", () => {
	it("can be taken, each below 350 KB", async () => {
		const folder = await mkdtemp(path.join(tmpdir(), "mtls-drift-"));
		try {
			await using browser = await openBrowser();
			for (const file of await captureScreenshots(browser, folder)) {
				const { size } = await stat(file);
				assert.ok(size > 10_000 && size < 350_000, `${file} has ${size} bytes`);
			}
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	it("call for a Chromium by name where there is none", () => {
		assert.throws(
			() => findChromium("/nowhere:"),
			/^Error: There is no Chromium on PATH \(chromium, .* apt-get install chromium$/,
		);
	});
});
