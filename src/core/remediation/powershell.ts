import { invisible } from "../model/text.ts";
import type { Command } from "./az-commands.ts";

/**
 * A command line for PowerShell, Windows' own and the newer one: each word arrives in the program exactly as it is, and
 * nothing in it runs. On Windows `az` is a batch file, so that cmd.exe reads the words once more, each time it hands them on:
 * where that matters, a word is there twice, and PowerShell takes the one for the system that it runs on.
 * Source: https://github.com/Azure/azure-cli/blob/dev/doc/quoting-issues-with-powershell.md
 */
export function renderPowerShell(command: Command): string {
	return command.map(quote).join(" ");
}

/** Not what PowerShell takes for a number, an array, a variable, a pattern of files or a comment. */
const plainWord = /^(?:--[a-z][\da-z-]*|(?!\.?\d[\w.]*$)[\w./][\w./=-]*)$/;

/** What cmd.exe, or the program behind it, does not leave as it is; Windows PowerShell drops an empty word. */
const meansSomethingToBatch = /["%&|<>^()!\p{Cc}]|\\$|^$/u;

function quote(word: string): string {
	if (plainWord.test(word)) return word;
	if (!meansSomethingToBatch.test(word)) return literal(word);
	const forWindows = isOneLine(word)
		? literal(quoteForBatch(word))
		: "throw 'A batch file, as az is on Windows, takes no line break: run this elsewhere.'";
	return `$(if ($env:OS -eq 'Windows_NT') { ${forWindows} } else { ${literal(word)} })`;
}

function isOneLine(word: string): boolean {
	return !/[\n\r]/.test(word);
}

/**
 * A text that is nothing but a text. Typographic quotation marks end it too.
 * Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules, and
 * CharExtensions.IsSingleQuote in PowerShell/PowerShell, engine/parser/CharTraits.cs.
 */
function literal(text: string): string {
	const inQuotes = (some: string) => `'${some.replace(/['‘’‚‛]/g, "$&$&")}'`;
	const plain = text.toWellFormed();
	if (plain.search(invisible) < 0) return inQuotes(plain);
	// What people cannot see they must not paste. The first part makes it a text, whatever comes first.
	const parts = plain.split(new RegExp(`(${invisible.source})`, "u"));
	const terms = parts.flatMap((part, index) => {
		if (index % 2 === 1) return `[char]::ConvertFromUtf32(0x${(part.codePointAt(0) as number).toString(16)})`;
		return part === "" && index > 0 ? [] : inQuotes(part);
	});
	return `(${terms.join(" + ")})`;
}

/**
 * A word in double quotes, that PowerShell hands on as they are, for cmd.exe and for the program's own reading of its command
 * line. `%cd:~,%` is nothing, written so that it keeps others apart: a `%` from the name of a variable, and a backslash from a
 * quotation mark, which PowerShell would not count behind it.
 * Source: https://github.com/rust-lang/rust, library/std/src/sys/args/windows.rs, append_bat_arg, and PowerShell/PowerShell,
 * engine/NativeCommandParameterBinder.cs.
 */
function quoteForBatch(word: string): string {
	const inside = word
		.replace(/\\+(?="|$)/g, "$&$&")
		.replaceAll("%", "%%cd:~,%")
		.replace(/\\"/g, '\\%cd:~,%"')
		.replaceAll('"', '""');
	return `"${inside}"`;
}
