import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { findObstacles, type Release } from "../../scripts/release.ts";

const url = "git+https://github.com/contoso/mtls-drift.git";
const good: Release = {
	tag: "v0.1.0",
	home: "https://github.com/contoso/mtls-drift",
	packageJson: { version: "0.1.0", repository: { url } },
	changelog: "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n",
};

describe("what keeps a tag from being released", () => {
	it("is nothing where all fits", () => {
		assert.deepEqual(findObstacles(good), []);
		for (const repository of [url, "https://github.com/Contoso/mtls-drift", { url: `${good.home}.git` }]) {
			assert.deepEqual(findObstacles({ ...good, packageJson: { version: "0.1.0", repository } }), []);
		}
	});

	const bad: Record<string, [Partial<Release>, RegExp]> = {
		"no repository": [
			{ packageJson: { version: "0.1.0" } },
			/^package\.json names no repository.*"git\+https:\/\/github\.com\/contoso\/mtls-drift\.git"/,
		],
		"a repository without its address": [{ packageJson: { version: "0.1.0", repository: {} } }, /names no repository/],
		"another repository": [
			{ home: "https://github.com/fork/mtls-drift" },
			/contoso\/mtls-drift\.git, and this is .*fork/,
		],
		"another version": [{ tag: "v0.2.0" }, /the tag is v0\.2\.0, and package\.json has the version 0\.1\.0/],
		"a version before its release": [
			{
				tag: "v0.1.0-beta.1",
				packageJson: { version: "0.1.0-beta.1", repository: { url } },
				changelog: "\n## [0.1.0-beta.1]",
			},
			/^0\.1\.0-beta\.1 is a version before its release/,
		],
		"a version that nothing is said of": [{ changelog: "# Changelog\n\n## [Unreleased]\n" }, /no section \[0\.1\.0\]/],
	};
	for (const [name, [changes, says]] of Object.entries(bad)) {
		it(`is ${name}`, () => {
			const [obstacle, ...others] = findObstacles({ ...good, ...changes });
			assert.match(obstacle ?? "", says);
			assert.deepEqual(others, []);
		});
	}

	it("is said to whoever pushed the tag, and ends the workflow", () => {
		const args = ["scripts/check-release.ts", "v99.0.0", good.home];
		const { status, stdout } = spawnSync(process.execPath, args, {
			cwd: path.join(import.meta.dirname, "../.."),
			encoding: "utf8",
		});
		assert.match(stdout, /^::error::Not released: the tag is v99\.0\.0, and package\.json has the version \S+$/m);
		assert.equal(status, 1);
	});
});
