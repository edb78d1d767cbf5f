import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Policy } from "../../src/core/model/policy.ts";
import { toProblem } from "../../src/policies/fields.ts";
import { readPolicyRow as readRow } from "../../src/policies/policy-row.ts";
import { siteId } from "../support/builders/site.ts";

const readPolicyRow = (name: string, fields: Record<string, unknown>) => {
	const { policy, validationErrors } = readRow({ name, fields });
	return {
		policy,
		problems: validationErrors.map((validationError) => toProblem("policy-invalid", name, validationError)),
	};
};

const value = (wanted: unknown) => ({ is: "value", value: wanted });
const any = { is: "any" };
const invalid = { is: "invalid" };

describe("readPolicyRow", () => {
	const accepted: Record<string, { fields: Record<string, unknown>; expect: Partial<Policy> }> = {
		"an empty row governs nothing": { fields: {}, expect: { scope: "/", settings: {} } },
		"a Boolean": { fields: { httpsOnly: true }, expect: { settings: { httpsOnly: value(true) } as never } },
		"a Boolean as text": { fields: { httpsOnly: " TRUE " }, expect: { settings: { httpsOnly: value(true) } as never } },
		"false as text": { fields: { httpsOnly: "false" }, expect: { settings: { httpsOnly: value(false) } as never } },
		Any: {
			fields: { httpsOnly: "any", customDomainTls: "ANY" },
			expect: { settings: { httpsOnly: any, customDomainTls: any } as never },
		},
		"a column in another case": {
			fields: { HttpsOnly: true },
			expect: { settings: { httpsOnly: value(true) } as never },
		},
		"a mode in another case": {
			fields: { clientCertMode: "optionalinteractiveuser " },
			expect: { settings: { clientCertMode: value("OptionalInteractiveUser") } as never },
		},
		"no exclusion path": {
			fields: { clientCertExclusionPaths: "" },
			expect: { settings: { clientCertExclusionPaths: value([]) } as never },
		},
		"exclusion paths as people write them": {
			fields: { clientCertExclusionPaths: " /Webhooks, /health;/HEALTH; " },
			expect: { settings: { clientCertExclusionPaths: value(["/health", "/webhooks"]) } as never },
		},
		"exclusion paths Any": {
			fields: { clientCertExclusionPaths: "Any" },
			expect: { settings: { clientCertExclusionPaths: any } as never },
		},
		"a TLS version": {
			fields: { minTlsVersion: " 1.2 " },
			expect: { settings: { minTlsVersion: value("1.2") } as never },
		},
		"a TLS version that is a number": {
			fields: { minTlsVersion: 1.3 },
			expect: { settings: { minTlsVersion: value("1.3") } as never },
		},
		"a TLS version that is a whole number": {
			fields: { minTlsVersion: 1 },
			expect: { settings: { minTlsVersion: value("1.0") } as never },
		},
		"any TLS version": { fields: { minTlsVersion: "ANY" }, expect: { settings: { minTlsVersion: any } as never } },
		"HTTP/2 as text": {
			fields: { http20Enabled: "False" },
			expect: { settings: { http20Enabled: value(false) } as never },
		},
		"a number of days": {
			fields: { certificateMinDays: 30 },
			expect: { settings: { certificateMinDays: value(30) } as never },
		},
		"a number of days as text": {
			fields: { CertificateMinDays: " 030 " },
			expect: { settings: { certificateMinDays: value(30) } as never },
		},
		"no days at all, but not expired": {
			fields: { certificateMinDays: 0 },
			expect: { settings: { certificateMinDays: value(0) } as never },
		},
		"any number of days": {
			fields: { certificateMinDays: "any" },
			expect: { settings: { certificateMinDays: any } as never },
		},
		"host names as people write them": {
			fields: {
				scope: siteId("rg", "app", "staging"),
				domainBindings: ` WWW.Contoso.com = snienabled : ${"ab".repeat(20)} ;api.contoso.com=IPBASEDENABLED; *.contoso.org ;`,
			},
			expect: {
				settings: {
					domainBindings: value([
						{ hostName: "*.contoso.org", sslState: "Bound", thumbprint: null },
						{ hostName: "api.contoso.com", sslState: "IpBasedEnabled", thumbprint: null },
						{ hostName: "www.contoso.com", sslState: "SniEnabled", thumbprint: "AB".repeat(20) },
					]),
				} as never,
			},
		},
		"the same host name twice, in one way": {
			fields: { scope: siteId("rg", "app"), domainBindings: "a.contoso.com;A.contoso.com=Bound" },
			expect: {
				settings: {
					domainBindings: value([{ hostName: "a.contoso.com", sslState: "Bound", thumbprint: null }]),
				} as never,
			},
		},
		"no host name": {
			fields: { scope: siteId("rg", "app"), domainBindings: "" },
			expect: { settings: { domainBindings: value([]) } as never },
		},
		"Any host names, in whatever scope": {
			fields: { domainBindings: "Any" },
			expect: { settings: { domainBindings: any } as never },
		},
		"all selectors": {
			fields: { scope: `${siteId("rg", "app")}/`, tag: " env = prod ", kind: "WebApp" },
			expect: { scope: siteId("rg", "app"), tag: { name: "env", value: "prod" }, kind: "webapp", settings: {} },
		},
		"a tag with any value": { fields: { tag: "env=*" }, expect: { tag: { name: "env", value: null } } },
		"a tag's value with an equals sign": {
			fields: { tag: "query=a=b" },
			expect: { tag: { name: "query", value: "a=b" } },
		},
	};
	for (const [name, { fields, expect }] of Object.entries(accepted)) {
		it(`accepts ${name}`, () => {
			const { policy, problems } = readPolicyRow("row", fields);
			assert.deepEqual(problems, []);
			for (const [property, wanted] of Object.entries(expect))
				assert.deepEqual(policy?.[property as keyof Policy], wanted);
		});
	}

	const badSettings: Record<string, { fields: Record<string, unknown>; column: string; says: RegExp }> = {
		"a misspelt Boolean": {
			fields: { httpsOnly: "ture" },
			column: "httpsOnly",
			says: /is "ture", but it takes true, false or Any/,
		},
		"an empty Boolean": { fields: { httpsOnly: "" }, column: "httpsOnly", says: /takes true, false or Any/ },
		"a number for a Boolean": { fields: { httpsOnly: 1 }, column: "httpsOnly", says: /is 1, but it takes/ },
		"an unknown mode": {
			fields: { clientCertMode: "Allow" },
			column: "clientCertMode",
			says: /takes Required, Optional, OptionalInteractiveUser, Ignore, Any/,
		},
		"a path without a slash": {
			fields: { clientCertExclusionPaths: "health" },
			column: "clientCertExclusionPaths",
			says: /start with \//,
		},
		"a path with a line break": {
			fields: { clientCertExclusionPaths: "/a\n/b" },
			column: "clientCertExclusionPaths",
			says: /start with \//,
		},
		"Disabled for domains": {
			fields: { customDomainTls: "Disabled" },
			column: "customDomainTls",
			says: /takes SniEnabled, IpBasedEnabled, Bound, Any/,
		},
		"a TLS version that there is not": {
			fields: { minTlsVersion: 1.25 },
			column: "minTlsVersion",
			says: /is 1\.25, but it takes 1\.0, 1\.1, 1\.2, 1\.3, Any\./,
		},
		"a Boolean for a TLS version": {
			fields: { minTlsVersion: true },
			column: "minTlsVersion",
			says: /is true, but it takes 1\.0, 1\.1, 1\.2, 1\.3, Any/,
		},
		"a part of a day": {
			fields: { certificateMinDays: 1.5 },
			column: "certificateMinDays",
			says: /is 1\.5, but it takes a whole number of days, or Any/,
		},
		"days that are no number": {
			fields: { certificateMinDays: "30 days" },
			column: "certificateMinDays",
			says: /is "30 days", but it takes a whole number/,
		},
		"days before today": {
			fields: { certificateMinDays: -1 },
			column: "certificateMinDays",
			says: /is -1, but it takes a whole number of days, or Any\./,
		},
		"more days than there are": {
			fields: { certificateMinDays: 9223372036854776000 },
			column: "certificateMinDays",
			says: /but it takes a whole number of days, or Any\./,
		},
		"Azure's own host name": {
			fields: { scope: siteId("rg", "app"), domainBindings: "App.azurewebsites.net" },
			column: "domainBindings",
			says: /lists custom host names, and app\.azurewebsites\.net is Azure's own/,
		},
		"more paths than a cell takes": {
			fields: { clientCertExclusionPaths: `/${"x".repeat(32_768)}` },
			column: "clientCertExclusionPaths",
			says: /is "\/x{79}…", but it must not be longer than 32,768 characters/,
		},
		"a word that looks like the right one": {
			fields: { clientCertMode: "Requird" },
			column: "clientCertMode",
			says: /\(did you mean Required\?\)/,
		},
		"host names for more than one site": {
			fields: { scope: siteId("rg", "app").split("/").slice(0, 5).join("/"), domainBindings: "www.contoso.com" },
			column: "domainBindings",
			says: /is for one site only, but the row's scope is \S+\/rg: give it the resource ID of a site or slot/,
		},
		"a host name that is none": {
			fields: { scope: siteId("rg", "app"), domainBindings: "www.contoso.com;https://contoso.com/" },
			column: "domainBindings",
			says: /"https:\/\/contoso\.com\/" is none of these/,
		},
		"a kind of binding that there is not": {
			fields: { scope: siteId("rg", "app"), domainBindings: "www.contoso.com=Disabled" },
			column: "domainBindings",
			says: /"www\.contoso\.com=Disabled" is none of these/,
		},
		"a thumbprint that is too short": {
			fields: { scope: siteId("rg", "app"), domainBindings: "www.contoso.com=SniEnabled:ABC" },
			column: "domainBindings",
			says: /is none of these/,
		},
		"a thumbprint for either way": {
			fields: { scope: siteId("rg", "app"), domainBindings: `www.contoso.com=Bound:${"A".repeat(40)}` },
			column: "domainBindings",
			says: /is none of these/,
		},
		"one host name in two ways": {
			fields: { scope: siteId("rg", "app"), domainBindings: "a.contoso.com=SniEnabled;A.contoso.com" },
			column: "domainBindings",
			says: /names a\.contoso\.com twice, with different bindings/,
		},
		"a setting that stands there twice": {
			fields: { httpsOnly: true, HttpsOnly: true },
			column: "httpsOnly",
			says: /stands there twice, in different spellings; keep one\./,
		},
		"a setting that stands there twice, once with a bad value": {
			fields: { httpsOnly: "ture", HttpsOnly: true },
			column: "httpsOnly",
			says: /stands there twice/,
		},
		"a misspelt setting before the right one": {
			fields: { httpOnly: false, httpsOnly: true },
			column: "httpOnly",
			says: /Did you mean httpsOnly\?/,
		},
		"a misspelt setting after the right one": {
			fields: { httpsOnly: true, httpOnly: false },
			column: "httpOnly",
			says: /Did you mean httpsOnly\?/,
		},
		"a misspelt setting in capitals": {
			fields: { HTTPONLY: true },
			column: "HTTPONLY",
			says: /Did you mean httpsOnly\?/,
		},
		"a misspelt setting": {
			fields: { httpOnly: true },
			column: "httpOnly",
			says: /is unknown\. Did you mean httpsOnly\?/,
		},
	};
	for (const [name, { fields, column, says }] of Object.entries(badSettings)) {
		it(`makes a setting invalid for ${name}, and says so`, () => {
			const { policy, problems } = readPolicyRow("row", { clientCertMode: "Required", ...fields });
			assert.deepEqual(
				problems.map(({ code, scope }) => [code, scope]),
				[["policy-invalid", `DriftPolicy/row/${column}`]],
			);
			assert.match(problems[0]?.message ?? "", says);
			assert.match(
				problems[0]?.message ?? "",
				/^DriftPolicy, row "row", column .* setting is unknown wherever this row would have won\.$/,
			);
			const setting = column.toLowerCase() === "httponly" ? "httpsOnly" : column;
			assert.deepEqual(policy?.settings[setting as "httpsOnly"], invalid);
		});
	}

	const badSelectors: Record<string, Record<string, unknown>> = {
		"a scope that is no ARM ID": { scope: "Production" },
		"an empty scope": { scope: "" },
		"a scope of slashes, which is a slip": { scope: "//" },
		"a scope that is no text": { scope: 7 },
		"a tag without a value": { tag: "env" },
		"a tag with an empty value": { tag: "env=" },
		"an unknown kind": { kind: "vm" },
		"an unknown selector": { region: "westeurope" },
		"a misspelt selector": { scpoe: "/" },
		"an unknown selector that looks a little like a setting": { notify: "me" },
		"an unknown column that looks a little like a selector": { env: "prod" },
		"a column that JavaScript has a meaning for": JSON.parse('{"__proto__": "x"}'),
		"a column that every object has": { constructor: "x" },
		"a selector that stands there twice": { scope: "/", Scope: "/" },
	};
	for (const [name, fields] of Object.entries(badSelectors)) {
		it(`makes no policy of a row with ${name}, and says so`, () => {
			const { policy, problems } = readPolicyRow("row", fields);
			assert.equal(policy, null);
			assert.equal(problems.length, 1);
			assert.match(problems[0]?.message ?? "", /governs nothing until that is mended\.$/);
		});
	}

	it("reads whether the door is to be asked, which is a setting like any other, but for Any", () => {
		for (const [verify, read] of [
			["True", true],
			[true, true],
			["false", false],
			[false, false],
		]) {
			const { policy, problems } = readPolicyRow("row", { httpsOnly: true, verify });
			assert.deepEqual([policy?.settings, problems], [{ httpsOnly: value(true), verify: value(read) }, []]);
		}
		const bad = readPolicyRow("row", { httpsOnly: true, verify: "Any" });
		assert.deepEqual(bad.policy?.settings, { httpsOnly: value(true), verify: { is: "invalid" } });
		assert.match(
			bad.problems.map(({ message }) => message).join(),
			/"verify" is "Any", but it takes true or false\. The setting is unknown wherever this row would have won\.$/,
		);
	});

	it("reports everything that is wrong with a row at once", () => {
		const { problems } = readPolicyRow("row", { scope: "x", httpsOnly: "x", clientCertMode: "x", kind: "x" });
		assert.equal(problems.length, 4);
	});

	it("does not repeat all of a very long cell", () => {
		const { problems } = readPolicyRow("row", { httpsOnly: "x".repeat(60_000) });
		assert.ok((problems[0]?.message.length ?? 0) < 300);
	});
});
