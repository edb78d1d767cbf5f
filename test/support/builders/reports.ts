import assert from "node:assert/strict";
import fc from "fast-check";
import {
	type FindingNotification,
	findingReasons,
	type Notifications,
	problemReasons,
} from "../../../src/core/lifecycle/notification-diff.ts";
import type { Change } from "../../../src/core/model/change.ts";
import { type StoredFinding, severities } from "../../../src/core/model/finding.ts";
import { problemCodes } from "../../../src/core/model/problem.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { composeReport, type Report } from "../../../src/core/report/report.ts";
import { rules } from "../../../src/core/rules/index.ts";
import { findingsPerEntry } from "../../../src/notify/sinks/chat.ts";
import type { RenderedPart, Share } from "../../../src/notify/sinks/parts.ts";
import { thumbprintOf } from "../arm/arm-objects.ts";
import { hostileText } from "./arbitraries.ts";
import { exemption, held, hostName, now, reported, site, subscriptionId } from "./site.ts";

/** Every text of a report that people set, or that is written from what they set, with the most characters that it may have. */
const longest = {
	site: 60,
	slot: 59,
	resourceGroup: 90,
	subscription: 64,
	hostName: 253,
	policy: 512,
	path: 4000,
	desired: 4000,
	observed: 4000,
	explanation: 4000,
	exemption: 512,
	reason: 1000,
	owner: 200,
	advice: 600,
	problem: 4000,
} as const;
export type Field = keyof typeof longest;

const namesOfArm: readonly Field[] = ["site", "slot", "resourceGroup"];

/** Writes a field. `mark` stands in it, and nowhere else in the report. */
export type Write = (field: Field, mark: string) => string;

/** The mark of the n-th finding's, site's or problem's field: of one length, so that none is the start of another. */
function mark(field: Field, index: number): string {
	return `${field}${String(index).padStart(4, "0")}`;
}

const pad = (field: Field, start: string, filling: string) =>
	(start + filling.repeat(Math.ceil(longest[field] / filling.length))).slice(0, longest[field]);

/** Names as they are, commands that fit. */
const short: Write = (_, mark) => mark;

/** The longest legal names. */
const long: Write = (field, mark) => {
	if (field === "hostName") return pad(field, mark, `.${"a".repeat(50)}`).replace(/\.$/, "a");
	return pad(field, mark, namesOfArm.includes(field) ? "-abcdefghi" : " lorem ipsum");
};

/** Three bytes in UTF-8 for one character. */
const wide: Write = (field, mark) => pad(field, mark, "界");

/** Two bytes in JSON for one character, in bash up to four. */
const quoted: Write = (field, mark) => pad(field, mark, `"\\'`);

/** What chats, browsers, terminals and encoders take for their own. */
const attacks = [
	"<!channel>",
	"<!here|x>",
	"<@U123>",
	"<#C1>",
	"<https://evil.example|click>",
	"[click](https://evil.example)",
	"![x](https://evil.example/x.png)",
	"https://evil.example",
	"**bold**",
	"*bold* _italic_ ~struck~",
	"# heading\n- item\n1. item\n> quote",
	"{{DATE(2017-02-14T06:00:00Z, SHORT)}}",
	"{{{TIME(2017-02-14T06:00:00Z)}}}",
	"<at>all</at>",
	"<AT>all</AT>",
	":smile:",
	"`code` ```block```",
	`"'\\`,
	"line\r\nbreak\u2028\u2029\0",
	"\u202egnp.exe\u2066\u200b",
	"\ud800",
	"\udc00\ud83d",
	"😀👩‍👩‍👧",
	"界",
	"&lt;b&gt;&amp;",
	"<script>alert(1)</script>",
	"<img src=https://evil.example/x.png onerror=alert(1)>",
	"javascript:alert(1)",
] as const;

/** Every field attacks, before and after its mark; another finding, another attack. */
const hostile: Write = (field, mark) => surround(field, mark, attacks);

/** Whatever else may be in a text. */
export const anyWrite: fc.Arbitrary<Write> = fc
	.array(
		fc.oneof(
			hostileText,
			fc.constantFrom(...attacks),
			fc.string({ unit: "binary", maxLength: 2000, size: "max" }),
			fc.constantFrom("界", `"`, "\\", "<!", "{", "&", "a").map((character) => character.repeat(1000)),
		),
		{ minLength: 1, maxLength: 10 },
	)
	.map((texts) => (field, mark) => surround(field, mark, texts));

function surround(field: Field, mark: string, texts: readonly string[]): string {
	const index = Number(mark.slice(-4)) + Object.keys(longest).indexOf(field);
	// The parts of an ARM ID have 260 characters at most, or the site is not read.
	const most = namesOfArm.includes(field) ? (260 - mark.length) / 2 : Number.POSITIVE_INFINITY;
	return `${pick(texts, index).slice(0, most)}${mark}${pick(texts, index * 5 + 3).slice(0, most)}`;
}

/** The reports that every chat is tried with. */
export const samples: readonly (readonly [name: string, report: () => Report])[] = [
	["1 finding with the longest legal names", () => reportOf(1, long)],
	["30 findings with the longest legal names", () => reportOf(30, long)],
	["3,000 findings with the longest legal names", () => reportOf(3000, long)],
	["300 findings with short names", () => reportOf(300, short)],
	["300 findings in characters of three bytes", () => reportOf(300, wide)],
	["300 findings in characters that are escaped", () => reportOf(300, quoted)],
	["300 findings with names that do not mean well", () => reportOf(300, hostile)],
];

/** Reports of which each is a little longer than the one before, so that some parts are filled to their last byte; each part tells for every reason. */
export const gradual: readonly (() => Report)[] = Array.from({ length: 280 }, (_, more) => () => {
	const lengths: Partial<Record<Field, number>> = { path: 0, desired: more, observed: more, explanation: 2 * more };
	const report = reportOf(30, (field, mark) => {
		const length = lengths[field];
		return length === undefined ? long(field, mark) : mark.padEnd(length, "x");
	});
	let count = 0;
	const sites = report.sites.map((site) => ({
		...site,
		findings: site.findings.map((finding) => ({ ...finding, reason: pick(reasons, count++) })),
	}));
	return { ...report, sites, problems: [] };
});

/**
 * As a chat is told of so many findings: five to a site, of all rules, severities and reasons, with a problem for every tenth.
 * Commands and warnings are as the product plans them.
 */
export function reportOf(count: number, write: Write): Report {
	const findings = Array.from({ length: count }, (_, index): FindingNotification => notificationsOf(index, write));
	const problems = Array.from({ length: Math.ceil(count / 10) }, (_, index): Notifications["problems"][number] => ({
		reason: pick(problemReasons, index),
		problem: {
			code: pick(problemCodes, index),
			scope: `DriftPolicy/${index}`,
			message: write("problem", mark("problem", index)),
			firstSeen: now,
			status: "open",
			endedAt: null,
		},
	}));
	const scan = {
		id: "scan-1",
		startedAt: now.toISOString(),
		finishedAt: now.toISOString(),
		complete: false,
		counts: { sites: 9999, inSync: 1111, drifted: 2222, exempt: 3333, unknown: 2222, notCovered: 1111 },
	};
	const subscription = { id: subscriptionId, name: write("subscription", mark("subscription", 0)) };
	return composeReport(
		{ subscription, scan },
		{ findings, problems },
		{ portal: "https://portal.azure.com", findingsPerEntry },
	);
}

/** Each finding and each problem is in exactly one part, in the order of the report. */
export function assertComplete(parts: readonly RenderedPart[], report: Report): void {
	const listed = (share: Share) => [marksOf(share, "desired"), marksOf(share, "problem")];
	const all = { sites: parts.flatMap(({ sites }) => sites), problems: parts.flatMap(({ problems }) => problems) };
	assert.deepEqual(listed(all), listed(report));
}

/** What people see of a part tells each of its findings and problems once, in their order, and nothing that is not of it. */
export function assertShown(text: string, share: Share): void {
	for (const field of ["desired", "policy", "problem"] as const) {
		assert.deepEqual(marksIn(text, field), marksOf(share, field));
	}
	// A host name stands in commands too, and what was observed in explanations.
	for (const field of ["site", "hostName", "observed"] as const) {
		assert.deepEqual(new Set(marksIn(text, field)), new Set(marksOf(share, field)));
	}
	if (text.includes("For what it means")) return;
	for (const field of ["explanation", "reason"] as const) {
		assert.deepEqual(marksIn(text, field), marksOf(share, field));
	}
}

function marksIn(text: string, field: Field): readonly string[] {
	return text.match(new RegExp(`${field}\\d{4}`, "g")) ?? [];
}

function marksOf({ sites, problems }: Share, field: Field): readonly string[] {
	if (field === "problem") return problems.flatMap(({ message }) => marksIn(message, field));
	if (field === "site") return sites.flatMap(({ name }) => marksIn(name, field));
	const findings = sites.flatMap((site) => site.findings);
	return findings.flatMap((finding) => {
		const texts: Partial<Record<Field, string>> = {
			hostName: finding.target ?? "",
			desired: finding.desired,
			observed: finding.observed + finding.explanation,
			explanation: finding.explanation,
			policy: finding.policy,
			reason: finding.exemption?.reason ?? "",
		};
		return marksIn(texts[field] ?? "", field);
	});
}

const findingsPerSite = 5;

/** From what is still open to what is gone. */
const reasons = findingReasons.toReversed();

function notificationsOf(index: number, write: Write): FindingNotification {
	const at = (field: Field, number = index) => write(field, mark(field, number));
	const rule = pick(rules, index);
	const reason = pick(reasons, Math.floor(index / severities.length));
	const siteNumber = Math.floor(index / findingsPerSite);
	const host = at("hostName");
	const subject = site({
		name: at("site", siteNumber),
		slot: siteNumber % 2 === 0 ? null : at("slot", siteNumber),
		resourceGroup: at("resourceGroup", siteNumber),
		customHostNames: reported([hostName(host, "SniEnabled", thumbprintOf(host))]),
	});
	const hasEnded = reason === "resolved" || reason === "removed";
	const {
		name,
		category,
		reason: why,
		owner,
		expiresOn,
	} = exemption({
		name: at("exemption"),
		reason: at("reason"),
		owner: at("owner"),
	});
	const finding: StoredFinding = {
		site: { ...subject, hasSlots: false },
		rule: rule.id,
		target: rule.perHostName ? host : null,
		severity: pick(severities, index),
		desired: at("desired"),
		observed: at("observed"),
		fingerprint: "",
		explanation: at("explanation"),
		policy: at("policy"),
		learnMore: rule.learnMore,
		exemption: reason === "exempted" ? { name, category, reason: why, owner, expiresOn } : null,
		fix: mergeChanges(subject, remedyOf(rule.id, host, at), held(), now),
		firstSeen: now,
		status: hasEnded ? reason : "open",
		endedAt: hasEnded ? now : null,
	};
	return { reason, finding };
}

function remedyOf(rule: string, host: string, at: (field: Field) => string): readonly Change[] {
	switch (rule) {
		case "https-only":
			return [{ change: "site-properties", properties: { httpsOnly: true } }];
		case "client-cert-mode":
			return [
				{
					change: "site-properties",
					properties: { clientCertEnabled: true, clientCertMode: "OptionalInteractiveUser" },
				},
			];
		case "client-cert-exclusion-paths":
			return [{ change: "site-properties", properties: { clientCertExclusionPaths: `/${at("path")}` } }];
		case "min-tls-version":
			return [{ change: "site-config", properties: { minTlsVersion: "1.3" } }];
		case "http20":
			return [{ change: "site-config", properties: { http20Enabled: false } }];
		case "custom-domain-tls":
			return [{ change: "binding", hostName: host, sslState: "SniEnabled", certificate: "keep" }];
		case "domain-bindings":
			return [{ change: "host-name", hostName: host, action: "delete" }];
		default:
			return Array.from({ length: 50 }, (_, number) => ({
				change: "manual-step",
				advice: `${number}. ${at("advice")}`,
			}));
	}
}

function pick<T>(items: readonly T[], index: number): T {
	return items[index % items.length] as T;
}

/** Where the link of a site leads: to the portal as such where its ID is longer than any can be. */
export function linkTo(portalUrl: string): string {
	const { href, origin } = new URL(portalUrl);
	return href.length <= 1500 ? href : origin;
}
