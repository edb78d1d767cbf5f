import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Scan } from "../../../src/core/evaluation/scan-result.ts";
import {
	findNotifications,
	type Notifications,
	type ReceiverFilter,
} from "../../../src/core/lifecycle/notification-diff.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import type { Site } from "../../../src/core/model/site.ts";
import {
	beyondSubscriptions,
	composeReport,
	notificationsOfScan,
	type Report,
	reportFacts,
} from "../../../src/core/report/report.ts";
import {
	certificate,
	exemption,
	held,
	hostName,
	judge,
	notReported,
	policy,
	reported,
	site,
	siteId,
	storedFinding,
	subscriptionId,
} from "../../support/builders/site.ts";

const everyone: ReceiverFilter = { minSeverity: "low", scope: "/" };

/** What somebody is told who has not been told of anything. */
function reportScan(
	result: Scan,
	receiver: ReceiverFilter,
	{ findingsPerEntry }: { findingsPerEntry?: number } = {},
): Report {
	const { findings, problems } = notificationsOfScan(result);
	const known = { findings: findings.map(({ finding }) => finding), problems: problems.map(({ problem }) => problem) };
	const notifications = findNotifications(known, { findings: [], problems: [] }, receiver, {
		now: result.finishedAt,
		everyHours: 0,
	});
	const subject = { subscription: result.subscription, scan: reportFacts(result) };
	const portal = "https://portal.azure.com";
	return composeReport(
		subject,
		notifications,
		findingsPerEntry === undefined ? { portal } : { portal, findingsPerEntry },
	);
}
const wanted = policy("default", { httpsOnly: true, clientCertMode: "Optional", customDomainTls: "Bound" });

function scan(sites: readonly Site[], problems: readonly Problem[] = []): Scan {
	return {
		id: "scan-1",
		subscription: { id: subscriptionId, name: "Production" },
		startedAt: new Date("2026-11-23T18:00:00Z"),
		finishedAt: new Date("2026-11-23T18:00:05Z"),
		complete: true,
		listsComplete: true,
		failure: null,
		seen: new Set(sites.map(({ id }) => id.toLowerCase())),
		confirmedDeleted: new Set(),
		requests: 0,
		enforcement: null,
		counts: { sites: sites.length, inSync: 0, drifted: sites.length, exempt: 0, unknown: 0, notCovered: 0 },
		assessments: sites.map((subject) => judge(subject, [wanted])),
		problems,
		unreadPolicies: new Set(),
		certificates: held(),
	};
}

const open = site({ name: "b-open", httpsOnly: reported(false) });
const strict = site({ name: "a-strict" });
const both = site({ name: "c-both", resourceGroup: "rg-other", httpsOnly: reported(false) });
const summary = (report: ReturnType<typeof reportScan>) =>
	report.sites.map(({ name, findings, remediation }) => [
		name,
		findings.map(({ rule }) => rule),
		remediation.bash.length,
	]);

describe("reportScan", () => {
	it("says everything of a finding", () => {
		const { sites, ...rest } = reportScan(scan([strict]), everyone);
		assert.deepEqual(rest, {
			subscription: { id: subscriptionId, name: "Production" },
			scan: {
				id: "scan-1",
				startedAt: "2026-11-23T18:00:00.000Z",
				finishedAt: "2026-11-23T18:00:05.000Z",
				complete: true,
				counts: { sites: 1, inSync: 0, drifted: 1, exempt: 0, unknown: 0, notCovered: 0 },
			},
			problems: [],
			part: 1,
			parts: 1,
		});
		const where = `--subscription ${subscriptionId} --resource-group rg-app --name a-strict`;
		assert.deepEqual(sites, [
			{
				resourceId: siteId("rg-app", "a-strict"),
				name: "a-strict",
				slot: null,
				resourceGroup: "rg-app",
				kind: "webapp",
				portalUrl: `https://portal.azure.com/#resource${siteId("rg-app", "a-strict")}`,
				findings: [
					{
						rule: "client-cert-mode",
						target: null,
						reason: "new",
						severity: "medium",
						desired: "Optional",
						observed: "Required",
						explanation: "Every request needs a client certificate: callers without one are turned away with 403.",
						policy: "default",
						firstSeen: "2026-11-23T18:00:00.000Z",
						exemption: null,
						learnMore: "https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth",
					},
				],
				remediation: {
					bash: [`az webapp update ${where} --set clientCertEnabled=true clientCertMode=Optional`],
					powershell: [`az webapp update ${where} --set clientCertEnabled=true clientCertMode=Optional`],
					warnings: [],
				},
				rollback: {
					bash: [`az webapp update ${where} --set clientCertEnabled=true clientCertMode=Required`],
					powershell: [`az webapp update ${where} --set clientCertEnabled=true clientCertMode=Required`],
					warnings: [
						"Once certificates are Required, callers without one get 403: see to it that all of them send one first.",
					],
				},
			},
		]);
	});

	it("warns of each entry as if the others were done", () => {
		const issues = site({
			httpsOnly: reported(false),
			clientCertMode: reported("Ignore"),
			clientCertExclusionPaths: reported(["/admin", "/health"]),
			http20Enabled: reported(true),
			minTlsVersion: reported("1.0"),
		});
		const all = policy("all", {
			...{ httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: ["/health"] },
			...{ http20Enabled: false, minTlsVersion: "1.2" },
		});
		const result = { ...scan([issues]), assessments: [judge(issues, [all])] };
		const notified = (findingsPerEntry: number) =>
			reportScan(result, everyone, { findingsPerEntry }).sites.map(({ remediation }) =>
				remediation.warnings.join("\n"),
			);
		const entries = notified(1);
		assert.equal(entries.length, 5);
		assert.doesNotMatch(entries.join("\n"), /renegotiation/);
		assert.equal(entries.filter((text) => /Required, .* 403 \(but for \/health\)/.test(text)).length, 1);
		assert.equal(entries.filter((text) => /^Callers of \/admin without .* 403 once that path/.test(text)).length, 1);
		assert.match(notified(9)[0] ?? "", /403 \(but for \/health\)/);
	});

	it("takes back what each finding saw, also where one could not be judged again", () => {
		const paths = (mode: "Required" | "Optional", exclusionPaths: string) => ({ verbatim: { mode, exclusionPaths } });
		const open = { name: "torn", httpsOnly: reported(false), clientCertMode: reported("Ignore" as const) };
		const excluding = { clientCertExclusionPaths: reported(["/old"]) };
		const before = site({ ...open, ...excluding, ...paths("Required", "/Old") });
		const later = site({ ...open, ...excluding, ...paths("Optional", "/OLD") });
		const wanted = policy("all", { httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: [] });
		const [old, fresh] = [before, later].map(
			(one) => notificationsOfScan({ ...scan([one]), assessments: [judge(one, [wanted])] }).findings,
		);
		const some = (findings: typeof old, ...rules: string[]) =>
			findings?.filter(({ finding }) => rules.includes(finding.rule)) ?? [];
		const notified = (findings: NonNullable<typeof old>) =>
			composeReport(
				{ subscription: null, scan: null },
				{ findings, problems: [] },
				{ portal: "https://portal.azure.com" },
			).sites[0]?.rollback.bash[0];
		assert.match(
			notified([...some(old, "https-only", "client-cert-exclusion-paths"), ...some(fresh, "client-cert-mode")]) ?? "",
			/httpsOnly=false clientCertEnabled=false clientCertMode=Optional clientCertExclusionPaths=\/Old$/,
		);
		assert.match(
			notified([...some(fresh, "https-only", "client-cert-exclusion-paths"), ...some(old, "client-cert-mode")]) ?? "",
			/httpsOnly=false clientCertEnabled=false clientCertMode=Required clientCertExclusionPaths=\/OLD$/,
		);
	});

	it("names production where there are slots beside a site, and not beside one whose name only begins so", () => {
		const slotted = site({ name: "web", httpsOnly: reported(false) });
		const others = [
			site({ name: "web", slot: "staging" }),
			site({ name: "api", httpsOnly: reported(false) }),
			site({ name: "api1" }),
		];
		const { sites } = reportScan(scan([slotted, ...others]), everyone);
		const named = sites.filter(({ remediation }) =>
			remediation.warnings.some((text) => /^This changes production/.test(text)),
		);
		assert.deepEqual(
			named.map(({ name, slot }) => [name, slot]),
			[["web", null]],
		);
	});

	it("keeps what is of the site as such in one entry, whatever is worse on its host names", () => {
		const hosts = Array.from({ length: 6 }, (_, index) => hostName(`h${index}.contoso.com`, "Disabled"));
		const many = site({
			httpsOnly: reported(false),
			clientCertMode: reported("OptionalInteractiveUser"),
			customHostNames: reported(hosts),
		});
		const { sites } = reportScan(scan([many]), everyone, { findingsPerEntry: 3 });
		const updates = sites.flatMap(({ remediation }) => remediation.bash.filter((line) => line.includes("--set")));
		assert.deepEqual(
			updates.map((line) => line.replace(/.*--set /, "")),
			["httpsOnly=true clientCertEnabled=true clientCertMode=Optional"],
		);
		assert.equal(sites.flatMap(({ findings }) => findings).length, 8);
	});

	it("puts the worst site first, and sites that are equally bad in the order of their IDs", () => {
		const report = reportScan(scan([both, strict, open]), everyone);
		assert.deepEqual(
			report.sites.map(({ name }) => name),
			["b-open", "c-both", "a-strict"],
		);
	});

	it("says the same in whatever order the sites came, with sites between them that have nothing to list", () => {
		const silent = site({
			name: "d-silent",
			httpsOnly: notReported("ARM did not report httpsOnly"),
			clientCertMode: reported("Optional"),
		});
		const sites = [silent, strict, both, open, site({ name: "e-strict" }), site({ ...silent, name: "f-silent" })];
		const expected = reportScan(scan(sites), everyone).sites.map(({ name }) => name);
		assert.deepEqual(expected, ["b-open", "c-both", "a-strict", "e-strict"]);
		fc.assert(
			fc.property(fc.shuffledSubarray(sites, { minLength: sites.length }), (shuffled) => {
				assert.deepEqual(
					reportScan(scan(shuffled), everyone).sites.map(({ name }) => name),
					expected,
				);
			}),
		);
	});

	it("leaves out what is less severe than asked for, and its commands", () => {
		const report = reportScan(scan([both, strict]), { ...everyone, minSeverity: "high" });
		assert.deepEqual(summary(report), [["c-both", ["https-only"], 1]]);
		assert.doesNotMatch(report.sites[0]?.remediation.bash.join() ?? "", /clientCert/);
	});

	it("leaves out what lies outside the scope, and keeps the problems at, above and below it", () => {
		const subscription = `/subscriptions/${subscriptionId}`;
		const problems = [
			siteId("rg-other", "lost"),
			siteId("rg-app", "lost"),
			subscription,
			"DriftPolicy/default/httpsOnly",
		].map((scope): Problem => ({ code: "site-unreadable", scope, message: "" }));
		const report = reportScan(scan([both, open], problems), {
			...everyone,
			scope: `${subscription}/resourceGroups/RG-OTHER`,
		});
		assert.deepEqual(summary(report), [["c-both", ["https-only", "client-cert-mode"], 1]]);
		assert.deepEqual(
			report.problems.map(({ scope }) => scope),
			[subscription, siteId("rg-other", "lost"), "DriftPolicy/default/httpsOnly"],
		);
	});

	it("cuts a text that nobody would read to its end", () => {
		const many = Array.from({ length: 5000 }, (_, index) => `/path-${index}`);
		const subject = site({ clientCertExclusionPaths: reported(many) });
		const wantsNone = policy("none", { clientCertExclusionPaths: [] });
		const problem: Problem = { code: "site-unreadable", scope: siteId("rg-app", "lost"), message: "x".repeat(10_000) };
		const result = { ...scan([subject], [problem]), assessments: [judge(subject, [wantsNone])] };
		const { sites, problems } = reportScan(result, everyone);
		assert.match(sites[0]?.findings[0]?.observed ?? "", /^\/path-0;\/path-1;.{3000,4000}… \(5000 paths\)$/);
		assert.match(sites[0]?.findings[0]?.explanation ?? "", /\/path-4 or 4995 more\.$/);
		assert.equal(problems[0]?.message.length, 4001);
	});

	it("keeps the findings of one host name together, and binds no name that it deletes", () => {
		const names = Array.from({ length: 5 }, (_, index) => hostName(`w${index}.contoso.com`, "Disabled"));
		const subject = site({ customHostNames: reported(names) });
		const rows = [
			policy("all", { customDomainTls: "Bound" }),
			policy("site", { domainBindings: [] }, { scope: subject.id }),
		];
		const judged = judge(subject, rows);
		const result: Scan = { ...scan([]), assessments: [judged], certificates: held(certificate("wildcard")) };
		for (const [minSeverity, listed] of [
			["low", [4, 4, 2]],
			["high", [5]],
		] as const) {
			const { sites } = reportScan(result, { ...everyone, minSeverity }, { findingsPerEntry: 5 });
			assert.deepEqual(
				sites.map(({ findings }) => findings.length),
				listed,
			);
			const commands = sites.flatMap(({ remediation }) => remediation.bash);
			assert.deepEqual(
				commands.map((command) => command.split(" ").slice(3, 5).join(" ")),
				names.map(() => "hostname delete"),
			);
		}
	});

	it("gives a command to a finding that is listed without the one that it comes from", () => {
		const subject = site({ clientCertMode: reported("OptionalInteractiveUser"), http20Enabled: reported(true) });
		const judged = judge(subject, [policy("optional", { clientCertMode: "Optional" })]);
		const result = { ...scan([]), assessments: [judged] };
		const [entry] = reportScan(result, { ...everyone, minSeverity: "high" }).sites;
		assert.deepEqual(
			entry?.findings.map(({ rule }) => rule),
			["tls-renegotiation"],
		);
		assert.match(
			entry?.remediation.bash.join("\n") ?? "",
			/^az webapp update .* --set clientCertEnabled=true clientCertMode=Optional$/,
		);
	});

	it("marks what is exempt, lists it last, and gives no command for it", () => {
		const end = new Date("2036-01-01");
		const legacy = exemption({ expiresOn: end });
		const exemptSite = site({ name: "a-exempt", httpsOnly: reported(false), clientCertMode: reported("Optional") });
		const assessments = [exemptSite, both].map((subject) => judge(subject, [wanted], { exemptions: [legacy] }));
		const report = reportScan({ ...scan([]), assessments }, everyone);
		assert.deepEqual(
			report.sites.map(({ name, findings }) => [name, findings.map(({ rule, reason }) => `${rule} ${reason}`)]),
			[
				["c-both", ["client-cert-mode new", "https-only exempted"]],
				["a-exempt", ["https-only exempted"]],
			],
		);
		assert.deepEqual(report.sites[0]?.findings[1]?.exemption, {
			name: "legacy",
			category: "waiver",
			reason: "old devices",
			owner: "pay team",
			expiresOn: end.toISOString(),
		});
		assert.doesNotMatch(report.sites.flatMap(({ remediation }) => remediation.bash).join("\n"), /httpsOnly/);
	});

	it("cuts a site with very many findings into entries whose commands mend just what they list", () => {
		const names = Array.from({ length: 5 }, (_, index) => hostName(`w${index}.contoso.com`, "Disabled"));
		const certificate = {
			thumbprint: "E".repeat(40),
			hostNames: ["*.contoso.com"],
			validFrom: null,
			planId: null,
			expiresAt: new Date("2027-01-01"),
			resourceGroup: "rg-app",
			location: "West Europe",
		};
		const subject = site({ clientCertMode: reported("Optional"), customHostNames: reported(names) });
		const result: Scan = { ...scan([subject]), certificates: held(certificate) };
		const { sites } = reportScan(result, everyone, { findingsPerEntry: 2 });
		assert.deepEqual(
			sites.map(({ findings, remediation }) => [findings.length, remediation.bash.length]),
			[
				[2, 2],
				[2, 2],
				[1, 1],
			],
		);
		for (const { findings, remediation } of sites) {
			for (const [index, { target }] of findings.entries())
				assert.ok(remediation.bash[index]?.includes(`--hostname ${target} `));
		}
	});
});

describe("notificationsOfScan", () => {
	it("tells each finding as new, or as accepted", () => {
		const assessments = [
			judge(open, [policy("default", { httpsOnly: true })]),
			judge(both, [policy("default", { httpsOnly: true })], { exemptions: [exemption()] }),
		];
		const { findings } = notificationsOfScan({ ...scan([]), assessments });
		assert.deepEqual(
			findings.map(({ reason, finding }) => [finding.site.name, reason]),
			[
				["b-open", "new"],
				["c-both", "exempted"],
			],
		);
	});

	it("tells each problem as new, from the scan's start on", () => {
		const problem = { code: "policy-invalid", scope: "DriftPolicy/a", message: "It cannot be read." } as const;
		const { startedAt } = scan([]);
		assert.deepEqual(notificationsOfScan(scan([], [problem])).problems, [
			{ reason: "new", problem: { ...problem, firstSeen: startedAt, status: "open", endedAt: null } },
		]);
	});
});

describe("composeReport", () => {
	const firstSeen = new Date("2026-11-20T00:00:00Z");
	const portal = "https://portal.azure.com";
	const notify = (notifications: Partial<Notifications>) =>
		composeReport(beyondSubscriptions, { findings: [], problems: [], ...notifications }, { portal });

	it("is about no subscription where it is about what is beyond them", () => {
		assert.deepEqual(notify({}), { subscription: null, scan: null, sites: [], problems: [], part: 1, parts: 1 });
	});

	const ends: Record<string, { status: "open" | "resolved" | "removed"; observed: string; explanation: RegExp }> = {
		"what is open as it was explained": { status: "open", observed: "false", explanation: /http/ },
		"what is over as it was last observed": {
			status: "resolved",
			observed: "false",
			explanation: /^It is in sync again, or no longer governed\. Last observed as drift: false\.$/,
		},
		"what is gone as absent": {
			status: "removed",
			observed: "absent",
			explanation: /^The site is gone: Azure Resource Manager answers 404 for it\.$/,
		},
	};
	for (const [name, { status, observed, explanation }] of Object.entries(ends)) {
		it(`tells ${name}`, () => {
			const ended = status === "open" ? { status } : { status, endedAt: firstSeen };
			const { sites } = notify({ findings: [{ reason: "new", finding: storedFinding("app", ended) }] });
			assert.equal(sites[0]?.findings[0]?.observed, observed);
			assert.match(sites[0]?.findings[0]?.explanation ?? "", explanation);
		});
	}

	it("lists the problems that are open first, what hides most before the rest, by their scopes without case", () => {
		const problem = (code: Problem["code"], scope: string, status: "open" | "resolved" = "open") => ({
			reason: status === "open" ? ("new" as const) : ("resolved" as const),
			problem: { code, scope, message: "", firstSeen, status, endedAt: null },
		});
		const { problems } = notify({
			problems: [
				problem("subscription-unreadable", "over", "resolved"),
				problem("policy-invalid", "B"),
				problem("policy-invalid", "ab"),
				problem("policy-invalid", "a_"),
				problem("policy-invalid", "A"),
				problem("site-unreadable", "z"),
			],
		});
		assert.deepEqual(
			problems.map(({ scope }) => scope),
			["z", "A", "a_", "ab", "B", "over"],
		);
	});

	it("takes the spellings of a site's ID for one site", () => {
		const finding = storedFinding("app_");
		const other = { ...finding, rule: "http20", site: { ...finding.site, id: finding.site.id.toUpperCase() } };
		const { sites } = notify({ findings: [finding, other].map((one) => ({ reason: "new" as const, finding: one })) });
		assert.deepEqual(
			sites.map(({ findings }) => findings.length),
			[2],
		);
	});
});
