import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import { severities } from "../../src/core/model/finding.ts";
import { rules } from "../../src/core/rules/index.ts";
import { measureScan } from "../../src/telemetry/measure-scan.ts";
import { judge, notReported, policy, reported, site } from "../support/builders/site.ts";

describe("the numbers of a scan", () => {
	const policies = [policy("default", { clientCertMode: "Required", httpsOnly: true })];
	const assessments = [
		judge(site({ httpsOnly: reported(false) }), policies),
		judge(site({ httpsOnly: reported(false), clientCertMode: notReported("not told") }), policies),
	];
	const scanned = (changes: Partial<Scan> = {}): Scan => ({
		id: "scan-1",
		subscription: { id: "00000000-0000-0000-0000-000000000001", name: "Production" },
		startedAt: new Date("2026-11-25T10:00:00Z"),
		finishedAt: new Date("2026-11-25T10:00:02.500Z"),
		counts: { sites: 5, inSync: 3, drifted: 2, exempt: 0, unknown: 0, notCovered: 0 },
		enforcement: null,
		assessments,
		problems: [],
		unreadPolicies: new Set(),
		certificates: { readable: false, reason: "nobody asked for them" },
		requests: 2,
		seen: new Set(),
		confirmedDeleted: new Set(),
		failure: null,
		listsComplete: true,
		complete: true,
		...changes,
	});
	const found = (scan: Scan, name: string) =>
		measureScan(scan)
			.filter((one) => one.name === name && one.value > 0)
			.map(({ value, attributes: { subscription, ...others } }) => [...Object.values(others), value]);

	it("are open findings by rule and severity, unknowns by rule, sites by status, and seconds", () => {
		assert.deepEqual(found(scanned(), "mtls_drift.findings"), [["https-only", "critical", 2]]);
		assert.deepEqual(found(scanned(), "mtls_drift.unknown"), [
			["client-cert-mode", 1],
			["tls-renegotiation", 1],
		]);
		assert.deepEqual(found(scanned(), "mtls_drift.sites"), [
			["in-sync", 3],
			["drifted", 2],
		]);
		assert.deepEqual(found(scanned(), "mtls_drift.scan.duration"), [[true, 2.5]]);
	});

	it("leave out what is accepted", () => {
		const [drifted] = assessments;
		assert.ok(drifted);
		const findings = drifted.findings.map((finding) => ({ ...finding, exemption: { name: "migration" } as never }));
		assert.deepEqual(found(scanned({ assessments: [{ ...drifted, findings }] }), "mtls_drift.findings"), []);
	});

	it("are zeros for what is not there, so that it is seen to be gone", () => {
		const measured = measureScan(scanned({ assessments: [] }));
		assert.equal(
			measured.filter(({ name }) => name === "mtls_drift.findings").length,
			rules.length * severities.length,
		);
		assert.equal(measured.filter(({ name }) => name === "mtls_drift.unknown").length, rules.length);
	});

	it("are none of the sites where a list broke off: fewer would look fine", () => {
		const names = measureScan(scanned({ complete: false, listsComplete: false })).map(({ name }) => name);
		assert.deepEqual(names, ["mtls_drift.scan.duration"]);
		assert.deepEqual(found(scanned({ complete: false }), "mtls_drift.sites"), [
			["in-sync", 3],
			["drifted", 2],
		]);
	});
});
