import { invisible } from "../model/text.ts";
import type { Command } from "./az-commands.ts";

/** A command line for bash: each word arrives in the program exactly as it is, and nothing in it runs. */
export function renderBash(command: Command): string {
	return command.map(quote).join(" ");
}

const plainWord = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

function quote(word: string): string {
	if (plainWord.test(word)) return word;
	if (word.search(invisible) < 0) return `'${word.replaceAll("'", "'\\''")}'`;
	// What people cannot see they must not paste.
	return `$'${word.replace(/['\\]/g, "\\$&").replace(invisible, escapeBytes)}'`;
}

/** As bytes of UTF-8, since `\u` depends on the shell's locale and version. */
function escapeBytes(character: string): string {
	return Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
