import type { KnownBlock, RichTextBlock, RichTextElement, RichTextSection } from "@slack/types";
import type { ProblemReport, Report, SiteReport } from "../../core/report/report.ts";
import { type ChatFinding, type ChatSite, type Tone, toChatHeader, toChatProblem, toChatSite } from "./chat.ts";
import { bytesOf, fillParts, type RenderedPart } from "./parts.ts";

/** https://docs.slack.dev/reference/block-kit/blocks */
const maxBlocks = 50;
/** Slack states no limit for all blocks together, and has refused some with 11,341 characters of text: https://github.com/slackapi/bolt-js/issues/2867 */
const maxBytes = 12_000;

/** The report in Block Kit for an incoming webhook, cut into parts. Data stands in rich text alone, which knows no mrkdwn. */
export function renderSlack(report: Report): readonly RenderedPart[] {
	const fullest = { ...report, part: 9999, parts: 9999 };
	const roomBytes = maxBytes - Buffer.byteLength(write(fullest));
	const roomBlocks = maxBlocks - renderHead(fullest).length;
	const render = (item: SiteReport | ProblemReport): KnownBlock[] => {
		if (!("resourceId" in item)) return renderProblemBlocks(item);
		const whole = renderSiteBlocks(toChatSite(item));
		return bytesOf(whole) < roomBytes ? whole : renderSiteBlocks(toChatSite(item, true));
	};
	const rendered = new Map([...report.sites, ...report.problems].map((item) => [item, render(item)]));
	const shares = fillParts(report, (item) => {
		const blocks = rendered.get(item) ?? [];
		return Math.max((bytesOf(blocks) + 1) / roomBytes, blocks.length / roomBlocks);
	});
	return shares.map((share, index) => {
		const part = { ...report, ...share, part: index + 1, parts: shares.length };
		const items = [...share.sites, ...share.problems].flatMap((item) => rendered.get(item) ?? []);
		return { ...share, body: write(part, items) };
	});
}

function write(report: Report, items: readonly KnownBlock[] = []): string {
	const { title, lines } = toChatHeader(report);
	return JSON.stringify({
		// For notifications, and for clients without blocks.
		text: escapeText([title, ...lines].join("\n")),
		mrkdwn: false,
		unfurl_links: false,
		unfurl_media: false,
		blocks: [...renderHead(report), ...items],
	});
}

function renderHead(report: Report): KnownBlock[] {
	const { title, lines } = toChatHeader(report);
	return [richText(section(bold(title), ...lines.map((line) => plain(`\n${line}`))))];
}

function renderSiteBlocks({ name, facts, findings, commands, notes, portalUrl }: ChatSite): KnownBlock[] {
	const link: RichTextElement = { type: "link", url: portalUrl, text: "Open\u00a0in\u00a0the\u00a0portal" };
	return [
		{ type: "divider" },
		richText(section(bold(name), plain(`\n${facts}  `), link)),
		...findings.map(renderFindingBlock),
		...(commands.length === 0
			? []
			: [richText({ type: "rich_text_preformatted", elements: [{ type: "text", text: commands.join("\n") }] })]),
		...(notes.length === 0 ? [] : [richText(section(...notes.flatMap(renderNote)))]),
	];
}

function renderNote(note: string, index: number): RichTextElement[] {
	return [...(index === 0 ? [] : [plain("\n")]), emoji("warning"), plain(` ${note}`)];
}

function renderFindingBlock(finding: ChatFinding): RichTextBlock {
	const { tone, label, rule, learnMore, target, why, desired, observed, isPast, explanation, origin } = finding;
	return richText(
		section(
			emoji(emojis[tone]),
			bold(` ${label}  `),
			{ type: "link", url: learnMore, text: rule, style: { bold: true } },
			...(target === "" ? [] : [bold(`  ${target}`)]),
			...(why === null ? [] : [italic(`  ${why}`)]),
			plain("\ndesired "),
			code(desired),
			plain(isPast ? ", was " : ", observed "),
			code(observed),
			...(explanation === "" ? [] : [plain(`\n${explanation}`)]),
			italic(`\n${origin}`),
		),
	);
}

function renderProblemBlocks(problem: ProblemReport): KnownBlock[] {
	const { tone, label, message } = toChatProblem(problem);
	return [{ type: "divider" }, richText(section(emoji(emojis[tone]), bold(` ${label}`), plain(`\n${message}`)))];
}

const emojis: Readonly<Record<Tone, string>> = {
	critical: "red_circle",
	high: "large_orange_circle",
	medium: "large_yellow_circle",
	low: "large_blue_circle",
	exempt: "white_circle",
	over: "white_check_mark",
};

/** Its text needs no escaping and is never parsed: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
function richText(...elements: RichTextBlock["elements"]): RichTextBlock {
	return { type: "rich_text", elements };
}

function section(...elements: RichTextElement[]): RichTextSection {
	return { type: "rich_text_section", elements };
}

function plain(text: string): RichTextElement {
	return { type: "text", text };
}

function bold(text: string): RichTextElement {
	return { type: "text", text, style: { bold: true } };
}

function italic(text: string): RichTextElement {
	return { type: "text", text, style: { italic: true } };
}

/** Slack refuses a text that is empty. */
function code(text: string): RichTextElement {
	return { type: "text", text: text === "" ? " " : text, style: { code: true } };
}

function emoji(name: string): RichTextElement {
	return { type: "emoji", name };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeText(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
