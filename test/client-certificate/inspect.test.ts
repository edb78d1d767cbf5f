import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClientCertificateCheck, createClientCertificateInspector } from "../../src/client-certificate/index.ts";
import { issueAuthority, issueLeaf, now, serverAuth } from "../support/certificates/client-certificates.ts";

const root = await issueAuthority();
const leaf = await issueLeaf({ issuer: root });
const rules = {
	certificates: [
		{ name: "reader", issuer: root.name, routes: ["Orders", "prices"] },
		{ name: "writer", issuer: root.name, subject: leaf.name, routes: ["prices", "stock"] },
	],
	authorities: [root.base64],
};
const routes = ["stock", "orders", "admin", "prices"];

describe("createClientCertificateInspector", () => {
	it("checks without rules what needs none, and says why not the rest", () => {
		const { certificate, checks, refusal, routes: open } = createClientCertificateInspector()(leaf.base64, routes, now);
		assert.equal(certificate?.subject, leaf.name);
		assert.equal(refusal, null);
		assert.deepEqual(open, []);
		assert.deepEqual(
			checks.map(({ check, result, detail }) => [check, result, detail]),
			[
				["readable", "passed", "it is one certificate"],
				["dates", "passed", "it is valid from 2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z"],
				["chain", "not-checked", "there are no rules that say which authorities to trust"],
				["basic-constraints", "passed", "it is not that of an authority"],
				["usage", "passed", "it may be used for client authentication"],
				["allow-list", "not-checked", "there are no rules that say who may come"],
				["route", "not-checked", "there are no rules that say who may go where"],
			],
		);
	});

	it("refuses without rules too", async () => {
		const inspect = createClientCertificateInspector();
		const server = await issueLeaf({ extendedKeyUsage: [serverAuth] });
		const reasons = [null, "", "x", root.base64, server.base64].map(
			(header) => inspect(header, [], now).refusal?.reason,
		);
		const authority = "certificate-is-authority";
		assert.deepEqual(reasons, [
			"certificate-missing",
			"certificate-missing",
			"certificate-unreadable",
			authority,
			"certificate-usage",
		]);
		const later = inspect(leaf.base64, [], new Date("2028-01-01")).refusal;
		assert.deepEqual([later?.reason, later?.status], ["certificate-expired", 401]);
	});

	it("says which of the routes it may use, and as whom", () => {
		const { checks, refusal, routes: open } = createClientCertificateInspector(rules)(leaf.base64, routes, now);
		assert.equal(refusal, null);
		assert.deepEqual(open, [
			{ route: "stock", name: "writer" },
			{ route: "orders", name: "reader" },
			{ route: "prices", name: "reader" },
		]);
		assert.ok(checks.every(({ result }) => result === "passed"));
		assert.equal(checks.at(-1)?.detail, 'it may use "stock", "orders", "prices"');
	});

	it("opens no route where any check failed", async () => {
		const old = await issueLeaf({ issuer: root, notAfter: "2026-05-01T00:00:00Z" });
		const { checks, refusal, routes: open } = createClientCertificateInspector(rules)(old.base64, routes, now);
		assert.deepEqual([refusal?.reason, open], ["certificate-expired", []]);
		assert.equal(checks.at(-1)?.result, "passed");
	});

	it("asks for no route where there is none", () => {
		const { checks, refusal } = createClientCertificateInspector(rules)(leaf.base64, [], now);
		assert.equal(refusal, null);
		assert.deepEqual(checks.at(-1), { check: "route", result: "not-checked", detail: "no route was asked for" });
	});

	it("agrees with the check, route by route", async () => {
		const check = createClientCertificateCheck(rules);
		const inspect = createClientCertificateInspector(rules);
		const headers = [null, "x", leaf.base64, root.base64, (await issueLeaf()).base64];
		for (const header of headers) {
			for (const route of routes) {
				const outcome = check(header, route, now);
				const inspection = inspect(header, [route], now);
				assert.deepEqual(outcome.checks, inspection.checks);
				assert.deepEqual(outcome.certificate, inspection.certificate);
				assert.equal(outcome.allowed ? null : outcome.message, inspection.refusal?.message ?? null);
				const open = inspect(header, routes, now).routes.find((one) => one.route === route);
				assert.equal(outcome.allowed ? outcome.name : undefined, open?.name);
			}
		}
	});
});
