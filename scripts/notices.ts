import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A package of which something is in a bundle, as it says of itself. */
export interface Notice {
	/** With its version. */
	readonly name: string;
	/** By https://spdx.org/licenses. */
	readonly licence: string;
	readonly text: string;
}

/** Licences that ask for no more than to be named and passed on. */
const permissive = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Unlicense"];

/** The texts of packages that come without. */
const kept = path.join(import.meta.dirname, "licences");

/** Reads what a package says of its licence. Throws where that is not permissive, or is told nowhere: then nobody may pass it on. */
export function readNotice(folder: string): Notice {
	const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
	if (!permissive.includes(license)) {
		throw new Error(
			`${name} ${version} is bundled under ${JSON.stringify(license)}, which is none of ${permissive.join(", ")}`,
		);
	}
	const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice|copyrightnotice)\b/i.test(file));
	const texts = files.sort().map((file) => readFileSync(path.join(folder, file), "utf8"));
	const text = (texts.length === 0 ? readKept(name) : texts.join("\n\n")).replaceAll("\r\n", "\n").trim();
	if (text === "") {
		throw new Error(
			`${name} ${version} is bundled and comes without the text of its licence: put it into scripts/licences`,
		);
	}
	return { name: `${name} ${version}`, licence: license, text };
}

function readKept(name: string): string {
	const file = `${name.replace("/", "-")}.txt`;
	return readdirSync(kept).includes(file) ? readFileSync(path.join(kept, file), "utf8") : "";
}

/** All of them in one text, each licence once with those that are under the same words. */
export function renderNotices(notices: readonly Notice[]): string {
	const names = new Set<string>();
	const some = notices.filter(({ name }) => !names.has(name) && names.add(name));
	const byText = Map.groupBy(some, ({ text }) => text);
	const sections = [...byText].map(([text, those]) => {
		const heads = those.map(({ name, licence }) => `${name} (${licence})`);
		return `${"-".repeat(80)}\n${heads.join("\n")}\n\n${text}\n`;
	});
	return `The programs in this folder hold parts of these packages, each under its own licence.\n\n${sections.join("\n")}`;
}
