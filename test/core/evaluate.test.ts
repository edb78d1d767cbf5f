import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { evaluate, needsConfig } from "../../src/core/evaluate.ts";
import type { Rule } from "../../src/core/rule.ts";
import { rules } from "../../src/core/rules/index.ts";
import type { Site } from "../../src/core/site.ts";
import { applyChange } from "../support/apply-change.ts";
import { policies, reportedSite, settings } from "../support/arbitraries.ts";
import { notReported, policy, reported, site } from "../support/site.ts";

describe("evaluate", () => {
	const all = policy("all", {
		httpsOnly: true,
		clientCertMode: "Required",
		clientCertExclusionPaths: [],
		customDomainTls: "Bound",
	});
	const notTold = notReported("ARM did not report it");

	const statuses: Record<string, [Site, ReturnType<typeof evaluate>["status"]]> = {
		"in sync": [site(), "in-sync"],
		drifted: [site({ httpsOnly: reported(false) }), "drifted"],
		unknown: [site({ httpsOnly: notTold }), "unknown"],
		"drifted before unknown": [site({ httpsOnly: notTold, clientCertMode: reported("Ignore") }), "drifted"],
	};
	for (const [name, [subject, status]] of Object.entries(statuses)) {
		it(`counts a site as ${name}`, () => assert.equal(evaluate(subject, [all], rules).status, status));
	}

	it("counts a site as not covered when nothing of it is governed", () => {
		const any = { ...policy("any", {}), settings: { httpsOnly: { is: "any" } } } as const;
		assert.equal(evaluate(site(), [], rules).status, "not-covered");
		assert.equal(evaluate(site(), [policy("empty", {})], rules).status, "not-covered");
		assert.equal(evaluate(site(), [any], rules).status, "not-covered");
	});

	it("lists what is worst first, in the order of the rules where equally bad", () => {
		const open = site({
			httpsOnly: reported(false),
			clientCertMode: reported("Ignore"),
			clientCertExclusionPaths: reported(["/api"]),
		});
		const { findings } = evaluate(open, [all], rules);
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
		const { status, unknowns, findings } = evaluate(site({ httpsOnly: reported(false) }), [all], [broken, ...rules]);
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

	it("reads the config of a site rather than trip over a rule that cannot say whether it needs it", () => {
		const broken: Rule = {
			...(rules[0] as Rule),
			needsConfig() {
				throw new Error("out of order");
			},
		};
		assert.equal(needsConfig(site(), [all], [broken]), true);
		assert.equal(needsConfig(site(), [], [broken]), false);
	});

	it("finds each drift closed by its remedy, whatever site and policy", () => {
		fc.assert(
			fc.property(reportedSite, settings, (subject, wanted) => {
				const desired = [policy("wanted", wanted)];
				const mend = (site: Site) =>
					evaluate(site, desired, rules)
						.findings.flatMap(({ remedy }) => remedy)
						.reduce(applyChange, site);
				// Exclusion paths that the first round sets can need renegotiation, which the second makes possible.
				const { findings, unknowns } = evaluate(mend(mend(subject)), desired, rules);
				const contradictory = wanted.minTlsVersion === "1.3" ? ["tls-renegotiation"] : [];
				assert.deepEqual(
					findings.filter(({ rule }) => !contradictory.includes(rule)),
					[],
				);
				assert.deepEqual(unknowns, []);
			}),
		);
	});

	it("never takes what ARM did not report for in sync", () => {
		const ruleOf = {
			httpsOnly: "https-only",
			clientCertMode: "client-cert-mode",
			clientCertExclusionPaths: "client-cert-exclusion-paths",
			customHostNames: "custom-domain-tls",
			minTlsVersion: "min-tls-version",
		};
		const wanted = { ...all, settings: { ...all.settings, minTlsVersion: { is: "value", value: "1.2" } } } as const;
		fc.assert(
			fc.property(fc.subarray(Object.entries(ruleOf), { minLength: 1 }), (hidden) => {
				const secret = Object.fromEntries(hidden.map(([property]) => [property, notTold]));
				const { status, unknowns } = evaluate(site(secret), [wanted], rules);
				assert.equal(status, "unknown");
				const told = new Set(unknowns.map(({ rule }) => rule));
				for (const [, rule] of hidden) assert.ok(told.has(rule), rule);
			}),
		);
	});

	it("says the same in whatever order the policies come", () => {
		const shuffled = policies.chain((rows) =>
			fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
		);
		fc.assert(
			fc.property(reportedSite, shuffled, (subject, [rows, others]) => {
				assert.deepEqual(evaluate(subject, others, rules), evaluate(subject, rows, rules));
			}),
		);
	});
});
