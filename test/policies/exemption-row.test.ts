import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readExemptionRow } from "../../src/policies/exemption-row.ts";
import { toProblem } from "../../src/policies/fields.ts";
import { siteId } from "../support/builders/site.ts";

const good = {
	scope: siteId("rg", "app"),
	rule: "https-only",
	category: "waiver",
	reason: "old devices",
	owner: "pay team",
	expiresOn: "2027-01-31",
};
const read = (fields: Record<string, unknown>) => {
	const { exemption, validationErrors } = readExemptionRow({ name: "row", fields });
	return {
		exemption,
		problems: validationErrors.map((validationError) => toProblem("exemption-invalid", "row", validationError)),
	};
};

describe("readExemptionRow", () => {
	it("reads an exemption", () => {
		assert.deepEqual(read(good), {
			exemption: { name: "row", ...good, target: null, expiresOn: new Date("2027-01-31T00:00:00Z") },
			problems: [],
		});
	});

	const accepted: Record<string, [fields: Record<string, unknown>, expect: Record<string, unknown>]> = {
		"stray spaces and another case": [
			{ scope: ` ${good.scope}/ `, rule: " HTTPS-Only ", category: "Mitigated", owner: " me " },
			{ scope: good.scope, rule: "https-only", category: "mitigated", owner: "me" },
		],
		"every rule, everywhere": [
			{ rule: "*", scope: "/" },
			{ rule: "*", scope: "/" },
		],
		"a host name": [
			{ rule: "custom-domain-tls", target: "www.contoso.com " },
			{ rule: "custom-domain-tls", target: "www.contoso.com" },
		],
		"a host name, for every rule": [
			{ rule: "*", target: "www.contoso.com" },
			{ rule: "*", target: "www.contoso.com" },
		],
		"a moment": [{ expiresOn: "2027-01-31T18:00:00Z" }, { expiresOn: new Date("2027-01-31T18:00:00Z") }],
		"a moment with an offset": [
			{ expiresOn: "2027-01-31t18:00:00+01:00" },
			{ expiresOn: new Date("2027-01-31T17:00:00Z") },
		],
		"a moment without seconds": [{ expiresOn: "2027-01-31T18:00Z" }, { expiresOn: new Date("2027-01-31T18:00:00Z") }],
		"one that has ended: that is for the clock to say": [
			{ expiresOn: "2020-01-01" },
			{ expiresOn: new Date("2020-01-01T00:00:00Z") },
		],
	};
	for (const [name, [fields, expect]] of Object.entries(accepted)) {
		it(`accepts ${name}`, () => {
			const { exemption, problems } = read({ ...good, ...fields });
			assert.deepEqual(problems, []);
			assert.deepEqual({ ...exemption, ...expect }, exemption);
		});
	}

	const refused: Record<string, [fields: Record<string, unknown>, column: string, says: RegExp]> = {
		"a scope that is no ARM ID": [{ scope: "pay" }, "scope", /is "pay", but it takes \/, \/subscriptions\/ID/],
		"an unknown rule": [{ rule: "https" }, "rule", /is "https", but it takes https-only, .*, \*/],
		"a rule that is like none, not even like *": [{ rule: "x" }, "rule", /is "x", but it takes [^(]*, \*\. It/],
		"a misspelt rule": [{ rule: "http-only" }, "rule", /\(did you mean https-only\?\)/],
		"an unknown category": [{ category: "accepted" }, "category", /takes waiver, mitigated/],
		"an empty reason": [{ reason: " " }, "reason", /must not be empty: say why/],
		"a very long reason": [{ reason: "x".repeat(1001) }, "reason", /must not be longer than 1000 characters/],
		"an empty owner": [{ owner: "" }, "owner", /must not be empty: say who/],
		"an empty host name": [{ target: "" }, "target", /must name a host name; take the cell away/],
		"a host name, where the rule looks at the site": [
			{ target: "www.contoso.com" },
			"target",
			/is a host name, but https-only checks the site as a whole/,
		],
		"a date that there is not": [{ expiresOn: "2027-02-30" }, "expiresOn", /takes a date such as 2027-01-31/],
		"a date in another form": [{ expiresOn: "31.01.2027" }, "expiresOn", /is "31\.01\.2027", but it takes a date/],
		"a moment that could be anywhere": [{ expiresOn: "2027-01-31T18:00:00" }, "expiresOn", /takes a date/],
		"a moment that is in the year 10000 in UTC, which no message can name": [
			{ expiresOn: "9999-12-31T23:59:59-01:00" },
			"expiresOn",
			/takes a date .* and none after 9999/,
		],
		"a number for a date": [{ expiresOn: 20270131 }, "expiresOn", /must be text/],
		"a misspelt column": [{ targt: "www.contoso.com" }, "targt", /is unknown\. Did you mean target\?/],
		"an unknown column": [{ ticket: "4711" }, "ticket", /is unknown\. The columns are scope, rule, /],
		"a column that stands there twice": [{ Rule: "*" }, "rule", /stands there twice/],
	};
	for (const [name, [fields, column, says]] of Object.entries(refused)) {
		it(`exempts nothing by ${name}, and says so`, () => {
			const { exemption, problems } = read({ ...good, ...fields });
			assert.equal(exemption, null);
			assert.deepEqual(
				problems.map(({ code, scope }) => [code, scope]),
				[["exemption-invalid", `DriftExemption/row/${column}`]],
			);
			const message = problems[0]?.message ?? "";
			assert.match(message, says);
			assert.match(message, /^DriftExemption, row "row", column ".*It exempts nothing until that is mended\.$/);
		});
	}

	it("names every column that is missing, and none that was meant by a misspelt one", () => {
		const { exemption, problems } = read({ rule: "*", expires: "2027-01-31" });
		assert.equal(exemption, null);
		assert.deepEqual(
			problems.map(({ scope }) => scope.split("/")[2]),
			["expires", "scope", "category", "reason", "owner"],
		);
	});
});
