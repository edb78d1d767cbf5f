import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import packageJson from "../../package.json" with { type: "json" };
import { azureSettings } from "../../src/config/azure.ts";
import { scheduleSettings } from "../../src/config/schedule.ts";
import { readSettings } from "../../src/config/settings.ts";
import { tableSettings } from "../../src/config/storage.ts";
import { webhookSettings } from "../../src/config/webhooks.ts";
import { findingReasons } from "../../src/core/lifecycle/notification-diff.ts";
import { problemCodes } from "../../src/core/model/problem.ts";
import { webhookKinds } from "../../src/core/model/webhook.ts";
import { rules } from "../../src/core/rules/index.ts";
import { exemptionColumns, policyColumns } from "../../src/policies/columns.ts";
import { logEvents } from "../../src/telemetry/log.ts";
import { metrics } from "../../src/telemetry/signals.ts";

const root = path.join(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");

/** The rows of the first table under a heading. */
function rowsUnder(heading: string, text = readme): string[] {
	const [, section = ""] = text.split(`${heading}\n`);
	const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? "";
	return table.trim().split("\n").slice(2);
}

/** Their first cells, without backticks. */
function firstCells(heading: string): string[] {
	return rowsUnder(heading).map((row) => row.split("|")[1]?.trim().replaceAll("`", "") ?? "");
}

describe("the README", () => {
	it("has the table of rules that the rules tell of themselves", () => {
		const expected = rules.map(
			({ id, setting, description, severityNote }) =>
				`| \`${id}\` | \`${setting}\` | ${description} | ${severityNote} |`,
		);
		assert.deepEqual(rowsUnder("## What it checks"), expected);
	});

	it("lists the columns of both tables", () => {
		assert.deepEqual(firstCells("## Policies"), Object.keys(policyColumns));
		const listed = firstCells("### Exemptions").flatMap((cell) => cell.split(", "));
		assert.deepEqual(listed, Object.keys(exemptionColumns));
	});

	it("says in docs/operate.md what the log and the metrics hold, as they tell of themselves", () => {
		const operate = readFileSync(path.join(root, "docs/operate.md"), "utf8");
		const events = Object.entries(logEvents).map(([event, when]) => `| \`${event}\` | ${when} |`);
		assert.deepEqual(rowsUnder("## The log", operate), events);
		const notified = Object.entries(metrics).map(
			([name, { unit, description }]) => `| \`${name}\` | ${unit} | ${description} |`,
		);
		assert.deepEqual(rowsUnder("## Metrics", operate), notified);
	});

	it("explains each code of a problem", () => {
		assert.deepEqual(firstCells("### Problems").toSorted(), [...problemCodes].sort());
	});

	it("explains each reason and each kind of webhook", () => {
		assert.deepEqual(
			firstCells("## What is posted").flatMap((cell) => cell.split(", ")),
			findingReasons,
		);
		assert.deepEqual(firstCells("### Kinds of webhook"), webhookKinds);
	});

	it("gives a reason for each package that is bundled, and nothing else is to be installed", () => {
		const files = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" });
		const sources = files
			.filter((file) => file.endsWith(".ts"))
			.map((file) => readFileSync(path.join(root, "src", file), "utf8"));
		const pattern = /^(?!import type)(?:.* from |import |.*\bimport\()"((?:@[^/"]+\/)?[^./"][^/"]*)[^"]*"\)?.*;$/gm;
		const imported = sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name]) => name ?? ""));
		const packages = new Set(imported.filter((name) => !name.startsWith("node:")));
		const listed = firstCells("### Dependencies").flatMap((cell) => cell.split(", "));
		assert.deepEqual(listed.toSorted(), [...packages].toSorted());
		assert.ok(!("dependencies" in packageJson));
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
