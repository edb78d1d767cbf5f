import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Assessment, needsOf } from "../../../src/core/evaluation/evaluate.ts";
import type { Rule } from "../../../src/core/evaluation/rule.ts";
import type { Policy, Settings } from "../../../src/core/model/policy.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { planProbe } from "../../../src/core/probe/plan.ts";
import type { ProbeReading } from "../../../src/core/probe/reading.ts";
import { rules } from "../../../src/core/rules/index.ts";
import { applyChanges } from "../../support/builders/apply-change.ts";
import { certificatesFor, policies, reportedSite, settings } from "../../support/builders/arbitraries.ts";
import {
	certificate,
	held,
	hostName,
	judge,
	notReported,
	now,
	policy,
	reported,
	site,
} from "../../support/builders/site.ts";
import { probeModel } from "../../support/front-end/probe-model.ts";
import { scaleRuns } from "../../support/fuzz.ts";

/** What a policy wants and no site can be: what it wants of another setting rules it out. */
function rulesThatCannotBeMet({ minTlsVersion, http20Enabled, customDomainTls, domainBindings }: Partial<Settings>) {
	const kinds = new Set([customDomainTls, ...(domainBindings ?? []).map(({ sslState }) => sslState)]);
	const disagree = customDomainTls !== undefined && kinds.has("SniEnabled") && kinds.has("IpBasedEnabled");
	return [
		...(minTlsVersion === "1.3" || http20Enabled ? ["tls-renegotiation"] : []),
		...(disagree ? ["custom-domain-tls", "domain-bindings", "certificate-expiry"] : []),
	];
}

describe("evaluate", () => {
	const all = policy("all", {
		httpsOnly: true,
		clientCertMode: "Required",
		clientCertExclusionPaths: [],
		customDomainTls: "Bound",
	});
	const notReportedBy = notReported("ARM did not report it");

	const statuses: Record<string, [Site, Assessment["status"]]> = {
		"in sync": [site(), "in-sync"],
		drifted: [site({ httpsOnly: reported(false) }), "drifted"],
		unknown: [site({ httpsOnly: notReportedBy }), "unknown"],
		"drifted before unknown": [site({ httpsOnly: notReportedBy, clientCertMode: reported("Ignore") }), "drifted"],
	};
	for (const [name, [subject, status]] of Object.entries(statuses)) {
		it(`counts a site as ${name}`, () => assert.equal(judge(subject, [all]).status, status));
	}

	it("counts a site as not covered when nothing of it is governed", () => {
		const any = { ...policy("any", {}), settings: { httpsOnly: { is: "any" } } } as const;
		assert.equal(judge(site(), []).status, "not-covered");
		assert.equal(judge(site(), [policy("empty", {})]).status, "not-covered");
		assert.equal(judge(site(), [any]).status, "not-covered");
	});

	it("lists what is worst first, in the order of the rules where equally bad", () => {
		const open = site({
			httpsOnly: reported(false),
			clientCertMode: reported("Ignore"),
			clientCertExclusionPaths: reported(["/api"]),
		});
		const { findings } = judge(open, [all]);
		assert.deepEqual(
			findings.map(({ severity, rule, policy: by }) => [severity, rule, by]),
			[
				["critical", "https-only", "all"],
				["critical", "client-cert-mode", "all"],
				["high", "client-cert-exclusion-paths", "all"],
			],
		);
	});

	it("takes a rule that throws for unknown, and judges by the others", () => {
		const broken: Rule = {
			...(rules[0] as Rule),
			id: "broken",
			check() {
				throw new Error("out of order");
			},
		};
		const { status, unknowns, findings } = judge(site({ httpsOnly: reported(false) }), [all], {
			rules: [broken, ...rules],
		});
		assert.equal(status, "drifted");
		assert.deepEqual(
			findings.map(({ rule }) => rule),
			["https-only"],
		);
		assert.deepEqual(
			unknowns.map(({ rule, reason }) => [rule, reason]),
			[["broken", "the rule itself failed: Error: out of order"]],
		);
	});

	it("reads all there is of a site rather than trip over a rule that cannot say whether it needs it", () => {
		const broken: Rule = {
			...(rules[0] as Rule),
			needs() {
				throw new Error("out of order");
			},
		};
		assert.deepEqual([...needsOf(site(), indexPolicies([all])(site()), [broken])], ["config", "certificates"]);
		assert.deepEqual([...needsOf(site(), indexPolicies([])(site()), [broken])], []);
		const byProbing = { ...broken, verifies: ["https-only"] };
		const verified = policy("all", { httpsOnly: true, verify: true });
		const needs = (wanted: typeof all) => [...needsOf(site(), indexPolicies([wanted])(site()), [byProbing])];
		assert.deepEqual(needs(verified), ["config", "certificates", "probe"]);
		assert.deepEqual(needs(all), []);
	});

	it("finds each drift closed by its remedy, whatever site and policy", () => {
		fc.assert(
			fc.property(reportedSite, settings, (subject, wanted) => {
				// At the site itself, so that it may list host names.
				const desired = [policy("wanted", wanted, { scope: subject.id })];
				const certificates = certificatesFor(subject);
				const fixSite = (site: Site) => {
					const changes = judge(site, desired, { certificates }).findings.flatMap(({ remedy }) => remedy);
					return applyChanges(site, changes, certificates, now);
				};
				const { findings, unknowns } = judge(fixSite(subject), desired, { certificates });
				const incompatiblePairs = rulesThatCannotBeMet(wanted);
				assert.deepEqual(
					findings.filter(({ rule }) => !incompatiblePairs.includes(rule)),
					[],
				);
				assert.deepEqual(unknowns, []);
			}),
			{ numRuns: scaleRuns(500) },
		);
	});

	it("never takes what ARM did not report for in sync", () => {
		const ruleOf = {
			httpsOnly: "https-only",
			clientCertMode: "client-cert-mode",
			clientCertExclusionPaths: "client-cert-exclusion-paths",
			customHostNames: "custom-domain-tls",
			minTlsVersion: "min-tls-version",
			http20Enabled: "http20",
		};
		const others = policy("all", { minTlsVersion: "1.2", http20Enabled: false });
		const wanted = { ...all, settings: { ...all.settings, ...others.settings } };
		fc.assert(
			fc.property(fc.subarray(Object.entries(ruleOf), { minLength: 1 }), (hidden) => {
				const secret = Object.fromEntries(hidden.map(([property]) => [property, notReportedBy]));
				const { status, unknowns } = judge(site(secret), [wanted]);
				assert.equal(status, "unknown");
				const notified = new Set(unknowns.map(({ rule }) => rule));
				for (const [, rule] of hidden) assert.ok(notified.has(rule), rule);
			}),
		);
	});

	it("says the same in whatever order the policies come", () => {
		const shuffled = policies.chain((rows) =>
			fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
		);
		fc.assert(
			fc.property(reportedSite, shuffled, (subject, [rows, others]) => {
				assert.deepEqual(judge(subject, others), judge(subject, rows));
			}),
		);
	});
});

describe("needsOf", () => {
	const unread = notReported("not in the list");
	const readConfig: Partial<Site> = { minTlsVersion: reported("1.2"), http20Enabled: reported(false) };
	const unreadConfig: Partial<Site> = { minTlsVersion: unread, http20Enabled: unread };
	const ignores: Partial<Site> = { clientCertMode: reported("Ignore") };
	const excluding: Partial<Site> = { clientCertExclusionPaths: reported(["/a"]) };
	const interactive: Partial<Site> = { clientCertMode: reported("OptionalInteractiveUser") };
	const bound: Partial<Site> = { customHostNames: reported([hostName("www.contoso.com", "SniEnabled", "A")]) };
	const unbound: Partial<Site> = { customHostNames: reported([hostName("www.contoso.com", "Disabled")]) };
	const cases: Record<string, { changes: Partial<Site>; wanted: Partial<Settings>; expect: string[] }> = {
		"nothing where nothing is governed": { changes: unreadConfig, wanted: {}, expect: [] },
		"nothing for httpsOnly": {
			changes: { ...unreadConfig, httpsOnly: unread },
			wanted: { httpsOnly: true },
			expect: [],
		},
		"the config for the version of TLS": {
			changes: unreadConfig,
			wanted: { minTlsVersion: "1.2" },
			expect: ["config"],
		},
		"no config for a version of TLS that is known": {
			changes: readConfig,
			wanted: { minTlsVersion: "1.2" },
			expect: [],
		},
		"the config for HTTP/2": { changes: unreadConfig, wanted: { http20Enabled: true }, expect: ["config"] },
		"no config for HTTP/2 if it is known": { changes: readConfig, wanted: { http20Enabled: true }, expect: [] },
		"the config for a mode that is to be beside exclusion paths": {
			changes: { ...unreadConfig, ...ignores, ...excluding },
			wanted: { clientCertMode: "Required" },
			expect: ["config"],
		},
		"the config for a mode that is to be beside exclusion paths that nobody knows": {
			changes: { ...unreadConfig, ...ignores, clientCertExclusionPaths: unread },
			wanted: { clientCertMode: "Required" },
			expect: ["config"],
		},
		"the config for OptionalInteractiveUser that is to be": {
			changes: { ...unreadConfig, ...ignores },
			wanted: { clientCertMode: "OptionalInteractiveUser" },
			expect: ["config"],
		},
		"the config for exclusion paths that are there": {
			changes: { ...unreadConfig, ...excluding },
			wanted: { clientCertMode: "Required" },
			expect: ["config"],
		},
		"the config, though one half of it is known": {
			changes: { ...readConfig, http20Enabled: unread, ...interactive },
			wanted: { clientCertMode: "Optional" },
			expect: ["config"],
		},
		"no config that is known": {
			changes: { ...readConfig, ...interactive, ...excluding },
			wanted: { clientCertMode: "Required" },
			expect: [],
		},
		"no config for a mode that is to be without exclusion paths": {
			changes: { ...unreadConfig, ...ignores },
			wanted: { clientCertMode: "Required" },
			expect: [],
		},
		"no config for a mode that is so without exclusion paths": {
			changes: unreadConfig,
			wanted: { clientCertMode: "Required" },
			expect: [],
		},
		"the config for exclusion paths that are to be": {
			changes: unreadConfig,
			wanted: { clientCertExclusionPaths: ["/a", "/b"] },
			expect: ["config"],
		},
		"no config for exclusion paths that are so": {
			changes: { ...unreadConfig, clientCertExclusionPaths: reported(["/a", "/b"]) },
			wanted: { clientCertExclusionPaths: ["/a", "/b"] },
			expect: [],
		},
		"no config for exclusion paths that are to go": {
			changes: { ...unreadConfig, ...excluding },
			wanted: { clientCertExclusionPaths: [] },
			expect: [],
		},
		"no config where client certificates are to be ignored": {
			changes: { ...unreadConfig, ...interactive, ...excluding },
			wanted: { clientCertMode: "Ignore" },
			expect: [],
		},
		"the certificates for one that is bound": {
			changes: bound,
			wanted: { certificateMinDays: 30 },
			expect: ["certificates"],
		},
		"no certificates where none is bound": { changes: unbound, wanted: { certificateMinDays: 30 }, expect: [] },
		"no certificates where the host names are not known": {
			changes: { customHostNames: unread },
			wanted: { certificateMinDays: 30 },
			expect: [],
		},
		"what is at the door for what is to be enforced": {
			changes: {},
			wanted: { httpsOnly: true, verify: true },
			expect: ["probe"],
		},
		"nothing at the door where plain http may be answered, and no certificate is looked at": {
			changes: {},
			wanted: { httpsOnly: false, clientCertMode: "Optional", clientCertExclusionPaths: [], verify: false },
			expect: [],
		},
		"what is at the door for certificates that are required": {
			changes: {},
			wanted: { clientCertMode: "Required", verify: true },
			expect: ["probe"],
		},
		"what is at the door for exclusion paths": {
			changes: readConfig,
			wanted: { clientCertExclusionPaths: ["/a"], verify: true },
			expect: ["probe"],
		},
		"nothing at the door where that is not wanted": {
			changes: {},
			wanted: { httpsOnly: true, verify: false },
			expect: [],
		},
	};
	for (const [name, { changes, wanted, expect }] of Object.entries(cases)) {
		it(name, () => {
			const subject = site(changes);
			const effectivePolicy = indexPolicies([policy("default", wanted)])(subject);
			assert.deepEqual([...needsOf(subject, effectivePolicy, rules)].sort(), expect);
		});
	}

	const byProbing: Record<string, { wanted: Partial<Settings>; needing: string[] }> = {
		"what is to be enforced": {
			wanted: { httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: ["/a"], verify: true },
			needing: ["enforced-client-cert", "enforced-exclusions", "enforced-https", "served-certificate"],
		},
		"what is not": {
			wanted: { httpsOnly: false, clientCertMode: "Optional", clientCertExclusionPaths: [], verify: true },
			needing: ["served-certificate"],
		},
	};
	for (const [name, { wanted, needing }] of Object.entries(byProbing)) {
		it(`what each rule needs at the door: ${name}`, () => {
			const effectivePolicy = indexPolicies([policy("default", wanted)])(site());
			const found = rules.filter((rule) => rule.verifies && needsOf(site(), effectivePolicy, [rule]).size > 0);
			assert.deepEqual(found.map(({ id }) => id).sort(), needing);
			for (const rule of found) assert.deepEqual([...needsOf(site(), effectivePolicy, [rule])], ["probe"], rule.id);
		});
	}
});

describe("what is configured against what is enforced", () => {
	const www = hostName("www.contoso.com", "SniEnabled", certificate("www").thumbprint);
	const api = hostName("API.contoso.com", "Disabled");
	const names = { hostNames: reported(["www.contoso.com", "API.contoso.com"]), customHostNames: reported([www, api]) };

	/** Where each rule at the door stands, at a door that does as the site is configured. */
	function enforcementOf(changes: Partial<Site>, wanted: Partial<Settings>, others: readonly Policy[] = []) {
		const subject = site(changes);
		const rows = [policy("default", { ...wanted, verify: true }), ...others];
		const decision = planProbe(subject, indexPolicies(rows)(subject).desired);
		const probe: ProbeReading = decision.canBeProbed
			? probeModel(subject, decision.plan)
			: { probed: false, reason: decision.reason };
		const { enforcementResults } = judge(subject, rows, { probe, certificates: held(certificate("www")) });
		return enforcementResults.map(({ rule, hostName: name, configured, enforced }) => [
			rule,
			name,
			configured,
			enforced,
		]);
	}

	it("is right and enforced where both are as desired", () => {
		assert.deepEqual(
			enforcementOf({}, { httpsOnly: true }).filter(([rule]) => rule === "enforced-https"),
			[["enforced-https", "app.azurewebsites.net", "right", "yes"]],
		);
	});

	it("is wrong and open where neither is", () => {
		assert.deepEqual(
			enforcementOf({ httpsOnly: reported(false) }, { httpsOnly: true }).filter(([rule]) => rule === "enforced-https"),
			[["enforced-https", "app.azurewebsites.net", "wrong", "no"]],
		);
	});

	it("is not known where the setting was not told", () => {
		const [outcome] = enforcementOf({ httpsOnly: notReported("not told") }, { httpsOnly: true });
		assert.deepEqual(outcome?.slice(0, 3), ["enforced-https", "app.azurewebsites.net", "unknown"]);
	});

	it("is not known, of no host name, where the policies do not agree", () => {
		const other = policy("rival", { httpsOnly: false });
		assert.deepEqual(
			enforcementOf({}, { httpsOnly: true }, [other]).filter(([rule]) => rule === "enforced-https"),
			[["enforced-https", null, "unknown", "unknown"]],
		);
	});

	it("says nothing where nothing was to be asked", () => {
		assert.deepEqual(
			enforcementOf({}, { httpsOnly: false }).filter(([rule]) => rule === "enforced-https"),
			[],
		);
	});

	it("takes what is wrong of one host name for that one's, however it is spelt", () => {
		assert.deepEqual(
			enforcementOf(names, { customDomainTls: "Bound" })
				.filter(([rule]) => rule === "served-certificate")
				.map(([, name, configured]) => [name, configured]),
			[
				["www.contoso.com", "right"],
				["API.contoso.com", "wrong"],
			],
		);
	});

	it("takes what is wrong of one host name for wrong of all where none could be asked", () => {
		const [outcome] = enforcementOf({ ...names, hostNames: notReported("not told") }, { customDomainTls: "Bound" });
		assert.deepEqual(outcome, ["served-certificate", null, "wrong", "unknown"]);
	});
});
