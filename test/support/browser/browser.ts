import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as AdaptiveCards from "adaptivecards";
import { type Browser, chromium, type Page } from "playwright-core";
import { findOnPath } from "../shell/find-on-path.ts";

const usualNames = ["chromium", "chromium-browser", "google-chrome"];

/** Starts the Chromium that is on PATH, without a window. */
export async function openBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: findChromium(process.env.PATH ?? ""),
		args: ["--no-sandbox", "--disable-font-subpixel-positioning"],
	});
}

export function findChromium(searchPath: string): string {
	const file = findOnPath(usualNames, searchPath);
	if (file !== undefined) return file;
	throw new Error(
		`There is no Chromium on PATH (${usualNames.join(", ")}), which shows the messages to these tests. On Debian: apt-get install chromium`,
	);
}

export interface ShownPage extends AsyncDisposable {
	readonly page: Page;
	/** What went wrong in the page, or tried to get out of it. */
	readonly incidents: readonly string[];
}

/** Opens a page of its own, which nothing leaves. */
export async function openPage(browser: Browser, html: string, width = 600, scale = 1): Promise<ShownPage> {
	const context = await browser.newContext({ viewport: { width, height: 800 }, deviceScaleFactor: scale });
	const incidents: string[] = [];
	await context.route("**/*", async (route) => {
		incidents.push(`request to ${route.request().url()}`);
		await route.abort();
	});
	const page = await context.newPage();
	noteIncidents(page, incidents);
	await page.setContent(html);
	return { page, incidents, [Symbol.asyncDispose]: () => context.close() };
}

/** Notes what goes wrong in a page, or opens by itself. */
export function noteIncidents(page: Page, incidents: string[]): void {
	page.on("pageerror", (error) => incidents.push(`error: ${error.message}`));
	page.on("console", (message) => incidents.push(`console: ${message.text()}`));
	page.on("popup", () => incidents.push("popup"));
	page.on("dialog", async (dialog) => {
		incidents.push(`dialog: ${dialog.message()}`);
		await dialog.dismiss();
	});
}

/** What these tests use of a page's DOM. */
export interface PageElement {
	readonly tagName: string;
	readonly innerText: string;
	textContent: string;
	className: string;
	append(...children: (PageElement | string)[]): void;
	replaceChildren(...children: PageElement[]): void;
	setAttribute(name: string, value: string): void;
	querySelectorAll(selector: string): Iterable<PageElement>;
}

export interface PageDocument {
	readonly body: PageElement;
	createElement(name: string): PageElement;
}

const adaptiveCards = readFileSync(
	fileURLToPath(import.meta.resolve("adaptivecards/dist/adaptivecards.min.js")),
	"utf8",
);

/** A page that can show Adaptive Cards in about the looks of Teams. */
export async function openCardPage(browser: Browser, width?: number, scale?: number): Promise<ShownPage> {
	const shown = await openPage(browser, `<style>${cardStyle}</style>`, width, scale);
	await shown.page.addScriptTag({ content: adaptiveCards });
	return shown;
}

/** How a card came out. */
export interface ShownCard {
	/** What the parser and the renderer complained of. */
	readonly validationErrors: readonly string[];
	/** As people see it. */
	readonly text: string;
	/** The texts of all links. */
	readonly links: readonly string[];
	/** The names of all HTML elements, each once. */
	readonly elements: readonly string[];
	readonly buttons: readonly string[];
}

/** Shows one card after the other; the last one stays. */
export async function showCards(page: Page, cards: readonly unknown[]): Promise<readonly ShownCard[]> {
	return await page.evaluate(showInPage, { cards, hostConfig });
}

function showInPage({ cards, hostConfig }: { cards: readonly unknown[]; hostConfig: unknown }): ShownCard[] {
	const { AdaptiveCards: library, document } = globalThis as unknown as {
		AdaptiveCards: typeof AdaptiveCards;
		document: PageDocument;
	};
	// Without one, the library takes no text for Markdown. This one sees what data would most likely be.
	library.AdaptiveCard.onProcessMarkdown = (text, result) => {
		result.outputHtml = text
			.replace(/\[(.*?)\]\((.*?)\)/g, '<a href="$2">$1</a>')
			.replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
			.replace(/[*_](.+?)[*_]/g, "<em>$1</em>");
		result.didProcess = true;
	};
	return cards.map((content) => {
		const context = new library.SerializationContext();
		const card = new library.AdaptiveCard();
		card.hostConfig = new library.HostConfig(hostConfig);
		card.parse(content, context);
		const parsed = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index));
		const { validationEvents } = card.validateProperties();
		const rendered = card.render() as unknown as PageElement;
		document.body.replaceChildren(rendered);
		return {
			validationErrors: [...parsed, ...validationEvents].map(({ message }) => message),
			text: rendered.innerText,
			links: Array.from(rendered.querySelectorAll("a"), ({ textContent }) => textContent ?? ""),
			elements: [...new Set(Array.from(rendered.querySelectorAll("*"), ({ tagName }) => tagName.toLowerCase()))].sort(),
			buttons: Array.from(rendered.querySelectorAll("button"), ({ innerText }) => innerText),
		};
	});
}

const cardStyle = `
	body { margin: 16px; background: #f5f5f5; }
	.ac-adaptiveCard { border: 1px solid #e0e0e0; border-radius: 8px; box-shadow: 0 2px 4px #0001; overflow: hidden; }
	.ac-richTextBlock { overflow-wrap: anywhere; }
	.ac-pushButton { font: 600 14px "Segoe UI", "Liberation Sans", sans-serif; padding: 6px 16px; border-radius: 4px; border: 1px solid #d1d1d1; background: #fff; color: #242424; }
`;

const shades = (color: string, subtle: string) => ({ default: color, subtle });
const foregroundColors = {
	default: shades("#242424", "#616161"),
	accent: shades("#5b5fc7", "#5b5fc7"),
	good: shades("#237b4b", "#237b4b"),
	warning: shades("#835c00", "#835c00"),
	attention: shades("#c4314b", "#c4314b"),
};
const container = (backgroundColor: string) => ({ backgroundColor, foregroundColors });

/** About that of Teams in its light theme. */
const hostConfig = {
	fontTypes: {
		default: {
			fontFamily: '"Segoe UI", "Liberation Sans", sans-serif',
			fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
			fontWeights: { lighter: 400, default: 400, bolder: 600 },
		},
		monospace: {
			fontFamily: 'Consolas, "Liberation Mono", monospace',
			fontSizes: { small: 12, default: 13, medium: 14, large: 18, extraLarge: 24 },
			fontWeights: { lighter: 400, default: 400, bolder: 600 },
		},
	},
	spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 12 },
	separator: { lineThickness: 1, lineColor: "#e0e0e0" },
	containerStyles: {
		default: container("#ffffff"),
		emphasis: container("#f0f0f0"),
		accent: container("#e8ebfa"),
		good: container("#e7f2da"),
		warning: container("#fbf6d9"),
		attention: container("#fcf4f6"),
	},
	actions: { actionsOrientation: "horizontal", actionAlignment: "left", buttonSpacing: 8, spacing: "default" },
	supportsInteractivity: true,
};
