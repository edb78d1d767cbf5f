import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A file that the page holds whole, and by whose hash the browser knows it. */
export interface Asset {
	readonly text: string;
	/** For a Content-Security-Policy. */
	readonly hash: string;
}

/** What the page is made of besides its markup. The build puts both files beside the bundle. */
export function loadAssets(): { readonly style: Asset; readonly script: Asset } {
	return { style: load("report.css"), script: load("report.js") };
}

function load(name: string): Asset {
	const text = readFileSync(new URL(name, import.meta.url), "utf8");
	return { text, hash: `'sha256-${createHash("sha256").update(text).digest("base64")}'` };
}
