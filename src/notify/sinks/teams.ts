import type { ProblemReport, Report, SiteReport } from "../../core/report/report.ts";
import {
	type ChatFinding,
	type ChatSite,
	type Tone,
	toChatHeader,
	toChatProblem,
	toChatSite,
	worstTone,
} from "./chat.ts";
import { bytesOf, fillParts, type RenderedPart } from "./parts.ts";

/** Teams refuses what is over 28 KB once it has put its own into the card; 24,453 bytes have become 28,897: https://github.com/MicrosoftDocs/msteams-docs/issues/11274 */
const maxBytes = 20_000;

/** An element of an Adaptive Card. */
type Element = { readonly type: string; readonly [property: string]: unknown };

/** The report as Adaptive Cards for a Workflows webhook, cut into parts. Data stands in text runs alone, which know no Markdown. */
export function renderTeams(report: Report): readonly RenderedPart[] {
	// No part's head is longer than that of all in one, but for its style.
	const room = maxBytes - Buffer.byteLength(write({ ...report, part: 9999, parts: 9999 })) - 16;
	const renderItem = (item: SiteReport | ProblemReport): Element => {
		if (!("resourceId" in item)) return renderProblemContainer(item);
		const whole = renderSiteContainer(toChatSite(item));
		return bytesOf(whole) < room ? whole : renderSiteContainer(toChatSite(item, true));
	};
	const rendered = new Map([...report.sites, ...report.problems].map((item) => [item, renderItem(item)]));
	const shares = fillParts(report, (item) => (bytesOf(rendered.get(item)) + 1) / room);
	return shares.map((share, index) => {
		const part = { ...report, ...share, part: index + 1, parts: shares.length };
		const elements = [...share.sites, ...share.problems].flatMap((item) => rendered.get(item) ?? []);
		return { ...share, body: write(part, elements) };
	});
}

/** The envelope: https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams */
function write(report: Report, elements: readonly Element[] = []): string {
	const { title, lines } = toChatHeader(report);
	const head: Element = {
		type: "Container",
		style: headStyles[worstTone(report)],
		bleed: true,
		items: [
			text({ text: title, size: "Large", weight: "Bolder" }),
			...lines.map((line) => ({ ...text({ text: line }), spacing: "Small" })),
		],
	};
	const content = {
		$schema: "http://adaptivecards.io/schemas/adaptive-card.json",
		type: "AdaptiveCard",
		version: "1.5",
		msteams: { width: "Full" },
		body: [head, ...elements],
	};
	const attachment = { contentType: "application/vnd.microsoft.card.adaptive", content };
	return JSON.stringify({ type: "message", attachments: [attachment] });
}

const headStyles: Readonly<Record<Tone, string>> = {
	critical: "attention",
	high: "attention",
	medium: "warning",
	low: "accent",
	exempt: "emphasis",
	over: "good",
};

const colors: Readonly<Record<Tone, string>> = {
	critical: "Attention",
	high: "Attention",
	medium: "Warning",
	low: "Accent",
	exempt: "Default",
	over: "Good",
};

function renderSiteContainer({ name, facts, findings, commands, notes, portalUrl }: ChatSite): Element {
	return {
		type: "Container",
		separator: true,
		spacing: "Large",
		items: [
			text({ text: name, weight: "Bolder", size: "Medium" }, { text: `  ${facts}`, isSubtle: true }),
			...findings.flatMap(renderFindingElements),
			...renderCommands(commands),
			...notes.map((note) => text({ text: `⚠ ${note}` })),
			{ type: "ActionSet", actions: [{ type: "Action.OpenUrl", title: "Open in the portal", url: portalUrl }] },
		],
	};
}

function renderFindingElements(finding: ChatFinding): Element[] {
	const { tone, label, rule, learnMore, target, why, desired, observed, isPast, explanation, origin } = finding;
	const mono = (value: string) => ({ text: value, fontType: "Monospace" });
	return [
		{
			...text(
				{ text: label.toUpperCase(), color: colors[tone], weight: "Bolder" },
				{ text: "  " },
				{ text: rule, weight: "Bolder", selectAction: { type: "Action.OpenUrl", url: learnMore } },
				...(target === "" ? [] : [{ text: `  ${target}`, weight: "Bolder" }]),
				...(why === null ? [] : [{ text: `  ${why}`, italic: true }]),
			),
			spacing: "Medium",
		},
		{
			...text({ text: "desired " }, mono(desired), { text: isPast ? ", was " : ", observed " }, mono(observed)),
			spacing: "Small",
		},
		...(explanation === "" ? [] : [{ ...text({ text: explanation }), spacing: "Small" }]),
		{ ...text({ text: origin, isSubtle: true, size: "Small" }), spacing: "Small" },
	];
}

/** A block from which Teams copies; where a client does not have it, plain text. https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format#codeblock-in-adaptive-cards */
function renderCommands(commands: readonly string[]): Element[] {
	if (commands.length === 0) return [];
	const codeSnippet = commands.join("\n");
	const fallback = text({ text: codeSnippet, fontType: "Monospace" });
	return [{ type: "CodeBlock", codeSnippet, language: "Bash", fallback }];
}

function renderProblemContainer(problem: ProblemReport): Element {
	const { tone, label, message } = toChatProblem(problem);
	return {
		type: "Container",
		separator: true,
		items: [
			text({ text: label, weight: "Bolder", color: colors[tone] }),
			{ ...text({ text: message }), spacing: "Small" },
		],
	};
}

/** Text runs know no Markdown, unlike a TextBlock: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features */
function text(...runs: readonly { readonly text: string; readonly [property: string]: unknown }[]): Element {
	return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}
