import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KnownBlock, RichTextBlock } from "@slack/types";
import fc from "fast-check";
import type { Browser } from "playwright-core";
import type { Report, SiteReport } from "../../../src/core/report/report.ts";
import type { RenderedPart } from "../../../src/notify/sinks/parts.ts";
import { renderSlack } from "../../../src/notify/sinks/slack.ts";
import { openBrowser } from "../../support/browser/browser.ts";
import { openSlackPage, showMessages } from "../../support/browser/slack-preview.ts";
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

/** https://docs.slack.dev/reference/block-kit/blocks */
const mostBlocks = 50;
const longestText = 3000;
/** https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
const longestMessage = 12_000;

interface Message {
	readonly text: string;
	readonly blocks: readonly KnownBlock[];
	readonly [property: string]: unknown;
}

const parse = (body: string): Message => JSON.parse(body);

interface Element {
	readonly type: string;
	readonly [property: string]: unknown;
}

/** Everything in a message that has a type. */
function elementsOf(value: unknown): readonly Element[] {
	if (typeof value !== "object" || value === null) return [];
	const inner = Object.values(value).flatMap(elementsOf);
	return "type" in value ? [value as Element, ...inner] : inner;
}

const textsOf = (value: unknown) => elementsOf(value).flatMap(({ text }) => (typeof text === "string" ? [text] : []));

/** What holds for every report. */
function checkMessages(report: Report): void {
	const parts = renderSlack(report);
	assertComplete(parts, report);
	for (const [index, { body, sites, problems }] of parts.entries()) {
		assert.ok(Buffer.byteLength(body) <= longestMessage);
		assert.ok(body.isWellFormed());
		const { text, blocks, ...options } = parse(body);
		assert.deepEqual(options, { mrkdwn: false, unfurl_links: false, unfurl_media: false });
		assert.doesNotMatch(text, /[<>]|&(?!amp;|lt;|gt;)/);
		assert.equal(text.endsWith(`\nPart ${index + 1} of ${parts.length}`), parts.length > 1);

		assert.ok(blocks.length <= mostBlocks, `part ${index + 1} has ${blocks.length} blocks`);
		const [head, ...rest] = blocks;
		assert.equal(
			textsOf(head).some((line) => line.trim() === `Part ${index + 1} of ${parts.length}`),
			parts.length > 1,
		);
		for (const block of blocks) checkBlock(block);
		const items = splitAtDividers(rest);
		assert.equal(items.length, sites.length + problems.length);
		for (const [index, site] of sites.entries()) checkSite(site, items[index] ?? []);
		for (const item of items.slice(sites.length)) assert.deepEqual(linksOf(item), []);
	}
}

/** The types that stand in a message. None of them is a text object, in which mrkdwn would speak, or mentions anybody. */
const allowedTypes = ["emoji", "link", "rich_text", "rich_text_preformatted", "rich_text_section", "text"];

function checkBlock(block: KnownBlock): void {
	if (block.type === "divider") return;
	for (const { type, text, name } of elementsOf(block)) {
		assert.ok(allowedTypes.includes(type), type);
		// Slack refuses a text that is empty.
		if (type === "text") assert.ok(typeof text === "string" && text !== "");
		if (type === "emoji") assert.match(String(name), /^[a-z_]+$/);
	}
	assert.ok(textsOf(block).join("").length <= longestText);
	for (const text of textsOf(block)) assert.doesNotMatch(text, /<[!@#]/);
}

function splitAtDividers(blocks: readonly KnownBlock[]): readonly (readonly KnownBlock[])[] {
	const items: KnownBlock[][] = [];
	for (const block of blocks) {
		if (block.type === "divider") items.push([]);
		else items.at(-1)?.push(block);
	}
	return items;
}

const linksOf = (blocks: readonly KnownBlock[]) => elementsOf(blocks).filter(({ type }) => type === "link");

function checkSite({ findings, remediation: { bash }, portalUrl }: SiteReport, blocks: readonly KnownBlock[]): void {
	assert.deepEqual(
		linksOf(blocks).map(({ url }) => url),
		[linkTo(portalUrl), ...findings.map(({ learnMore }) => learnMore)],
	);
	const parts = blocks.flatMap((block) => (block as RichTextBlock).elements);
	const shown = parts.filter(({ type }) => type === "rich_text_preformatted").map(({ elements }) => elements);
	if (shown.length > 0 || bash.length === 0) {
		assert.deepEqual(shown, bash.length === 0 ? [] : [[{ type: "text", text: bash.join("\n") }]]);
	} else {
		assert.match(textsOf(blocks).join("\n"), / For .*the commands.*, run mtls-drift scan/);
	}
}

describe("renderSlack", () => {
	let browser: Browser;
	before(async () => {
		browser = await openBrowser();
	});
	after(() => browser.close());

	const short = reportOf(1, (_, mark) => mark);

	it("makes no message of nothing", () => assert.deepEqual(renderSlack({ ...short, sites: [], problems: [] }), []));

	for (const [name, create] of samples) {
		describe(`of ${name}`, () => {
			it("makes numbered messages within Slack's limits, in which nothing speaks", () => checkMessages(create()));

			it("tells every finding once, in the report's order", async () => {
				const parts = renderSlack(create());
				await using shown = await openSlackPage(browser);
				const texts = await showMessages(
					shown.page,
					parts.map(({ body }) => parse(body).blocks),
				);
				assert.equal(texts.length, parts.length);
				for (const [index, text] of texts.entries()) assertShown(text, parts[index] as RenderedPart);
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

	it("escapes the text of notifications", () => {
		const subscription = { id: "1", name: "<!channel> R&D <https://evil.example|click>" };
		const [part] = renderSlack({ ...short, subscription });
		const { text } = parse(part?.body ?? "");
		assert.match(text, /^mtls-drift: &lt; !channel&gt; R&amp;D &lt;https:\/\/evil\.example\|click&gt;\n/);
	});

	it("shows a value that is empty", () => {
		const [site] = short.sites as [SiteReport];
		const findings = site.findings.map((finding) => ({ ...finding, desired: "", observed: "", explanation: "" }));
		checkMessages({ ...short, sites: [{ ...site, findings }] });
	});

	describe("shows how bad it is", () => {
		const [site] = short.sites as [SiteReport];
		const cases = [
			["critical", "new", "red_circle", "critical"],
			["high", "changed", "large_orange_circle", "high"],
			["medium", "reminder", "large_yellow_circle", "medium"],
			["low", "reopened", "large_blue_circle", "low"],
			["critical", "resolved", "white_check_mark", "resolved"],
			["critical", "removed", "white_check_mark", "removed"],
		] as const;
		for (const [severity, reason, emoji, label] of cases) {
			it(`${severity}, ${reason}`, () => {
				const findings = site.findings.map((finding) => ({ ...finding, severity, reason }));
				const [part] = renderSlack({ ...short, sites: [{ ...site, findings }], problems: [] });
				const elements = elementsOf(parse(part?.body ?? "").blocks);
				const index = elements.findIndex(({ type }) => type === "emoji");
				assert.equal(elements[index]?.name, emoji);
				assert.match(String(elements[index + 1]?.text), new RegExp(`^ ${label}  `));
			});
		}
	});
});
