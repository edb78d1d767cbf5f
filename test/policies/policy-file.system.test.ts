import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { writePolicy } from "../../src/core/model/policy.ts";
import { readPolicySet } from "../../src/policies/policy-set.ts";
import { policies } from "../support/builders/arbitraries.ts";
import { siteId } from "../support/builders/site.ts";

// As it lies in the package.
const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, "../../dist/policies.schema.json"), "utf8"));
const validate = new Ajv2020({ allErrors: true }).compile(schema);
const accepts = (file: unknown) => validate(file);

const exemption = {
	name: "legacy",
	scope: "/",
	rule: "https-only",
	category: "waiver",
	reason: "old devices",
	owner: "pay team",
	expiresOn: "2027-01-31",
};

describe("the JSON Schema of a policy file", () => {
	const accepted: Record<string, unknown> = {
		"the least": { policies: [] },
		"a reference to itself": { $schema: "./policies.schema.json", policies: [] },
		"a TLS version as a number, as it is read": { policies: [{ name: "a", minTlsVersion: 1.2 }] },
		"every column": {
			policies: [
				{
					name: "all",
					scope: siteId("rg", "app"),
					tag: "env=prod",
					kind: "webapp",
					httpsOnly: true,
					clientCertMode: "Required",
					clientCertExclusionPaths: "/health",
					customDomainTls: "Any",
					domainBindings: "www.contoso.com",
					certificateMinDays: 30,
					minTlsVersion: "1.2",
					http20Enabled: "false",
					verify: false,
				},
			],
			exemptions: [exemption, { ...exemption, target: "www.contoso.com" }],
		},
	};
	for (const [name, file] of Object.entries(accepted)) {
		it(`accepts ${name}`, () => assert.ok(accepts(file), JSON.stringify(validate.errors)));
	}

	const { expiresOn: _, ...endless } = exemption;
	const refused: Record<string, unknown> = {
		"no policies": {},
		"a policy without a name": { policies: [{ httpsOnly: true }] },
		"a misspelt column": { policies: [{ name: "a", httpOnly: true }] },
		"a word that there is not": { policies: [{ name: "a", clientCertMode: "Allow" }] },
		"days that are no number": { policies: [{ name: "a", certificateMinDays: "soon" }] },
		"a part of a day": { policies: [{ name: "a", certificateMinDays: 1.5 }] },
		"an exemption without an end": { policies: [], exemptions: [endless] },
		"an exemption of a rule that there is not": { policies: [], exemptions: [{ ...exemption, rule: "all" }] },
	};
	for (const [name, file] of Object.entries(refused)) it(`refuses ${name}`, () => assert.ok(!accepts(file)));

	it("accepts what is shown back, which reads as the same again", () => {
		fc.assert(
			fc.property(policies, (rows) => {
				const readable = rows.filter(({ settings }) =>
					Object.values(settings).every((field) => field.is !== "invalid"),
				);
				const entries = readable.map((row) => {
					// For a site alone.
					const { domainBindings: _bindings, ...settings } = row.settings;
					return { name: row.name, ...Object.fromEntries(writePolicy({ ...row, settings })) };
				});
				assert.ok(accepts({ policies: entries }), JSON.stringify(validate.errors));
				const read = readPolicySet(
					entries.map(({ name, ...fields }) => ({ name, fields })),
					[],
				);
				assert.deepEqual(
					read.policies.map((one) => [...writePolicy(one)]),
					entries.map(({ name: _name, ...fields }) => Object.entries(fields)),
				);
			}),
		);
	});
});
