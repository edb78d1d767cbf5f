/**
 * What a program is given when PowerShell runs a command line. This reads no more of the language than our commands may use,
 * and refuses all else, so that nothing in a command can be more than words.
 * Source: about_Quoting_Rules and about_Parsing at https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about,
 * and CharExtensions.IsSingleQuote in PowerShell/PowerShell, engine/parser/CharTraits.cs.
 */
export function readPowerShell(line: string, system: "Windows" | "Linux"): string[] {
	const reader = new Reader(line, system);
	const words = [reader.word()];
	while (reader.take(" ")) words.push(reader.word());
	if (!reader.isAtEnd) throw reader.refuse();
	return words;
}

/** What a command line makes PowerShell say instead of running it. */
export class Thrown extends Error {}

class Reader {
	readonly #line: string;
	readonly #system: "Windows" | "Linux";
	#at = 0;

	constructor(line: string, system: "Windows" | "Linux") {
		this.#line = line;
		this.#system = system;
	}

	get isAtEnd(): boolean {
		return this.#at === this.#line.length;
	}

	take(text: string): boolean {
		const isThere = this.#line.startsWith(text, this.#at);
		if (isThere) this.#at += text.length;
		return isThere;
	}

	refuse(): Error {
		return new Error(
			`This is more than words: ${JSON.stringify(this.#line.slice(this.#at))} in ${JSON.stringify(this.#line)}`,
		);
	}

	word(): string {
		const word = this.#quotedOrChosen() ?? this.#bareWord();
		// What follows at once would be another part of the same word, or a word by itself: it depends.
		if (!this.isAtEnd && this.#line[this.#at] !== " ") throw this.refuse();
		return word;
	}

	#quotedOrChosen(): string | undefined {
		if (!this.take("$(if ($env:OS -eq 'Windows_NT') { ")) return this.#text();
		const onWindows = this.take("throw ") ? new Thrown(this.#text()) : this.#text();
		this.#expect(" } else { ");
		const elsewhere = this.#text();
		this.#expect(" })");
		if (this.#system === "Linux") return elsewhere;
		if (onWindows instanceof Thrown) throw onWindows;
		return onWindows;
	}

	#text(): string | undefined {
		if (!this.take("(")) return this.#literal();
		let text = this.#literal();
		while (this.take(" + "))
			text +=
				this.#take(/\[char\]::ConvertFromUtf32\(0x([\da-f]+)\)/y, (code) =>
					String.fromCodePoint(Number.parseInt(code, 16)),
				) ??
				this.#literal() ??
				"";
		this.#expect(")");
		return text;
	}

	/** Any quotation mark that looks single ends it, unless another follows. */
	#literal(): string | undefined {
		return this.#take(/'((?:[^'‘’‚‛]|['‘’‚‛](?=['‘’‚‛])['‘’‚‛])*)'(?!['‘’‚‛])/y, (inside) =>
			inside.replace(/['‘’‚‛](['‘’‚‛])/g, "$1"),
		);
	}

	/** Without anything that PowerShell could take for a number, a variable, an operator, an array, a pattern or a comment. */
	#bareWord(): string {
		const word = this.#take(/(?:--)?[a-z\d./_][\w./=-]*/iy, (_, whole) => whole);
		if (word === undefined || (/^[\d.]+(?:[a-z]|$)/i.test(word) && !word.includes("-"))) throw this.refuse();
		return word;
	}

	#take(pattern: RegExp, read: (group: string, whole: string) => string): string | undefined {
		pattern.lastIndex = this.#at;
		const found = pattern.exec(this.#line);
		if (found === null) return undefined;
		this.#at += found[0].length;
		return read(found[1] ?? "", found[0]);
	}

	#expect(text: string): void {
		if (!this.take(text)) throw this.refuse();
	}
}

/**
 * What arrives in Python when PowerShell on Windows runs `az`, that is az.cmd, with these words: PowerShell joins them to one
 * line, cmd.exe reads it to start the batch file, the batch file hands its `%*` on through cmd.exe, and the C runtime
 * splits what it is given.
 */
export function throughWindows(words: readonly string[], variables: Readonly<Record<string, string>>): string[] {
	const line = joinAsPowerShell(words);
	const expanded = expandVariables(line, variables);
	// In a batch file the arguments are put in after variables were expanded, and read again: inside `( … )`.
	for (const reading of [expanded, expanded]) refuseOperators(reading);
	return splitAsRuntime(expanded);
}

/**
 * How words become one line for a batch file, in every version of PowerShell.
 * Source: PowerShell/PowerShell, engine/NativeCommandParameterBinder.cs (AppendOneNativeArgument, NeedQuotes), and
 * about_Preference_Variables on PSNativeCommandArgumentPassing: batch files are always given their arguments the old way.
 */
function joinAsPowerShell(words: readonly string[]): string {
	return words
		.map((word) => {
			let quotes = 0;
			let isBare = true;
			for (const [index, character] of [...word].entries()) {
				if (character === '"' && [...word][index - 1] !== "\\") quotes += 1;
				else if (/\s/u.test(character) && quotes % 2 === 0) isBare = false;
			}
			if (word === "") throw new Error("Windows PowerShell drops an empty word");
			if (isBare) return word;
			if (word.endsWith("\\")) throw new Error("Windows PowerShell lets the backslash escape its own quotation mark");
			return `"${word}"`;
		})
		.join(" ");
}

/**
 * What cmd.exe does to `%` on a command line, where no `%%` stands for one.
 * Source: https://stackoverflow.com/questions/4094699, the phases of the command-line parser.
 */
function expandVariables(line: string, variables: Readonly<Record<string, string>>): string {
	let expanded = "";
	for (let at = 0; at < line.length; ) {
		const found = /^%([^%:]+)(?::([^%]*))?%/.exec(line.slice(at));
		const value = found === null ? undefined : variables[(found[1] as string).toLowerCase()];
		if (found === null || value === undefined) {
			expanded += line[at];
			at += 1;
		} else {
			// `~,` takes no character of the value.
			expanded += found[2] === "~," ? "" : value;
			at += found[0].length;
		}
	}
	return expanded;
}

/** Outside quotation marks, these are no text for cmd.exe; a line break ends the command even within them. */
function refuseOperators(line: string): void {
	if (/[\r\n]/.test(line)) throw new Error("cmd.exe ends the command at a line break");
	let isQuoted = false;
	for (const character of line) {
		if (character === '"') isQuoted = !isQuoted;
		else if (!isQuoted && "&|<>^()".includes(character)) throw new Error(`cmd.exe acts on ${character} in ${line}`);
	}
	if (isQuoted) throw new Error(`A quotation mark is open at the end of ${line}`);
}

/** Source: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments */
function splitAsRuntime(line: string): string[] {
	const words: string[] = [];
	let word: string | undefined;
	let isQuoted = false;
	for (let at = 0; at < line.length; at += 1) {
		const character = line[at] as string;
		const backslashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
		if (backslashes > 0) {
			const isBeforeQuote = line[at + backslashes] === '"';
			word = (word ?? "") + "\\".repeat(isBeforeQuote ? Math.floor(backslashes / 2) : backslashes);
			at += backslashes - 1;
			if (isBeforeQuote && backslashes % 2 === 1) {
				word += '"';
				at += 1;
			}
		} else if (character === '"') {
			word ??= "";
			if (isQuoted && line[at + 1] === '"') {
				word += '"';
				at += 1;
			} else isQuoted = !isQuoted;
		} else if (!isQuoted && (character === " " || character === "\t")) {
			if (word !== undefined) words.push(word);
			word = undefined;
		} else word = (word ?? "") + character;
	}
	return word === undefined ? words : [...words, word];
}
