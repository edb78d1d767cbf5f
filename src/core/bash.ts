import type { Command } from "./remediation.ts";

/** A command line for bash: each word arrives in the program exactly as it is, and nothing in it runs. */
export function renderBash(command: Command): string {
	return command.map(quote).join(" ");
}

const plainWord = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
// Control characters and those that hide or reorder text: what people cannot see, they must not paste.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function quote(word: string): string {
	if (plainWord.test(word)) return word;
	if (!invisible.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
	const escaped = Array.from(word, (character) => {
		if (character === "'" || character === "\\") return `\\${character}`;
		return invisible.test(character) ? escapeBytes(character) : character;
	});
	return `$'${escaped.join("")}'`;
}

/** As bytes of UTF-8, since `\u` depends on the shell's locale and version. */
function escapeBytes(character: string): string {
	return Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
