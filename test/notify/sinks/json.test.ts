import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { beyondSubscriptions, composeReport, type Report, type SiteReport } from "../../../src/core/report/report.ts";
import { sinks } from "../../../src/notify/sinks/index.ts";
import { renderJson } from "../../../src/notify/sinks/json.ts";
import { thumbprintOf } from "../../support/arm/arm-objects.ts";
import {
	certificate,
	held,
	hostName,
	judge,
	notificationsOf,
	policy,
	reported,
	site,
	siteId,
} from "../../support/builders/site.ts";

function siteReport(name: string, explanation = "It matters."): SiteReport {
	const nothing = { bash: [], powershell: [], warnings: [] };
	return {
		resourceId: siteId("rg-app", name),
		name,
		slot: null,
		resourceGroup: "rg-app",
		kind: "webapp",
		portalUrl: "https://portal.azure.com",
		findings: [
			{
				rule: "https-only",
				target: null,
				reason: "new",
				severity: "high",
				desired: "true",
				observed: "false",
				explanation,
				policy: "default",
				firstSeen: "2026-11-23T00:00:00.000Z",
				exemption: null,
				learnMore: "https://learn.microsoft.com",
			},
		],
		remediation: nothing,
		rollback: nothing,
	};
}

function report(sites: readonly SiteReport[], problems = 0): Report {
	return {
		subscription: null,
		scan: null,
		sites,
		problems: Array.from({ length: problems }, (_, index) => ({
			code: "site-unreadable",
			reason: "new",
			scope: siteId("rg-app", `lost-${index}`),
			message: "It could not be read. ".repeat(50),
		})),
		part: 1,
		parts: 1,
	};
}

const parse = (body: string): { type: string; timestamp: string; data: Report } => JSON.parse(body);

describe("renderJson", () => {
	const now = new Date();

	it("makes one message of what fits", () => {
		const [message, ...others] = renderJson(report([siteReport("a"), siteReport("b")], 1), now);
		assert.deepEqual(others, []);
		const { type, timestamp, data } = parse(message?.body ?? "");
		assert.equal(type, "mtls-drift.report.v1");
		assert.equal(timestamp, now.toISOString());
		assert.deepEqual([data.sites.length, data.problems.length, data.part, data.parts], [2, 1, 1, 1]);
		assert.deepEqual([message?.sites.length, message?.problems.length], [2, 1]);
	});

	it("makes no message of nothing", () => assert.deepEqual(renderJson(report([]), now), []));

	for (const [name, character, length] of [
		["of three bytes", "界", 430],
		["that PowerShell spells out", "%", 430],
		["that JSON spells out", '"', 215],
	] as const) {
		it(`keeps a site with the longest legal names, many host names and the longest paths ${name} within parts`, () => {
			const hosts = Array.from(
				{ length: 60 },
				(_, index) => `${String(index).padStart(3, "0")}.${"abcdefgh.".repeat(27)}contoso`,
			);
			const paths = (start: string) => [
				`/${start}`,
				...Array.from({ length: 9 }, (_, index) => `/${index}${character.repeat(length)}`),
			];
			const subject = site({
				...{ resourceGroup: "ß".repeat(90), name: "a".repeat(60), slot: "b".repeat(59) },
				tags: { [character.repeat(length)]: "t".repeat(1000) },
				clientCertExclusionPaths: reported(paths("observed")),
				customHostNames: reported(hosts.slice(30).map((host) => hostName(host, "SniEnabled", thumbprintOf("old")))),
			});
			const bindings = hosts.map((host) => ({
				hostName: host,
				sslState: "IpBasedEnabled" as const,
				thumbprint: thumbprintOf("new"),
			}));
			const wanted = policy(
				"界".repeat(512),
				{ clientCertExclusionPaths: paths("desired"), domainBindings: bindings, certificateMinDays: 30 },
				{ scope: subject.id },
			);
			const certificates = held(
				certificate("old", { hostNames: hosts, resourceGroup: "rg-plan", expiresAt: new Date("2026-11-30") }),
				certificate("new", { hostNames: hosts, resourceGroup: "rg-plan" }),
			);
			const notifications = notificationsOf([judge(subject, [wanted], { certificates })], certificates);
			const { findingsPerEntry } = sinks.json;
			const report = composeReport(beyondSubscriptions, notifications, {
				portal: "https://portal.azure.com",
				findingsPerEntry,
			});
			const parts = renderJson(report, now);
			for (const { body } of parts)
				assert.ok(Buffer.byteLength(body) <= 256 * 1024, `${Buffer.byteLength(body)} bytes`);
			const data = parts.flatMap(({ body }) => parse(body).data.sites);
			assert.equal(data.flatMap(({ findings }) => findings).length, notifications.findings.length);
			const commands = data.flatMap(({ remediation }) =>
				remediation.powershell.filter((line) => !line.includes("tags=")),
			);
			assert.equal(commands.length, 1 + 30 + 60);
		});
	}

	it("cuts into numbered parts within 256 KiB, with each site and problem in exactly one", () => {
		// Characters of three bytes: the limit counts bytes.
		const sites = Array.from({ length: 900 }, (_, index) =>
			siteReport(`site-${index}`, "…".repeat((index * 37) % 900)),
		);
		const messages = renderJson(report(sites, 300), now);
		assert.ok(messages.length > 3);
		const data = messages.map(({ body }) => parse(body).data);
		for (const { body } of messages) assert.ok(Buffer.byteLength(body) <= 256 * 1024);
		assert.deepEqual(
			data.map(({ part }) => part),
			messages.map((_, index) => index + 1),
		);
		assert.deepEqual(new Set(data.map(({ parts }) => parts)), new Set([messages.length]));
		assert.deepEqual(
			data.flatMap((part) => part.sites.map(({ name }) => name)),
			sites.map(({ name }) => name),
		);
		assert.equal(data.flatMap(({ problems }) => problems).length, 300);
		// No part is cut for nothing: two neighbours would not fit into one.
		for (const [index, { body }] of messages.slice(1).entries()) {
			assert.ok(Buffer.byteLength(body) + Buffer.byteLength(messages[index]?.body ?? "") > 256 * 1024);
		}
	});
});
