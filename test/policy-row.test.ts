import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Policy } from "../src/core/policy.ts";
import { readPolicyRow } from "../src/policy-row.ts";
import { collectPolicies } from "../src/policy-set.ts";
import { siteId } from "./support/site.ts";

const value = (wanted: unknown) => ({ is: "value", value: wanted });
const any = { is: "any" };
const invalid = { is: "invalid" };

describe("readPolicyRow", () => {
	const accepted: Record<string, { cells: Record<string, unknown>; expect: Partial<Policy> }> = {
		"an empty row governs nothing": { cells: {}, expect: { scope: "/", settings: {} } },
		"a Boolean": { cells: { httpsOnly: true }, expect: { settings: { httpsOnly: value(true) } as never } },
		"a Boolean as text": { cells: { httpsOnly: " TRUE " }, expect: { settings: { httpsOnly: value(true) } as never } },
		"false as text": { cells: { httpsOnly: "false" }, expect: { settings: { httpsOnly: value(false) } as never } },
		Any: {
			cells: { httpsOnly: "any", customDomainTls: "ANY" },
			expect: { settings: { httpsOnly: any, customDomainTls: any } as never },
		},
		"a column in another case": {
			cells: { HttpsOnly: true },
			expect: { settings: { httpsOnly: value(true) } as never },
		},
		"a mode in another case": {
			cells: { clientCertMode: "optionalinteractiveuser " },
			expect: { settings: { clientCertMode: value("OptionalInteractiveUser") } as never },
		},
		"no exclusion path": {
			cells: { clientCertExclusionPaths: "" },
			expect: { settings: { clientCertExclusionPaths: value([]) } as never },
		},
		"exclusion paths as people write them": {
			cells: { clientCertExclusionPaths: " /Webhooks, /health;/HEALTH; " },
			expect: { settings: { clientCertExclusionPaths: value(["/health", "/webhooks"]) } as never },
		},
		"exclusion paths Any": {
			cells: { clientCertExclusionPaths: "Any" },
			expect: { settings: { clientCertExclusionPaths: any } as never },
		},
		"a TLS version": {
			cells: { minTlsVersion: " 1.2 " },
			expect: { settings: { minTlsVersion: value("1.2") } as never },
		},
		"a TLS version that is a number": {
			cells: { minTlsVersion: 1.3 },
			expect: { settings: { minTlsVersion: value("1.3") } as never },
		},
		"a TLS version that is a whole number": {
			cells: { minTlsVersion: 1 },
			expect: { settings: { minTlsVersion: value("1.0") } as never },
		},
		"any TLS version": { cells: { minTlsVersion: "ANY" }, expect: { settings: { minTlsVersion: any } as never } },
		"all selectors": {
			cells: { scope: `${siteId("rg", "app")}/`, tag: " env = prod ", kind: "WebApp" },
			expect: { scope: siteId("rg", "app"), tag: { name: "env", value: "prod" }, kind: "webapp", settings: {} },
		},
		"a tag with any value": { cells: { tag: "env=*" }, expect: { tag: { name: "env", value: null } } },
		"a tag's value with an equals sign": {
			cells: { tag: "query=a=b" },
			expect: { tag: { name: "query", value: "a=b" } },
		},
	};
	for (const [name, { cells, expect }] of Object.entries(accepted)) {
		it(`accepts ${name}`, () => {
			const { policy, problems } = readPolicyRow("row", cells);
			assert.deepEqual(problems, []);
			for (const [property, wanted] of Object.entries(expect))
				assert.deepEqual(policy?.[property as keyof Policy], wanted);
		});
	}

	const badSettings: Record<string, { cells: Record<string, unknown>; column: string; says: RegExp }> = {
		"a misspelt Boolean": {
			cells: { httpsOnly: "ture" },
			column: "httpsOnly",
			says: /is "ture", but it takes true, false or Any/,
		},
		"an empty Boolean": { cells: { httpsOnly: "" }, column: "httpsOnly", says: /takes true, false or Any/ },
		"a number for a Boolean": { cells: { httpsOnly: 1n }, column: "httpsOnly", says: /is "1", but it takes/ },
		"an unknown mode": {
			cells: { clientCertMode: "Allow" },
			column: "clientCertMode",
			says: /takes Required, Optional, OptionalInteractiveUser, Ignore, Any/,
		},
		"a path without a slash": {
			cells: { clientCertExclusionPaths: "health" },
			column: "clientCertExclusionPaths",
			says: /start with \//,
		},
		"a path with a line break": {
			cells: { clientCertExclusionPaths: "/a\n/b" },
			column: "clientCertExclusionPaths",
			says: /start with \//,
		},
		"Disabled for domains": {
			cells: { customDomainTls: "Disabled" },
			column: "customDomainTls",
			says: /takes SniEnabled, IpBasedEnabled, Bound, Any/,
		},
		"a TLS version that there is not": {
			cells: { minTlsVersion: 1.25 },
			column: "minTlsVersion",
			says: /is 1\.25, but it takes 1\.0, 1\.1, 1\.2, 1\.3, Any/,
		},
		"a Boolean for a TLS version": {
			cells: { minTlsVersion: true },
			column: "minTlsVersion",
			says: /is true, but it takes 1\.0, 1\.1, 1\.2, 1\.3, Any/,
		},
		"a misspelt setting in capitals": {
			cells: { HTTPONLY: true },
			column: "HTTPONLY",
			says: /Did you mean httpsOnly\?/,
		},
		"a misspelt setting": {
			cells: { httpOnly: true },
			column: "httpOnly",
			says: /is unknown\. Did you mean httpsOnly\?/,
		},
	};
	for (const [name, { cells, column, says }] of Object.entries(badSettings)) {
		it(`makes a setting invalid for ${name}, and says so`, () => {
			const { policy, problems } = readPolicyRow("row", { clientCertMode: "Required", ...cells });
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
		"a scope that is no text": { scope: 7 },
		"a tag without a value": { tag: "env" },
		"a tag with an empty value": { tag: "env=" },
		"an unknown kind": { kind: "vm" },
		"an unknown selector": { region: "westeurope" },
		"a misspelt selector": { scpoe: "/" },
		"an unknown selector that looks a little like a setting": { notify: "me" },
		"an unknown column that looks a little like a selector": { env: "prod" },
		"a column that stands there twice, once with a bad value": { httpsOnly: "ture", HttpsOnly: true },
		"a column that stands there twice": { httpsOnly: true, HttpsOnly: false },
	};
	for (const [name, cells] of Object.entries(badSelectors)) {
		it(`makes no policy of a row with ${name}, and says so`, () => {
			const { policy, problems } = readPolicyRow("row", cells);
			assert.equal(policy, null);
			assert.equal(problems.length, 1);
			assert.match(problems[0]?.message ?? "", /governs nothing until that is mended\.$/);
		});
	}

	it("says what it does not check yet, and keeps the rest of the row", () => {
		const { policy, problems } = readPolicyRow("row", { httpsOnly: true, http20Enabled: false });
		assert.deepEqual(policy?.settings, { httpsOnly: value(true) });
		assert.match(problems.map(({ message }) => message).join(), /http20Enabled" is not checked by this version/);
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

describe("collectPolicies", () => {
	it("keeps the good rows beside a bad one", () => {
		const { policies, problems } = collectPolicies([
			{ name: "good", cells: { httpsOnly: true } },
			{ name: "bad", cells: { scope: "x" } },
		]);
		assert.deepEqual(
			policies.map(({ name }) => name),
			["good"],
		);
		assert.equal(problems.length, 1);
	});

	it("says that there is no policy", () => {
		assert.deepEqual(
			collectPolicies([]).problems.map(({ code, scope }) => [code, scope]),
			[["policy-missing", "/"]],
		);
	});

	it("has one problem for each cell, though two rows have one name", () => {
		const rows = [
			{ name: "a", cells: { httpsOnly: "x" } },
			{ name: "a", cells: { httpsOnly: "y" } },
		];
		const scopes = collectPolicies(rows).problems.map(({ scope }) => scope);
		assert.deepEqual(scopes, ["DriftPolicy/a/httpsOnly", "DriftPolicy/a/name"]);
	});

	it("says that two policies have one name", () => {
		const rows = [
			{ name: "a", cells: {} },
			{ name: "a", cells: {} },
		];
		assert.deepEqual(
			collectPolicies(rows).problems.map(({ scope }) => scope),
			["DriftPolicy/a/name"],
		);
	});
});
