import type { KnownBlock, RichTextBlock, RichTextElement } from "@slack/types";
import type { Browser, Page } from "playwright-core";
import { openPage, type PageDocument, type PageElement, type ShownPage } from "./browser.ts";

/** A page that can show messages in about the looks of Slack. */
export async function openSlackPage(browser: Browser, width?: number, scale?: number): Promise<ShownPage> {
	return await openPage(browser, `<style>${style}</style>`, width, scale);
}

/** Shows one message after the other, and gives their texts as people see them; the last one stays. */
export async function showMessages(page: Page, messages: readonly (readonly KnownBlock[])[]) {
	return await page.evaluate(showInPage, { messages, emojis });
}

/** Text goes into the page as text nodes alone. */
function showInPage({
	messages,
	emojis,
}: {
	messages: readonly (readonly KnownBlock[])[];
	emojis: Readonly<Record<string, string>>;
}): string[] {
	const { document } = globalThis as unknown as { document: PageDocument };

	function make(name: string, className: string, ...children: (PageElement | string)[]): PageElement {
		const element = document.createElement(name);
		element.className = className;
		element.append(...children);
		return element;
	}

	function showBlock(block: KnownBlock): PageElement {
		if (block.type === "divider") return make("hr", "");
		if (block.type === "rich_text") return make("div", "block", ...block.elements.map(showPart));
		throw new Error(`the preview knows no ${block.type}`);
	}

	function showPart(part: RichTextBlock["elements"][number]): PageElement {
		if (part.type === "rich_text_section") return make("div", "", ...part.elements.map(showElement));
		if (part.type === "rich_text_preformatted") return make("pre", "", ...part.elements.map(showElement));
		throw new Error(`the preview knows no ${part.type}`);
	}

	function showElement(element: RichTextElement): PageElement {
		if (element.type === "emoji") {
			const character = emojis[element.name];
			if (character === undefined) throw new Error(`the preview knows no :${element.name}:`);
			return make("span", "emoji", character);
		}
		if (element.type === "link") {
			const link = make("a", "", element.text ?? element.url);
			link.setAttribute("href", element.url);
			return link;
		}
		if (element.type === "text") {
			const { bold, italic, code } = element.style ?? {};
			return make(code ? "code" : "span", `${bold ? "bold " : ""}${italic ? "italic" : ""}`, element.text);
		}
		throw new Error(`the preview knows no ${element.type}`);
	}

	return messages.map((blocks) => {
		const who = make("div", "", make("span", "bold", "mtls-drift"), make("span", "app", "APP"));
		const message = make("div", "message", make("div", "content", who, ...blocks.map(showBlock)));
		document.body.replaceChildren(message);
		return message.innerText;
	});
}

/** Those that messages are written with. */
const emojis: Readonly<Record<string, string>> = {
	red_circle: "🔴",
	large_orange_circle: "🟠",
	large_yellow_circle: "🟡",
	large_blue_circle: "🔵",
	white_circle: "⚪",
	white_check_mark: "✅",
	warning: "⚠️",
};

const style = `
	body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, "Liberation Sans", sans-serif; }
	.message { padding: 12px 20px 16px 64px; position: relative; }
	.message::before { content: "🔐"; position: absolute; left: 20px; top: 16px; width: 36px; height: 36px; line-height: 36px; border-radius: 8px; background: #e8e4f0; text-align: center; font-size: 18px; }
	.block { margin: 4px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
	.bold { font-weight: 700; }
	.italic { font-style: italic; }
	.emoji { font-family: "Noto Color Emoji"; font-size: 14px; }
	.app { margin-left: 6px; padding: 1px 3px; border-radius: 2px; background: #e8e8e8; color: #616061; font-size: 10px; font-weight: 700; }
	hr { border: 0; border-top: 1px solid #dddddd; margin: 12px 0; }
	a { color: #1264a3; text-decoration: none; }
	code { font: 12px "Liberation Mono", monospace; color: #c01343; background: #f6f6f6; border: 1px solid #dddddd; border-radius: 3px; padding: 1px 3px; }
	pre { font: 12px/1.5 "Liberation Mono", monospace; background: #f8f8f8; border: 1px solid #dddddd; border-radius: 4px; padding: 8px; margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
`;
