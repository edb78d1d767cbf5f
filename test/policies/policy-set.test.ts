import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findProblems, readPolicySet } from "../../src/policies/policy-set.ts";
import { now } from "../support/builders/site.ts";

describe("readPolicySet", () => {
	it("keeps the good rows beside a bad one", () => {
		const { policies, problems } = readPolicySet(
			[
				{ name: "good", fields: { httpsOnly: true } },
				{ name: "bad", fields: { scope: "x" } },
			],
			[],
		);
		assert.deepEqual(
			policies.map(({ name }) => name),
			["good"],
		);
		assert.equal(problems.length, 1);
	});

	it("says that there is no policy", () => {
		assert.deepEqual(
			readPolicySet([], []).problems.map(({ code, scope }) => [code, scope]),
			[["policy-missing", "/"]],
		);
	});

	it("has one problem for each cell, though two rows have one name", () => {
		const rows = [
			{ name: "a", fields: { httpsOnly: "x" } },
			{ name: "a", fields: { httpsOnly: "y" } },
		];
		const scopes = readPolicySet(rows, []).problems.map(({ scope }) => scope);
		assert.deepEqual(scopes, ["DriftPolicy/a/httpsOnly", "DriftPolicy/a/name"]);
	});

	it("says that two policies have one name", () => {
		const rows = [
			{ name: "a", fields: {} },
			{ name: "a", fields: {} },
		];
		assert.deepEqual(
			readPolicySet(rows, []).problems.map(({ scope }) => scope),
			["DriftPolicy/a/name"],
		);
	});
});

it("says that two exemptions have one name", () => {
	const row = {
		name: "a",
		fields: { scope: "/", rule: "*", category: "waiver", reason: "r", owner: "o", expiresOn: "2036-01-01" },
	};
	const { problems } = readPolicySet([{ name: "p", fields: {} }], [row, row]);
	assert.deepEqual(
		problems.map(({ code, scope }) => [code, scope]),
		[["exemption-invalid", "DriftExemption/a/name"]],
	);
});

describe("findProblems", () => {
	const exemption = (name: string, expiresOn: string) => ({
		name,
		fields: { scope: "/", rule: "*", category: "waiver", reason: "old devices", owner: "me", expiresOn },
	});

	it("says that an exemption has expired, and which it was", () => {
		const set = readPolicySet(
			[{ name: "default", fields: { httpsOnly: true } }],
			[exemption("past", "2026-11-23"), exemption("future", "2026-11-24")],
		);
		assert.deepEqual(findProblems(set, now), [
			{
				code: "exemption-invalid",
				scope: "DriftExemption/past/expiresOn",
				message:
					'DriftExemption, row "past", column "expiresOn" is 2026-11-23T00:00:00.000Z, which is past. It exempts nothing any more: renew it or take the row away.',
			},
		]);
	});

	it("says everything at once: bad cells, contradictions, and what has expired", () => {
		const set = readPolicySet(
			[
				{ name: "bad", fields: { httpsOnly: "ture" } },
				{ name: "torn", fields: { clientCertMode: "Required", httpsOnly: false, kind: "webapp" } },
			],
			[exemption("past", "2020-01-01"), { name: "empty", fields: {} }],
		);
		assert.deepEqual(
			[
				...new Set(
					findProblems(set, now).map(({ code, scope }) => `${code} ${scope.split("/").slice(0, 2).join("/")}`),
				),
			],
			[
				"policy-invalid DriftPolicy/bad",
				"exemption-invalid DriftExemption/empty",
				"policy-contradiction DriftPolicy/torn",
				"exemption-invalid DriftExemption/past",
			],
		);
	});
});
