import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { problemCodes } from "../../src/core/model/problem.ts";
import { rules } from "../../src/core/rules/index.ts";
import { exemptionColumns, policyColumns } from "../../src/policies/columns.ts";
import { runCli } from "../support/shell/run-cli.ts";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/problems.md"), "utf8");

const parts = ["What it means", "What it does", "What usually causes it", "What to do", "How to see that it is over"];

/** What stands under the heading of a code, up to the next heading. */
function sectionOf(code: string): string {
	return page.split(`\n### \`${code}\`\n`)[1]?.split(/\n#+ /)[0] ?? "";
}

describe("docs/problems.md", () => {
	it("has a part for each code of a problem, once, and for no other", () => {
		const headings = [...page.matchAll(/^### `(.*)`$/gm)].map(([, code]) => code);
		assert.deepEqual(headings.toSorted(), [...problemCodes].sort());
	});

	for (const code of problemCodes) {
		it(`says of ${code} what it means, does, comes from, what to do and when it is over`, () => {
			const terms = [...sectionOf(code).matchAll(/^\*\*(.*)\.\*\* (\S.*)/gm)];
			assert.deepEqual(
				terms.map(([, term]) => term),
				parts,
			);
			for (const [, term, text = ""] of terms) assert.ok(text.length > 30, term);
		});
	}

	it("has a row for each rule, in their order, with nothing left out", () => {
		const rows = [...page.matchAll(/^\| `(.*?)` \|(.*)\|$/gm)].map(([, rule, cells = ""]) => [
			rule,
			cells.split(" | ").length,
		]);
		assert.deepEqual(
			rows,
			rules.map(({ id }) => [id, 3]),
		);
	});

	it("names only columns that there are", () => {
		const named = [...page.matchAll(/policy set NAME (\w+)=/g)].map(([, column]) => column ?? "");
		assert.ok(named.length > 2);
		for (const column of named) assert.ok(column in policyColumns, column);
		for (const [option] of page.match(/(?<=exemption add NAME ).*/)?.[0].matchAll(/(?<=--)\w+/g) ?? []) {
			assert.ok(option === "expires" || option in exemptionColumns, option);
		}
	});

	it("names only commands and options that mtls-drift has", async () => {
		const lines = [...page.matchAll(/^ +mtls-drift (.*)$/gm)].map(([, line = ""]) => line);
		assert.ok(lines.length > 10);
		for (const line of new Set(lines)) {
			const [verb = "", action = ""] = line.split(" ");
			const command = verb === "policy" || verb === "exemption" ? [verb, action] : [verb];
			const { status, stdout } = await runCli([...command, "--help"], {});
			assert.equal(status, 0, line);
			assert.ok(stdout.startsWith(`Usage: mtls-drift ${command.join(" ")} `), line);
			for (const [option] of line.matchAll(/--[a-z-]+/g)) assert.ok(stdout.includes(option), `${line}: ${option}`);
		}
	});

	it("is linked from the README, and links to what is there", () => {
		const readme = readFileSync(path.join(root, "README.md"), "utf8");
		assert.ok(readme.includes("(docs/problems.md)"));
		for (const [, heading = ""] of page.matchAll(/README\.md#([a-z-]+)/g)) {
			assert.match(readme, new RegExp(`^#+ ${heading.replaceAll("-", " ")}$`, "im"));
		}
	});
});
