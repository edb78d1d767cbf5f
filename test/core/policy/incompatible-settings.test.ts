import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Policy } from "../../../src/core/model/policy.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import {
	explainPolicyIssues,
	findConflicts as listConflicts,
	findIncompatibleSettings as listIncompatibleSettings,
} from "../../../src/core/policy/incompatible-settings.ts";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { policies, reportedSite } from "../../support/builders/arbitraries.ts";
import { policy, site, siteId, subscriptionId } from "../../support/builders/site.ts";
import { scaleRuns } from "../../support/fuzz.ts";

const findIncompatibleSettings = (policies: readonly Policy[]) =>
	explainPolicyIssues(listIncompatibleSettings(policies));
const findConflicts = (policies: readonly Policy[]) => explainPolicyIssues(listConflicts(policies));
const group = `/subscriptions/${subscriptionId}/resourceGroups/pay`;
const fields = (problems: readonly Problem[]) =>
	problems.map(({ scope }) => scope.replace(/^DriftPolicy\//, "")).sort();
const any = (name: string, setting: string, selectors: Partial<Policy> = {}) =>
	({ ...policy(name, {}, selectors), settings: { [setting]: { is: "any" } } }) as Policy;

describe("findIncompatibleSettings", () => {
	const paths = { clientCertExclusionPaths: ["/health"] };
	const cases: Record<string, [policies: Policy[], fields: string[]]> = {
		"nothing against a sound policy": [
			[
				policy("a", {
					...paths,
					clientCertMode: "Required",
					httpsOnly: true,
					http20Enabled: false,
					minTlsVersion: "1.2",
				}),
			],
			[],
		],
		"exclusion paths with HTTP/2": [[policy("a", { ...paths, http20Enabled: true })], ["a/clientCertExclusionPaths"]],
		"exclusion paths with TLS 1.3": [[policy("a", { ...paths, minTlsVersion: "1.3" })], ["a/clientCertExclusionPaths"]],
		"no exclusion paths with HTTP/2 and TLS 1.3": [
			[policy("a", { clientCertExclusionPaths: [], http20Enabled: true, minTlsVersion: "1.3" })],
			[],
		],
		"OptionalInteractiveUser with HTTP/2": [
			[policy("a", { clientCertMode: "OptionalInteractiveUser", http20Enabled: true })],
			["a/clientCertMode"],
		],
		"OptionalInteractiveUser with TLS 1.3": [
			[policy("a", { clientCertMode: "OptionalInteractiveUser", minTlsVersion: "1.3" })],
			["a/clientCertMode"],
		],
		"a required mode with plain http": [
			[policy("a", { clientCertMode: "Required", httpsOnly: false })],
			["a/clientCertMode"],
		],
		"an optional mode with plain http": [[policy("a", { clientCertMode: "Optional", httpsOnly: false })], []],
		"the path /": [[policy("a", { clientCertExclusionPaths: ["/", "/health"] })], ["a/clientCertExclusionPaths"]],
		"a host name by SNI, and all host names by IP": [
			[
				policy("all", { customDomainTls: "IpBasedEnabled" }),
				policy(
					"one",
					{ domainBindings: [{ hostName: "www.contoso.com", sslState: "SniEnabled", thumbprint: null }] },
					{ scope: siteId("pay", "app") },
				),
			],
			["one/domainBindings"],
		],
		"a host name by either, and all host names by IP": [
			[
				policy("all", { customDomainTls: "IpBasedEnabled" }),
				policy(
					"one",
					{ domainBindings: [{ hostName: "www.contoso.com", sslState: "Bound", thumbprint: null }] },
					{ scope: siteId("pay", "app") },
				),
			],
			[],
		],
		"two layers": [
			[policy("all", { http20Enabled: true }), policy("pay", paths, { scope: group })],
			["pay/clientCertExclusionPaths"],
		],
		"two layers, in another case": [
			[policy("all", paths, { scope: group }), policy("pay", { http20Enabled: true }, { scope: group.toUpperCase() })],
			["all/clientCertExclusionPaths"],
		],
		"two scopes that never meet": [
			[policy("pay", paths, { scope: group }), policy("payments", { http20Enabled: true }, { scope: `${group}ments` })],
			[],
		],
		"a layer that a deeper one overrides": [
			[policy("all", { http20Enabled: true }), policy("pay", { ...paths, http20Enabled: false }, { scope: group })],
			[],
		],
		"a layer that a third one overrides wherever the two meet": [
			[
				policy("all", { http20Enabled: true }),
				policy("pay", paths, { scope: group }),
				any("off", "http20Enabled", { scope: group }),
			],
			[],
		],
		"a third one that overrides it for one kind of site only": [
			[
				policy("all", { http20Enabled: true }),
				policy("pay", paths, { scope: group }),
				policy("functions", { http20Enabled: false }, { scope: group, kind: "functionapp" }),
			],
			["pay/clientCertExclusionPaths"],
		],
		"a site with both of two tags": [
			[
				policy("a", paths, { tag: { name: "env", value: "prod" } }),
				policy("b", { http20Enabled: true }, { tag: { name: "team", value: null } }),
			],
			["a/clientCertExclusionPaths"],
		],
		"a tag with one value and with any": [
			[
				policy("a", paths, { tag: { name: "env", value: "prod" } }),
				policy("b", { http20Enabled: true }, { tag: { name: "env", value: null } }),
			],
			["a/clientCertExclusionPaths"],
		],
		"tags with names that JavaScript has a meaning for": [
			[
				policy("a", paths, { tag: { name: "__proto__", value: "x" } }),
				policy("b", { http20Enabled: true }, { tag: { name: "constructor", value: "x" } }),
			],
			["a/clientCertExclusionPaths"],
		],
		"two values of one tag, which no site has both": [
			[
				policy("a", paths, { tag: { name: "env", value: "prod" } }),
				policy("b", { http20Enabled: true }, { tag: { name: "ENV", value: "test" } }),
			],
			[],
		],
		"a tag with any value and with one": [
			[
				policy("a", paths, { tag: { name: "env", value: null } }),
				policy("b", { http20Enabled: true }, { tag: { name: "env", value: "test" } }),
			],
			["a/clientCertExclusionPaths"],
		],
		"two kinds, which no site is both": [
			[policy("a", paths, { kind: "webapp" }), policy("b", { http20Enabled: true }, { kind: "logicapp" })],
			[],
		],
		"a slot below its site": [
			[
				policy("site", { http20Enabled: true }, { scope: siteId("pay", "app") }),
				policy("slot", paths, { scope: siteId("pay", "app", "staging") }),
			],
			["slot/clientCertExclusionPaths"],
		],
	};
	for (const [name, [given, expected]] of Object.entries(cases)) {
		it(`${expected.length === 0 ? "leaves" : "finds"} ${name}`, () => {
			assert.deepEqual(fields(findIncompatibleSettings(given)), expected);
			assert.deepEqual(fields(findIncompatibleSettings(given.toReversed())), expected);
		});
	}

	describe("says what cannot be met, and why", () => {
		const binding = (sslState: "SniEnabled" | "IpBasedEnabled") =>
			[
				{ hostName: "a.contoso.com", sslState: "Bound", thumbprint: null },
				{ hostName: "b.contoso.com", sslState, thumbprint: null },
			] as const;
		const interactive = { clientCertMode: "OptionalInteractiveUser" } as const;
		const texts: readonly [setting: string, values: Policy["settings"], text: string][] = [
			[
				"clientCertExclusionPaths",
				policy("a", { ...paths, http20Enabled: true }).settings,
				"it cannot be met together with http20Enabled: exclusion paths need TLS renegotiation, which HTTP/2 does not have",
			],
			[
				"clientCertExclusionPaths",
				policy("a", { ...paths, minTlsVersion: "1.3" }).settings,
				"it cannot be met together with minTlsVersion: exclusion paths need TLS renegotiation, which TLS 1.3 does not have",
			],
			[
				"clientCertMode",
				policy("a", { ...interactive, http20Enabled: true }).settings,
				"it cannot be met together with http20Enabled: certificates of mode OptionalInteractiveUser need TLS renegotiation, which HTTP/2 does not have",
			],
			[
				"clientCertMode",
				policy("a", { ...interactive, minTlsVersion: "1.3" }).settings,
				"it cannot be met together with minTlsVersion: certificates of mode OptionalInteractiveUser need TLS renegotiation, which TLS 1.3 does not have",
			],
			[
				"clientCertMode",
				policy("a", { clientCertMode: "Required", httpsOnly: false }).settings,
				"it cannot be met together with httpsOnly: over plain http, no certificate can be required: callers would get in without one",
			],
			[
				"domainBindings",
				policy("a", { domainBindings: binding("SniEnabled"), customDomainTls: "IpBasedEnabled" }).settings,
				"it cannot be met together with customDomainTls: a host name of it can be bound in one way only",
			],
			[
				"domainBindings",
				policy("a", { domainBindings: binding("IpBasedEnabled"), customDomainTls: "SniEnabled" }).settings,
				"it cannot be met together with customDomainTls: a host name of it can be bound in one way only",
			],
			[
				"clientCertExclusionPaths",
				policy("a", { clientCertExclusionPaths: ["/"] }).settings,
				"the path / excludes every path: no caller would need a client certificate",
			],
		];
		for (const [setting, values, text] of texts) {
			it(`${setting}: ${text}`, () =>
				assert.deepEqual(findIncompatibleSettings([{ name: "a", scope: siteId("pay", "app"), settings: values }]), [
					{
						code: "policy-contradiction",
						scope: `DriftPolicy/a/${setting}`,
						message: `DriftPolicy, row "a", column "${setting}": ${text}. Change what the policies want there.`,
					},
				]));
		}
		it("of another policy, names it", () => {
			const [problem] = findIncompatibleSettings([
				policy("a", paths),
				policy("b", { http20Enabled: true }, { scope: group }),
			]);
			assert.match(
				problem?.message ?? "",
				/: it cannot be met together with http20Enabled of policy "b": exclusion paths need/,
			);
		});
	});

	it("names all that contradicts one cell in one problem", () => {
		const [problem, ...others] = findIncompatibleSettings([
			policy("a", { clientCertExclusionPaths: ["/"], minTlsVersion: "1.3" }),
			policy("b", { http20Enabled: true }),
		]);
		assert.deepEqual(others, []);
		assert.equal(problem?.code, "policy-contradiction");
		assert.match(problem?.message ?? "", /^DriftPolicy, row "a", column "clientCertExclusionPaths": /);
		for (const part of [/http20Enabled of policy "b"/, /together with minTlsVersion: /, /the path \/ excludes/]) {
			assert.match(problem?.message ?? "", part);
		}
	});

	it("finds, before it fires, whatever would make the desired settings of a site impossible", () => {
		fc.assert(
			fc.property(policies, reportedSite, (rows, { tags, kind }) => {
				const { desired } = indexPolicies(rows)(site({ tags, kind }));
				const { clientCertExclusionPaths: excluded, http20Enabled: http2 } = desired;
				fc.pre(excluded.state === "desired" && excluded.value.length > 0);
				fc.pre(http2.state === "desired" && http2.value);
				const found = findIncompatibleSettings(rows).map(({ message }) => message);
				assert.ok(found.some((message) => message.includes("http20Enabled")));
			}),
			{ numRuns: scaleRuns(300) },
		);
	});
});

describe("findConflicts", () => {
	const cases: Record<string, [policies: Policy[], fields: string[]]> = {
		"two for the same sites": [[policy("b", { httpsOnly: true }), policy("a", { httpsOnly: false })], ["a/httpsOnly"]],
		"two that want the same": [[policy("b", { httpsOnly: true }), policy("a", { httpsOnly: true })], []],
		"a value and Any": [[policy("b", { httpsOnly: true }), any("a", "httpsOnly")], ["a/httpsOnly"]],
		"a tag and a kind": [
			[
				policy("tag", { httpsOnly: true }, { tag: { name: "env", value: "prod" } }),
				policy("kind", { httpsOnly: false }, { kind: "webapp" }),
			],
			["kind/httpsOnly"],
		],
		"two kinds": [
			[policy("a", { httpsOnly: true }, { kind: "webapp" }), policy("b", { httpsOnly: false }, { kind: "logicapp" })],
			[],
		],
		effectivePolicy: [[policy("a", { httpsOnly: true }), policy("b", { httpsOnly: false }, { scope: group })], []],
		"two lists of the host names of one site": [
			[
				policy("a", { domainBindings: [] }, { scope: siteId("pay", "app") }),
				policy(
					"b",
					{ domainBindings: [{ hostName: "www.contoso.com", sslState: "Bound", thumbprint: null }] },
					{ scope: siteId("PAY", "app") },
				),
			],
			["a/domainBindings"],
		],
		"two of which a third one decides": [
			[
				policy("tag", { httpsOnly: true }, { tag: { name: "env", value: "prod" } }),
				policy("kind", { httpsOnly: false }, { kind: "webapp" }),
				policy("both", { httpsOnly: true }, { kind: "webapp", tag: { name: "env", value: "prod" } }),
			],
			[],
		],
	};
	for (const [name, [given, expected]] of Object.entries(cases)) {
		it(`${expected.length === 0 ? "leaves" : "finds"} ${name}`, () => {
			assert.deepEqual(fields(findConflicts(given)), expected);
			assert.deepEqual(fields(findConflicts(given.toReversed())), expected);
		});
	}

	it("says who rivals whom, and what to do", () => {
		const values = [10, 20].map((certificateMinDays) => ({ certificateMinDays }));
		assert.deepEqual(findConflicts([policy("a", values[0] ?? {}), policy("b", values[1] ?? {})]), [
			{
				code: "policy-conflict",
				scope: "DriftPolicy/a/certificateMinDays",
				message:
					'DriftPolicy, row "a", column "certificateMinDays": "b" can select the same site, equally specific, with another value; the setting is unknown there. Change one of the rows, or give it a deeper scope.',
			},
		]);
	});

	it("names all that rival one row", () => {
		const three = ["a", "b", "c"].map((name, index) => policy(name, { certificateMinDays: index }));
		const [problem, ...others] = findConflicts(three);
		assert.deepEqual(others, []);
		assert.match(problem?.message ?? "", /row "a", column "certificateMinDays": "b" can select .*; "c" can select /);
	});

	it("finds every conflict that some site has", () => {
		fc.assert(
			fc.property(policies, reportedSite, (rows, { tags, kind }) => {
				const { conflicts } = indexPolicies(rows)(site({ tags, kind }));
				fc.pre(conflicts.length > 0);
				const found = findConflicts(rows).map(({ scope, message }) => `${scope} ${message}`);
				for (const { setting, policies: names } of conflicts) {
					const named = found.some((text) => text.includes(`/${setting} `) && names.some((one) => text.includes(one)));
					assert.ok(named, `${setting} ${names}`);
				}
			}),
			{ numRuns: scaleRuns(300) },
		);
	});
});
