import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";

const root = path.join(import.meta.dirname, "..");
const entries = readdirSync(path.join(root, "src"), { recursive: true, withFileTypes: true });
const files = entries
	.filter((entry) => entry.isFile())
	.map(({ parentPath, name }) => path.relative(root, path.join(parentPath, name)));
const modules = files.filter((file) => file.endsWith(".ts"));
const folders = [...new Set(modules.map((file) => path.dirname(file)))].sort();

describe("the layout of src/", () => {
	it("has at most four files at the top", () => {
		assert.ok(files.filter((file) => path.dirname(file) === "src").length <= 4);
	});

	it("has at most 15 files in a folder; a list of rules may be longer", () => {
		const counts = Map.groupBy(files, (file) => path.dirname(file));
		const full = [...counts].filter(([folder, some]) => some.length > 15 && folder !== "src/core/rules");
		assert.deepEqual(
			full.map(([folder]) => folder),
			[],
		);
	});

	it("has no import that leads in a circle from folder to folder", () => {
		const imported = new Map(folders.map((folder) => [folder, new Set<string>()]));
		for (const file of modules) {
			const folder = path.dirname(file);
			for (const [, specifier = ""] of readFileSync(path.join(root, file), "utf8").matchAll(importOf)) {
				const target = path.dirname(path.join(folder, specifier));
				if (target !== folder && imported.has(target)) imported.get(folder)?.add(target);
			}
		}
		// Whatever imports nothing that is left can go; what stays behind is a circle.
		const left = new Map(imported);
		for (let before = -1; before !== left.size; ) {
			before = left.size;
			for (const [folder, targets] of left) {
				if (![...targets].some((target) => left.has(target))) left.delete(folder);
			}
		}
		assert.deepEqual([...left.keys()], []);
	});

	it("has one import wall for each folder", () => {
		assert.deepEqual(
			walls.map(({ includes }) => includes.join()).toSorted(),
			folders
				.filter((folder) => folder !== "src")
				.map((folder) => `${folder}/*.ts`)
				.toSorted(),
		);
	});
});

const importOf = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)"(\.{1,2}\/[^"]+)"/g;

interface Override {
	readonly includes: readonly string[];
	readonly linter: { readonly rules: { readonly style?: { readonly noRestrictedImports?: object } } };
}
const { overrides } = JSON.parse(readFileSync(path.join(root, "biome.json"), "utf8")) as { overrides: Override[] };
const walls = overrides.filter(({ linter }) => linter.rules.style?.noRestrictedImports !== undefined);
