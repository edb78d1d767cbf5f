import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import packageJson from "../package.json" with { type: "json" };
import { azureSettings } from "../src/config/azure.ts";
import { scheduleSettings } from "../src/config/schedule.ts";
import { readSettings } from "../src/config/settings.ts";
import { tableSettings } from "../src/config/storage.ts";
import { webhookSettings } from "../src/config/webhooks.ts";
import { rules } from "../src/core/rules/index.ts";

const root = path.join(import.meta.dirname, "..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");

/** The first cells of the table under a heading, without backticks. */
function firstCells(heading: string): string[] {
	const [, section = ""] = readme.split(`${heading}\n`);
	const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? "";
	return table
		.trim()
		.split("\n")
		.slice(2)
		.map((row) => row.split("|")[1]?.trim().replaceAll("`", "") ?? "");
}

describe("the README", () => {
	it("lists the rules", () =>
		assert.deepEqual(
			firstCells("## What it checks"),
			rules.map(({ id }) => id),
		));

	it("says of each rule which setting it checks", () => {
		for (const { id, setting } of rules) assert.ok(readme.includes(`| \`${id}\` | \`${setting}\` |`), id);
	});

	it("gives a reason for each dependency", () => {
		assert.deepEqual(firstCells("### Dependencies").toSorted(), Object.keys(packageJson.dependencies).toSorted());
	});
});

describe("local.settings.sample.json", () => {
	it("holds settings that can be used as they are", () => {
		const sample = JSON.parse(readFileSync(path.join(root, "local.settings.sample.json"), "utf8"));
		const groups = {
			azure: azureSettings,
			storage: tableSettings,
			schedule: scheduleSettings,
			webhooks: webhookSettings,
		};
		assert.equal(readSettings(groups, sample.Values).schedule, "0 */5 * * * *");
	});
});
