import { html, raw } from "hono/html";
import type { Asset } from "./assets.ts";

/** Markup in which everything that came from elsewhere is text. */
export type Markup = ReturnType<typeof html>;

export interface Assets {
	readonly style: Asset;
	readonly script: Asset;
}

/** A whole page, with what keeps it to itself. */
export interface Page {
	readonly body: string;
	readonly headers: Readonly<Record<string, string>>;
}

/**
 * A page that loads nothing from elsewhere, runs no script but its own, and hands on no address: the function key can stand in it.
 * Style and script are known by their hashes.
 */
export function renderDocument(title: string, main: Markup, { style, script }: Assets): Page {
	const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style.text)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${main}
<script>${raw(script.text)}</script>
</body>
</html>
`;
	const policy = [
		"default-src 'none'",
		`style-src ${style.hash}`,
		`script-src ${script.hash}`,
		"img-src data:",
		"connect-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	];
	return {
		body: String(page),
		headers: {
			"content-type": "text/html; charset=utf-8",
			"content-security-policy": policy.join("; "),
			"cross-origin-opener-policy": "same-origin",
			"referrer-policy": "no-referrer",
			"x-content-type-options": "nosniff",
		},
	};
}
