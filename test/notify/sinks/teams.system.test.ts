import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { Browser } from "playwright-core";
import type { FindingReport, Report, SiteReport } from "../../../src/core/report/report.ts";
import type { RenderedPart } from "../../../src/notify/sinks/parts.ts";
import { renderTeams } from "../../../src/notify/sinks/teams.ts";
import { openBrowser, openCardPage, showCards } from "../../support/browser/browser.ts";
import {
	anyWrite,
	assertComplete,
	assertShown,
	gradual,
	linkTo,
	reportOf,
	samples,
} from "../../support/builders/reports.ts";
import { scaleRuns } from "../../support/fuzz.ts";

const maxBytes = 20_000;

interface Element {
	readonly type: string;
	readonly text?: string;
	readonly items?: readonly Element[];
	readonly [property: string]: unknown;
}

interface Message {
	readonly type: string;
	readonly attachments: readonly {
		readonly contentType: string;
		readonly content: { readonly body: readonly Element[]; readonly [property: string]: unknown };
	}[];
}

const parse = (body: string): Message => JSON.parse(body);
const cardOf = (body: string) => (parse(body).attachments[0] as Message["attachments"][number]).content;

/** Everything in a message that has a type. */
function elementsOf(value: unknown): readonly Element[] {
	if (typeof value !== "object" || value === null) return [];
	const inner = Object.values(value).flatMap(elementsOf);
	return "type" in value ? [value as Element, ...inner] : inner;
}

function textsOf(value: unknown): readonly string[] {
	return elementsOf(value).flatMap(({ text }) => text ?? []);
}

/** What holds for every report. */
function checkMessages(report: Report): void {
	const parts = renderTeams(report);
	assertComplete(parts, report);
	for (const [index, { body, sites, problems }] of parts.entries()) {
		const bytes = Buffer.byteLength(body);
		assert.ok(bytes <= maxBytes, `part ${index + 1} has ${bytes} bytes`);
		assert.ok(body.isWellFormed());
		const next = parts[index + 1];
		if (next !== undefined) assert.ok(bytes + Buffer.byteLength(next.body) > maxBytes, "two would fit into one");

		const { type, attachments } = parse(body);
		assert.deepEqual(
			[type, attachments.map(({ contentType }) => contentType)],
			["message", ["application/vnd.microsoft.card.adaptive"]],
		);
		const { body: elements, ...card } = cardOf(body);
		assert.deepEqual(card, {
			$schema: "http://adaptivecards.io/schemas/adaptive-card.json",
			type: "AdaptiveCard",
			version: "1.5",
			msteams: { width: "Full" },
		});
		const [head, ...containers] = elements;
		assert.equal(
			textsOf(head).some((text) => text === `Part ${index + 1} of ${parts.length}`),
			parts.length > 1,
		);
		assert.equal(containers.length, sites.length + problems.length);
		for (const [index, site] of sites.entries()) checkSite(site, containers[index] as Element);
		checkNothingSpeaks(elements, sites);
	}
}

function checkSite({ remediation: { bash }, portalUrl }: SiteReport, container: Element): void {
	const [button, ...otherButtons] = elementsOf(container).filter(({ title }) => title !== undefined);
	assert.deepEqual([button?.title, button?.url], ["Open in the portal", linkTo(portalUrl)]);
	assert.deepEqual(otherButtons, []);

	const blocks = elementsOf(container).filter(({ type }) => type === "CodeBlock");
	if (blocks.length > 0 || bash.length === 0) {
		const commands = bash.length === 0 ? [] : [bash.join("\n")];
		assert.deepEqual(
			blocks.map(({ codeSnippet }) => codeSnippet),
			commands,
		);
		assert.deepEqual(
			blocks.flatMap(({ fallback }) => textsOf(fallback)),
			commands,
		);
	} else {
		assert.match(textsOf(container).join("\n"), /⚠ For .*the commands.*, run mtls-drift scan/);
	}
}

/** The types that stand in a card; text stands in TextRun alone. */
const allowedTypes = ["Action.OpenUrl", "ActionSet", "CodeBlock", "Container", "RichTextBlock", "TextRun"];

function checkNothingSpeaks(elements: readonly Element[], sites: readonly SiteReport[]): void {
	for (const { type, text, url } of elementsOf(elements)) {
		assert.ok(allowedTypes.includes(type), type);
		assert.equal(text !== undefined, type === "TextRun");
		assert.equal(url !== undefined, type === "Action.OpenUrl");
	}
	for (const text of textsOf(elements)) {
		assert.notEqual(text, "");
		assert.doesNotMatch(text, /<\/?at\b|\{\{/i);
	}
	const pasted = new Set(sites.map(({ remediation }) => remediation.bash.join("\n")));
	for (const text of textsOf(elements).filter((text) => !pasted.has(text))) {
		assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
	}
}

describe("renderTeams", () => {
	let browser: Browser;
	before(async () => {
		browser = await openBrowser();
	});
	after(() => browser.close());

	it("makes no message of nothing", () =>
		assert.deepEqual(renderTeams({ ...reportOf(1, (_, mark) => mark), sites: [], problems: [] }), []));

	for (const [name, create] of samples) {
		describe(`of ${name}`, () => {
			it("makes numbered messages of at most 20,000 bytes, in which nothing speaks", () => checkMessages(create()));

			it("makes cards that Microsoft's own library takes and shows, with every finding once, in the report's order", async () => {
				const parts = renderTeams(create());
				await using shown = await openCardPage(browser);
				const cards = await showCards(
					shown.page,
					parts.map(({ body }) => cardOf(body)),
				);
				assert.equal(cards.length, parts.length);
				for (const [index, { validationErrors, text, elements, links, buttons }] of cards.entries()) {
					const part = parts[index] as RenderedPart;
					assertShown(text, part);
					assert.deepEqual(
						validationErrors.filter(
							(validationError) => !validationError.startsWith('Unknown element type "CodeBlock". Fallback'),
						),
						[],
					);
					assert.deepEqual(
						elements.filter((element) => !["a", "br", "button", "div", "span"].includes(element)),
						[],
					);
					// Each rule is a link to Microsoft's page on it, and nothing else is one.
					const findings = part.sites.flatMap((site) => site.findings);
					assert.deepEqual(
						links,
						findings.map(({ rule }) => rule),
					);
					assert.deepEqual(
						elementsOf(cardOf(part.body)).flatMap(({ selectAction }) => selectAction ?? []),
						findings.map(({ learnMore }) => ({ type: "Action.OpenUrl", url: learnMore })),
					);
					assert.deepEqual(
						buttons,
						part.sites.map(() => "Open in the portal"),
					);
					// Adaptive Cards have functions that would show it in another way.
					const times = (shownText: string) => shownText.match(/2017-02-14T06:00:00Z/g)?.length;
					assert.equal(times(text), times(textsOf(cardOf(part.body)).join("\n")));
				}
				assert.deepEqual(shown.incidents, []);
			});
		});
	}

	it("keeps its promises however full the parts are", () => {
		for (const create of gradual) checkMessages(create());
	});

	it("keeps its promises whatever the texts are", () => {
		fc.assert(
			fc.property(anyWrite, fc.integer({ min: 1, max: 60 }), (write, count) => checkMessages(reportOf(count, write))),
			{ numRuns: scaleRuns(60), endOnFailure: true },
		);
	});

	describe("shows how bad it is", () => {
		const [site] = reportOf(1, (_, mark) => mark).sites as [SiteReport];
		const exemption = {
			name: "legacy",
			category: "waiver",
			reason: "old devices",
			owner: "pay team",
			expiresOn: "2027-01-01T00:00:00.000Z",
		} as const;
		const cases: readonly [name: string, Partial<FindingReport>, style: string, label: string, color: string][] = [
			["critical", { severity: "critical" }, "attention", "CRITICAL", "Attention"],
			["high", { severity: "high" }, "attention", "HIGH", "Attention"],
			["medium", { severity: "medium" }, "warning", "MEDIUM", "Warning"],
			["low", { severity: "low" }, "accent", "LOW", "Accent"],
			["exempt", { severity: "critical", reason: "exempted", exemption }, "emphasis", "CRITICAL", "Default"],
			["resolved", { severity: "critical", reason: "resolved" }, "good", "RESOLVED", "Good"],
			["removed", { severity: "critical", reason: "removed" }, "good", "REMOVED", "Good"],
		];
		const show = (findings: readonly Partial<FindingReport>[]) => {
			const listed = findings.map((changes) => ({
				...(site.findings[0] as FindingReport),
				reason: "new" as const,
				...changes,
			}));
			const [part] = renderTeams({
				...reportOf(1, (_, mark) => mark),
				sites: [{ ...site, findings: listed }],
				problems: [],
			});
			return cardOf(part?.body ?? "").body;
		};
		for (const [name, finding, style, label, color] of cases) {
			it(name, () => {
				const elements = show([finding]);
				assert.equal(elements[0]?.style, style);
				assert.equal(elementsOf(elements).find(({ text }) => text === label)?.color, color);
			});
		}

		it("as the worst of several", () => {
			assert.equal(show([{ severity: "low" }, { severity: "medium" }, { reason: "resolved" }])[0]?.style, "warning");
		});
	});
});
