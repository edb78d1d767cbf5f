import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Scan } from "../../../src/core/evaluation/scan-result.ts";
import { reconcile as reconcileAll } from "../../../src/core/lifecycle/reconcile.ts";
import type { Exemption } from "../../../src/core/model/exemption.ts";
import {
	identityOfFinding,
	type StoredExemption,
	type StoredFinding,
	type StoredProblem,
} from "../../../src/core/model/finding.ts";
import type { Policy } from "../../../src/core/model/policy.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { writeFindingRow } from "../../../src/storage/finding-row.ts";
import {
	exemption,
	held,
	hostName,
	judge,
	notReported,
	policy,
	reported,
	site,
	siteId,
	subscriptionId,
} from "../../support/builders/site.ts";

const wanted = policy("default", { httpsOnly: true, customDomainTls: "Bound" });
const first = new Date("2026-11-01T00:00:00Z");
const now = new Date("2026-11-23T18:00:00Z");

/** What a scan says that saw these sites; `changes` for what it could not see. */
function scan(sites: readonly Site[], changes: Partial<Scan> = {}, policies: readonly Policy[] = [wanted]): Scan {
	return {
		id: "scan-1",
		subscription: { id: subscriptionId, name: "Production" },
		startedAt: now,
		finishedAt: now,
		complete: true,
		listsComplete: true,
		failure: null,
		seen: new Set(sites.map(({ id }) => id.toLowerCase())),
		confirmedDeleted: new Set(),
		enforcement: null,
		counts: { sites: sites.length, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 },
		assessments: sites
			.map((subject) => judge(subject, policies))
			.filter(({ findings, unknowns }) => findings.length + unknowns.length > 0),
		problems: [],
		unreadPolicies: new Set(),
		certificates: held(),
		requests: 0,
		...changes,
	};
}

/** An exemption as it is remembered. */
function known({ name, category, reason, owner, expiresOn }: Exemption): StoredExemption {
	return { name, category, reason, owner, expiresOn };
}

/** What is written of findings. */
function reconcile(findings: readonly StoredFinding[], result: Scan) {
	const reconciled = reconcileAll({ findings, problems: [] }, result).findings;
	const those = (status: StoredFinding["status"]) => reconciled.filter((finding) => finding.status === status);
	assert.deepEqual(
		reconciled.filter(({ status }) => !["open", "resolved", "removed"].includes(status)),
		[],
	);
	return { open: those("open"), resolved: those("resolved"), removed: those("removed") };
}

const open = site({ httpsOnly: reported(false) });
const [remembered] = reconcile([], scan([open], { startedAt: first })).open as [StoredFinding];

const names = (findings: readonly StoredFinding[]) =>
	findings.map(({ rule, target }) => (target ? `${rule} ${target}` : rule));

describe("settle", () => {
	it("opens what is new, since the start of the scan", () => {
		const [finding, ...others] = reconcile([], scan([open])).open;
		assert.deepEqual(others, []);
		assert.equal(finding?.site.id, siteId("rg-app", "app"));
		const { site: _, explanation: __, learnMore: ___, ...facts } = finding;
		assert.deepEqual(facts, {
			rule: "https-only",
			target: null,
			severity: "high",
			desired: "true",
			observed: "false",
			policy: "default",
			fingerprint: "false",
			exemption: null,
			fix: {
				properties: { httpsOnly: true },
				config: {},
				addedHostNames: [],
				bindings: [],
				unbindings: [],
				deletedHostNames: [],
				tags: null,
				manualSteps: [],
			},
			firstSeen: now,
			status: "open",
			endedAt: null,
		});
	});

	it("leaves what is as it was, and knows since when", () => {
		const { open: opened, resolved, removed } = reconcile([remembered], scan([open]));
		assert.deepEqual([opened, resolved, removed], [[], [], []]);
	});

	it("writes anew what is to be brought back in another spelling", () => {
		const spelled = (exclusionPaths: string) =>
			site({ httpsOnly: reported(false), verbatim: { mode: "Required", exclusionPaths } });
		const known = reconcile([], scan([spelled("/Health")])).open;
		assert.deepEqual(reconcile(known, scan([spelled("/Health")])).open, []);
		assert.equal(reconcile(known, scan([spelled("/HEALTH")])).open.length, 1);
	});

	it("keeps within a cell of a table what people are advised, however many policies it names", () => {
		const issues = site({
			clientCertExclusionPaths: reported(["/a"]),
			http20Enabled: reported(true),
			minTlsVersion: reported("1.3"),
		});
		const others = Array.from({ length: 60 }, (_, index) =>
			policy(`${"x".repeat(500)}${index}`, {
				http20Enabled: index % 2 === 0,
				minTlsVersion: index % 2 === 0 ? "1.2" : "1.3",
			}),
		);
		const wanted = policy("mode", { clientCertMode: "Required" });
		const { open: found } = reconcile([], scan([issues], {}, [wanted, ...others]));
		assert.deepEqual(names(found), ["tls-renegotiation"]);
		for (const finding of found) assert.ok(String(writeFindingRow(finding).details).length < 20_000);
	});

	it("knows a finding again however ARM spells its site and host name", () => {
		const domains = (name: string) => ({ customHostNames: reported([hostName(name, "Disabled")]) });
		const known = reconcile([], scan([site(domains("www.contoso.com"))])).open;
		const shouting = { ...site(domains("WWW.contoso.com")), id: siteId("RG-APP", "App") };
		assert.deepEqual(reconcile(known, scan([shouting])).open, []);
	});

	const changes: Record<string, Policy> = {
		"another severity": policy("default", { httpsOnly: true, clientCertMode: "Required" }),
		"another policy": policy("other", { httpsOnly: true }),
	};
	for (const [name, changed] of Object.entries(changes)) {
		it(`writes ${name}, and keeps since when`, () => {
			const [finding, ...others] = reconcile([remembered], scan([open], {}, [changed])).open;
			assert.deepEqual(others, []);
			assert.equal(finding?.firstSeen, first);
		});
	}

	it("resolves what is in sync, or no longer governed", () => {
		assert.deepEqual(names(reconcile([remembered], scan([site()])).resolved), ["https-only"]);
		assert.deepEqual(names(reconcile([remembered], scan([open], {}, [])).resolved), ["https-only"]);
	});

	it("resolves the finding of a host name that is gone", () => {
		const two = site({ customHostNames: reported(["a.com", "b.com"].map((name) => hostName(name, "Disabled"))) });
		const known = reconcile([], scan([two])).open;
		const one = site({ customHostNames: reported([hostName("a.com", "Disabled")]) });
		assert.deepEqual(names(reconcile(known, scan([one])).resolved), ["custom-domain-tls b.com"]);
	});

	it("removes what ARM answers 404 for, and nothing that is only not listed", () => {
		const unseen = { seen: new Set<string>() };
		assert.deepEqual(reconcile([remembered], scan([], unseen)).removed, []);
		const gone = reconcile([remembered], scan([], { ...unseen, confirmedDeleted: new Set([open.id.toLowerCase()]) }));
		assert.deepEqual([names(gone.removed), gone.resolved], [["https-only"], []]);
	});

	const inconclusive: Record<string, Scan> = {
		"ARM did not tell the setting": scan([site({ httpsOnly: notReported("not told") })]),
		"two policies disagree": scan([site()], {}, [wanted, policy("also", { httpsOnly: false })]),
		"a list broke off": scan([site()], { listsComplete: false, complete: false }),
		"the site was not read": scan([], { complete: false }),
		"a list broke off, and ARM answers 404": scan([], {
			listsComplete: false,
			confirmedDeleted: new Set([open.id.toLowerCase()]),
		}),
	};
	for (const [name, result] of Object.entries(inconclusive)) {
		it(`resolves and removes nothing where ${name}`, () => {
			const { open: opened, resolved, removed } = reconcile([remembered], result);
			assert.deepEqual([opened, resolved, removed], [[], [], []]);
		});
	}

	it("resolves no host name where none could be told", () => {
		const known = reconcile([], scan([site({ customHostNames: reported([hostName("a.com", "Disabled")]) })])).open;
		const { resolved } = reconcile(known, scan([site({ customHostNames: notReported("not told") })]));
		assert.deepEqual(resolved, []);
	});

	it("changes nothing the second time, whatever was found", () => {
		const sites = fc.uniqueArray(
			fc.record({ name: fc.constantFrom("a", "b", "c", "d"), https: fc.boolean(), host: fc.boolean() }),
			{ selector: ({ name }) => name },
		);
		fc.assert(
			fc.property(sites, sites, (before, after) => {
				const toScan = (facts: typeof before) =>
					scan(
						facts.map(({ name, https, host }) =>
							site({
								name,
								httpsOnly: reported(https),
								customHostNames: reported(host ? [hostName(`${name}.com`, "Disabled")] : []),
							}),
						),
					);
				const known = reconcile([], toScan(before)).open;
				const { open: opened, resolved, removed } = reconcile(known, toScan(after));
				const changed = new Set([...opened, ...resolved, ...removed].map(identityOfFinding));
				const left = [...known.filter((finding) => !changed.has(identityOfFinding(finding))), ...opened];
				const again = reconcile(left, toScan(after));
				assert.deepEqual([again.open, again.resolved, again.removed], [[], [], []]);
			}),
		);
	});

	it("resolves nothing that a policy asked for whose row cannot be read", () => {
		const unread = { unreadPolicies: new Set(["default"]) };
		assert.deepEqual(reconcile([remembered], scan([site()], unread, [])).resolved, []);
		assert.deepEqual(names(reconcile([remembered], scan([site()], { unreadPolicies: new Set(["other"]) })).resolved), [
			"https-only",
		]);
	});

	it("writes anew what can be told of it better, though nobody is told", () => {
		const [finding] = reconcile([remembered], scan([{ ...open, tier: "Basic" }])).open;
		assert.deepEqual([finding?.site.tier, finding?.firstSeen], ["Basic", first]);
	});
});

describe("settle, of problems", () => {
	const problem = (code: Problem["code"], scope = "/"): Problem => ({ code, scope, message: `${code} at ${scope}` });
	const unread = problem("site-unreadable", siteId("rg-app", "app"));
	const conflict = problem("policy-conflict", "DriftPolicy/a/httpsOnly");
	const known = (...problems: Problem[]) =>
		reconcileAll({ findings: [], problems: [] }, scan([], { problems, startedAt: first })).problems;
	const reconciled = (before: readonly StoredProblem[], result: Scan) =>
		reconcileAll({ findings: [], problems: before }, result).problems.map(({ code, status }) => `${code} ${status}`);

	it("knows since when", () => {
		const [before] = known(unread);
		assert.deepEqual(before, { ...unread, firstSeen: first, status: "open", endedAt: null });
		const [after, ...others] = reconcileAll(
			{ findings: [], problems: known(unread) },
			scan([], { problems: [{ ...unread, message: "Other words." }] }),
		).problems;
		assert.deepEqual([after?.firstSeen, after?.message, others], [first, "Other words.", []]);
	});

	it("writes nothing of what is as it was, however its scope is spelled", () => {
		const shouting = { ...unread, scope: unread.scope.toUpperCase() };
		assert.deepEqual(reconciled(known(unread), scan([], { problems: [shouting] })), []);
		assert.deepEqual(reconciled(known(unread), scan([], { problems: [unread] })), []);
	});

	it("ends what was not seen again by a scan that came to its end", () =>
		assert.deepEqual(reconciled(known(unread, conflict, problem("scan-failed")), scan([])), [
			"site-unreadable resolved",
			"policy-conflict resolved",
			"scan-failed resolved",
		]));

	it("ends nothing where a list broke off", () =>
		assert.deepEqual(reconciled(known(unread, conflict), scan([], { listsComplete: false, complete: false })), []));

	it("ends no conflict while a site is unread, which may be the one", () =>
		assert.deepEqual(reconciled(known(unread, conflict), scan([], { complete: false })), ["site-unreadable resolved"]));
});

describe("what is other than before", () => {
	const accepted = exemption();
	const { fix } = remembered;
	/** Of what is accepted. */
	const nothing = { ...fix, properties: {} };
	const cases: Record<string, { before: Partial<StoredFinding>; accepted?: Exemption; isOther: boolean }> = {
		nothing: { before: {}, isOther: false },
		"a date of the same moment": {
			before: { exemption: known(exemption()), fix: nothing },
			accepted,
			isOther: false,
		},
		"an exemption that holds longer": {
			before: {
				exemption: known(exemption({ expiresOn: new Date("2026-11-24T00:00:00Z") })),
				fix: nothing,
			},
			accepted,
			isOther: true,
		},
		"an exemption that was not there": { before: { fix: nothing }, accepted, isOther: true },
		"an exemption that is there no more": { before: { exemption: known(accepted) }, isOther: true },
		"one thing more to change before": {
			before: { fix: { ...fix, properties: { httpsOnly: true, clientCertEnabled: true } } },
			isOther: true,
		},
		"one thing fewer to change before": { before: { fix: { ...fix, properties: {} } }, isOther: true },
		"another severity": { before: { severity: "low" }, isOther: true },
		"another policy": { before: { policy: "other" }, isOther: true },
		"the site's ID in another case": {
			before: { site: { ...remembered.site, id: remembered.site.id.toUpperCase() } },
			isOther: false,
		},
		"what ARM holds in another case": {
			before: { site: { ...remembered.site, verbatim: { mode: "Required", exclusionPaths: "/A" } } },
			isOther: true,
		},
	};
	for (const [name, { before, accepted: exempting, isOther }] of Object.entries(cases)) {
		it(name, () => {
			const exemptions = exempting === undefined ? [] : [exempting];
			const assessments = [judge(open, [wanted], { exemptions })];
			const { open: written } = reconcile([{ ...remembered, ...before }], scan([open], { assessments }));
			assert.equal(written.length, Number(isOther));
		});
	}
});

describe("the problems of one scope", () => {
	it("become one, in so many sentences", () => {
		const problem = { code: "policy-invalid", scope: "DriftPolicy/a" } as const;
		const problems = ["It is long.", "It is old."].map((message) => ({ ...problem, message }));
		const reconciled = reconcileAll({ findings: [], problems: [] }, scan([], { problems }));
		assert.deepEqual(
			reconciled.problems.map(({ message }) => message),
			["It is long. It is old."],
		);
	});
});
