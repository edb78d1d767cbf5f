import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";

interface Step {
	readonly uses?: string;
	readonly run?: string;
	readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
	readonly needs?: string;
	readonly permissions?: Readonly<Record<string, string>>;
	readonly steps: readonly Step[];
	readonly "timeout-minutes"?: number;
}

interface Workflow {
	readonly on: Readonly<Record<string, unknown>>;
	readonly permissions: Readonly<Record<string, string>>;
	readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(import.meta.dirname, "../.github/workflows");
const texts = new Map(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), "utf8")]));
const read = (file: string): Workflow => parse(texts.get(file) ?? "");

for (const [file, text] of texts) {
	const { permissions, jobs } = read(file);
	const steps = Object.values(jobs).flatMap((job) => job.steps);

	describe(`the workflow ${file}`, () => {
		it("may read by itself, and no more", () => assert.deepEqual(permissions, { contents: "read" }));

		it("runs no action but by the commit that was looked at, with its version beside it", () => {
			const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action ?? "");
			assert.equal(used.length, steps.filter(({ uses }) => uses !== undefined).length);
			for (const action of used) assert.match(action, /^actions\/[a-z-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
		});

		it("leaves no token beside the code that it checks out", () => {
			for (const { uses, with: inputs } of steps) {
				if (uses?.startsWith("actions/checkout@")) assert.equal(inputs?.["persist-credentials"], false);
			}
		});

		it("runs scripts that a shell can read, into which nothing is written from outside", () => {
			for (const { run } of steps) {
				if (run === undefined) continue;
				execFileSync("bash", ["-n"], { input: run });
				assert.doesNotMatch(run, /\$\{\{/);
			}
		});

		it("ends by itself", () => {
			for (const [name, job] of Object.entries(jobs)) assert.ok((job["timeout-minutes"] ?? 361) <= 60, name);
		});
	});
}

describe("a release", () => {
	const { on, jobs } = read("release.yml");

	it("is made of a tag alone", () => assert.deepEqual(on, { push: { tags: ["v*"] } }));

	it("signs and publishes only what was built before, where no other people's code runs", () => {
		const trusted = Object.entries(jobs).filter(([, { permissions = {} }]) =>
			Object.values(permissions).includes("write"),
		);
		assert.deepEqual(
			trusted.map(([name, { needs, permissions }]) => [name, needs, permissions]),
			[
				["npm", "build", { contents: "read", "id-token": "write" }],
				["github", "npm", { contents: "write", "id-token": "write", attestations: "write" }],
			],
		);
		for (const [name, { steps }] of trusted) {
			const runs = steps.flatMap(({ run, uses }) => run ?? (uses?.startsWith("actions/checkout@") ? uses : []));
			assert.equal(runs.length, 1, name);
			assert.match(
				runs[0] ?? "",
				/^(?:npm publish \.\/mtls-drift-\*\.tgz --provenance --access public|gh release create )/,
			);
		}
	});

	it("checks and tests all that CI does, and first whether it can be released", () => {
		const runs = jobs.build?.steps.flatMap(({ run }) => run ?? []) ?? [];
		assert.match(runs[0] ?? "", /^node scripts\/check-release\.ts /);
		assert.deepEqual(runs[1], ".ci/run");
		assert.deepEqual(read("ci.yml").jobs.all?.steps.at(-1), { run: ".ci/run" });
	});

	it("packs what a function app needs", () =>
		assert.match(
			jobs.build?.steps.map(({ run }) => run).join("\n") ?? "",
			/zip .*\.zip" host\.json package\.json dist$/m,
		));
});
