import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { renderBash } from "../../../src/core/remediation/bash.ts";
import { certificatesFor, hostileText, reportedSite, settings } from "../../support/builders/arbitraries.ts";
import { judge, now, planChanges, policy } from "../../support/builders/site.ts";
import { scaleRuns } from "../../support/fuzz.ts";
import { writeArgumentPrinter } from "../../support/shell/argument-printer.ts";

/** Holds an `az` that prints its arguments. */
const folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-"));
writeArgumentPrinter(folder);
after(() => rmSync(folder, { recursive: true }));

/** Runs commands in a real bash whose `az` prints its arguments, and gives each command's arguments. */
function runInBash(commands: readonly string[], locale = "C.UTF-8"): string[][] {
	const { status, stdout, stderr } = spawnSync("bash", ["--norc"], {
		input: `${commands.join("\n")}\n`,
		env: { PATH: `${folder}${path.delimiter}${process.env.PATH}`, LC_ALL: locale, HOME: "/nowhere", HISTFILE: "" },
		cwd: "/",
		maxBuffer: 1e8,
	});
	assert.equal(`${status} ${stderr}`, "0 ");
	return stdout
		.toString()
		.split("\0\0\0")
		.slice(0, -1)
		.map((words) => words.split("\0"));
}

describe("renderBash", () => {
	const spellings: Record<string, [word: string, quoted: string]> = {
		"a plain word": ["rg-app", "rg-app"],
		"an assignment": ["httpsOnly=true", "httpsOnly=true"],
		"an empty word": ["", "''"],
		"a path list": ["clientCertExclusionPaths=/a;/b", "'clientCertExclusionPaths=/a;/b'"],
		"a quote": ["it's", "'it'\\''s'"],
		"a line break": ["a\nb", "$'a\\x0ab'"],
		"a character that reorders text": ["\u202eabc", "$'\\xe2\\x80\\xaeabc'"],
	};
	for (const [name, [word, quoted]] of Object.entries(spellings)) {
		it(`spells ${name}`, () => assert.equal(renderBash(["az", word]), `az ${quoted}`));
	}

	for (const locale of ["C.UTF-8", "C"]) {
		it(`hands every word over as it is, in a real bash (${locale})`, () => {
			fc.assert(
				fc.property(fc.array(fc.tuple(hostileText, hostileText), { minLength: 1, maxLength: 50 }), (commands) => {
					// A lone surrogate is no text: it cannot be written in UTF-8.
					const given = commands.map((words) => words.map((word) => word.toWellFormed()));
					assert.deepEqual(
						runInBash(
							given.map((words) => renderBash(["az", ...words])),
							locale,
						),
						given,
					);
				}),
				{ numRuns: scaleRuns(30) },
			);
		});
	}

	it("hands 1,000 hostile values over as they are", () => {
		const values = fc.sample(hostileText, 1000).map((value) => value.toWellFormed());
		const given = values.map((value) => ["--set", value, `key=${value}`]);
		assert.deepEqual(runInBash(given.map((words) => renderBash(["az", ...words]))), given);
	});

	it("lets no value of a site or policy out of its word", () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(reportedSite, settings), { minLength: 1, maxLength: 20 }), (pairs) => {
				const commands = pairs.flatMap(([subject, wanted]) => {
					const certificates = certificatesFor(subject);
					const { findings } = judge(subject, [policy("wanted", wanted, { scope: subject.id })], { certificates });
					const changes = findings.flatMap(({ remedy }) => remedy);
					return planChanges(subject, changes, certificates, now).remediation.commands;
				});
				const expected = commands.map(([, ...words]) => words.map((word) => word.toWellFormed()));
				assert.deepEqual(runInBash(commands.map(renderBash)), expected);
			}),
			{ numRuns: scaleRuns(30) },
		);
	});
});
