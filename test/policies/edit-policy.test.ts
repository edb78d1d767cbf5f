import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editPolicy } from "../../src/policies/edit-policy.ts";
import { siteId } from "../support/builders/site.ts";

const stood = { name: "default", fields: { httpsOnly: "TRUE", ClientCertMode: "optional", minTlsVersion: 1.2 } };

function accept(...[before, assigned, unset = []]: [typeof stood | undefined, Record<string, unknown>, string[]?]) {
	const edit = editPolicy("default", before, assigned, unset);
	assert.ok(edit.accepted, JSON.stringify(edit));
	return { fields: edit.row.fields, changes: edit.changes.map(({ column, before: b, after }) => [column, b, after]) };
}

describe("editPolicy", () => {
	it("makes a row, in the spelling that is shown back and with the types of the table", () => {
		const assigned = {
			HTTPSONLY: "true",
			clientcertmode: " required",
			clientCertExclusionPaths: "/b; /A;",
			certificateMinDays: "30",
			minTlsVersion: "1.2",
			customDomainTls: "any",
			scope: `${siteId("rg", "app")}/`,
			tag: "env = prod",
			kind: "WebApp",
			domainBindings: "WWW.contoso.com=sniEnabled",
		};
		assert.deepEqual(accept(undefined, assigned).fields, {
			httpsOnly: true,
			clientCertMode: "Required",
			clientCertExclusionPaths: "/a;/b",
			certificateMinDays: 30,
			minTlsVersion: "1.2",
			customDomainTls: "Any",
			scope: siteId("rg", "app"),
			tag: "env=prod",
			kind: "webapp",
			domainBindings: "www.contoso.com=SniEnabled",
		});
	});

	it("changes the cells that it is given, however they were spelt, and leaves the others as they are", () => {
		assert.deepEqual(accept(stood, { clientCertMode: "Required" }), {
			fields: { httpsOnly: "TRUE", minTlsVersion: 1.2, clientCertMode: "Required" },
			changes: [["clientCertMode", "Optional", "Required"]],
		});
	});

	it("takes cells away", () => {
		assert.deepEqual(accept(stood, {}, ["CLIENTCERTMODE", "http20Enabled"]), {
			fields: { httpsOnly: "TRUE", minTlsVersion: 1.2 },
			changes: [["clientCertMode", "Optional", undefined]],
		});
	});

	it("sees no change in another spelling of the same", () => {
		assert.deepEqual(accept(stood, { httpsOnly: "true", minTlsVersion: "1.2" }).changes, []);
	});

	it("tells the empty text from no cell", () => {
		assert.deepEqual(accept(stood, { clientCertExclusionPaths: "" }).changes, [
			["clientCertExclusionPaths", undefined, ""],
		]);
	});

	const refused: Record<
		string,
		[fields: Record<string, unknown>, assigned: Record<string, unknown>, columns: string[], unset?: string[]]
	> = {
		"a bad value": [{}, { httpsOnly: "ture" }, ["httpsOnly"]],
		"several at once": [{}, { httpsOnly: "ture", scope: "pay", colour: "red" }, ["httpsOnly", "scope", "colour"]],
		"a row that would stay bad": [{ kind: "vm" }, { httpsOnly: "true" }, ["kind"]],
		"a cell that is not there to be taken away": [{}, { httpsOnly: "true" }, ["htpsOnly"], ["htpsOnly"]],
		"a cell that is both set and taken away": [{}, { httpsOnly: "true" }, ["httpsOnly"], ["HTTPSONLY"]],
		"host names that lose their site": [
			{ scope: siteId("rg", "app"), domainBindings: "www.contoso.com" },
			{ scope: "/" },
			["domainBindings"],
		],
	};
	for (const [name, [fields, assigned, columns, unset = []]] of Object.entries(refused)) {
		it(`refuses ${name}`, () => {
			const edit = editPolicy("default", { name: "default", fields }, assigned, unset);
			assert.deepEqual(edit.accepted ? [] : edit.validationErrors.map(({ column }) => column), columns);
		});
	}

	it("mends a bad row by taking its bad cell away, or by giving it another", () => {
		const bad = { name: "default", fields: { httpsOnly: "ture", colour: "red" } };
		const edit = editPolicy("default", bad, { httpsOnly: "true" }, ["colour"]);
		assert.deepEqual(edit.accepted && edit.changes, [
			{ column: "httpsOnly", before: "ture", after: "true" },
			{ column: "colour", before: "red", after: undefined },
		]);
	});
});
