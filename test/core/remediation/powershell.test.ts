import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { renderPowerShell } from "../../../src/core/remediation/powershell.ts";
import { hostileText } from "../../support/builders/arbitraries.ts";
import { scaleRuns } from "../../support/fuzz.ts";
import { loadGrammar } from "../../support/infra/grammar.ts";
import { writeArgumentPrinter } from "../../support/shell/argument-printer.ts";
import { readPowerShell, Thrown, throughWindows } from "../../support/shell/powershell.ts";

const variables = { path: "C:\\Windows", cd: "C:\\Users\\me", a: "evil & calc" };

/** What azure-cli is given, on each system. */
function run(words: readonly string[]): { readonly linux: string[]; readonly windows: string[] | "nothing" } {
	const line = renderPowerShell(["az", ...words]);
	const linux = readPowerShell(line, "Linux").slice(1);
	try {
		return { linux, windows: throughWindows(readPowerShell(line, "Windows").slice(1), variables) };
	} catch (error) {
		if (error instanceof Thrown) return { linux, windows: "nothing" };
		throw error;
	}
}

describe("renderPowerShell", () => {
	const spellings: Record<string, [word: string, quoted: string]> = {
		"a plain word": ["rg-app", "rg-app"],
		"an option": ["--resource-group", "--resource-group"],
		"an assignment": ["httpsOnly=true", "httpsOnly=true"],
		"an ID": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001"],
		"a number": ["1.2", "'1.2'"],
		"a path list": ["clientCertExclusionPaths=/a;/b", "'clientCertExclusionPaths=/a;/b'"],
		"a quote": ["it's", "'it''s'"],
		"a typographic quote": ["it’s", "'it’’s'"],
		"a variable": ["$HOME", "'$HOME'"],
		"a pattern of files": ["a*?", "'a*?'"],
		"an empty word": ["", `$(if ($env:OS -eq 'Windows_NT') { '""' } else { '' })`],
		"what cmd.exe would act on": ["rg(1)", `$(if ($env:OS -eq 'Windows_NT') { '"rg(1)"' } else { 'rg(1)' })`],
		JSON: ['{"a":true}', `$(if ($env:OS -eq 'Windows_NT') { '"{""a"":true}"' } else { '{"a":true}' })`],
		"a variable of cmd.exe": ["%A%", `$(if ($env:OS -eq 'Windows_NT') { '"%%cd:~,%A%%cd:~,%"' } else { '%A%' })`],
		"a character that reorders text": ["\u202eabc", "('' + [char]::ConvertFromUtf32(0x202e) + 'abc')"],
	};
	for (const [name, [word, quoted]] of Object.entries(spellings)) {
		it(`spells ${name}`, () => {
			assert.equal(renderPowerShell(["az", word]), `az ${quoted}`);
			assert.deepEqual(run([word]), { linux: [word], windows: [word] });
		});
	}

	it("hands 1,000 hostile values over as they are, on Linux and through the batch file on Windows", () => {
		const values = fc.sample(hostileText, 1000).map((value) => value.toWellFormed());
		for (const value of values) {
			const { linux, windows } = run(["--set", value, `key=${value}`]);
			assert.deepEqual(linux, ["--set", value, `key=${value}`]);
			// A batch file cannot take a line break at all: then nothing is run.
			assert.deepEqual(windows, /[\r\n]/.test(value) ? "nothing" : linux);
		}
	});

	it("writes what another's grammar of PowerShell, too, takes for one command and texts", async () => {
		const parse = await loadGrammar("powershell");
		// It does not know that typographic quotation marks end a text.
		const values = fc.sample(hostileText, 1000).filter((value) => !/[‘’‚‛]/.test(value));
		for (const value of values) {
			const line = renderPowerShell(["az", "--set", value.toWellFormed()]);
			const tree = parse(line);
			assert.equal(tree.hasError, false, line);
			assert.deepEqual(
				tree.descendantsOfType("command_name").map((name) => name?.text),
				["az"],
				line,
			);
		}
	});

	it("keeps apart what stands side by side", () => {
		const special = fc.constantFrom('"', "\\", "%", " ", "a", "^", "&", "'", "’", "(", ")", ";", "!", "\u00a0");
		const word = fc.array(special, { maxLength: 8 }).map((characters) => characters.join(""));
		fc.assert(
			fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
				assert.deepEqual(run(words), { linux: words, windows: words });
			}),
			{ numRuns: scaleRuns(3000) },
		);
	});

	const pwsh = spawnSync("pwsh", ["-NoProfile", "-Version"]).status === 0;
	it("hands 1,000 hostile values over as they are, in a real pwsh", { skip: pwsh ? false : "no pwsh on PATH" }, () => {
		const values = fc.sample(hostileText, 1000).map((value) => value.toWellFormed());
		const folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-"));
		try {
			writeArgumentPrinter(folder);
			const script = path.join(folder, "commands.ps1");
			// The mark lets every version read it as UTF-8.
			writeFileSync(script, `\ufeff${values.map((value) => renderPowerShell(["az", value])).join("\n")}\n`);
			const { stdout, stderr } = spawnSync("pwsh", ["-NoProfile", "-File", script], {
				env: { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` },
				maxBuffer: 1e8,
			});
			assert.equal(stderr.toString(), "");
			assert.deepEqual(stdout.toString().split("\0\0\0").slice(0, -1), values);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
