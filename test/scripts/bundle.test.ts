import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Metafile } from "esbuild";
import { bundledFolders, bundlesOf, describeBundles } from "../../scripts/bundle.ts";

type Output = Metafile["outputs"][string];

function output(
	bytes: number,
	inputs: Readonly<Record<string, number>>,
	more: { entryPoint?: string; loads?: readonly string[] } = {},
): Output {
	const { loads = [], ...rest } = more;
	return {
		bytes,
		inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
		imports: [
			...loads.map((path) => ({ path, kind: "import-statement" as const })),
			{ path: "node:fs", kind: "import-statement", external: true },
		],
		exports: [],
		...rest,
	};
}

const metafile: Metafile = {
	inputs: {},
	outputs: {
		"dist/main.js": output(
			1000,
			{ "src/main.ts": 500, "node_modules/zod/a.js": 300, "node_modules/zod/b.js": 100 },
			{
				entryPoint: "src/main.ts",
				loads: ["dist/chunk-A.js", "dist/x509-B.js"],
			},
		),
		"dist/cli.js": output(
			2048,
			{ "src/cli.ts": 40, "node_modules/commander/i.js": 2000, "node_modules/shaken/i.js": 0 },
			{
				entryPoint: "src/cli.ts",
				loads: ["dist/chunk-A.js"],
			},
		),
		"dist/chunk-A.js": output(600, { "node_modules/@azure/identity/i.js": 400, "src/azure.ts": 100 }),
		// Loaded later: esbuild gives it an entry point, but nobody runs it by its name.
		"dist/x509-B.js": output(
			300,
			{ "node_modules/a/node_modules/@b/c/i.js": 200, "(disabled):node_modules/odd/i.js": 5 },
			{ entryPoint: "src/x509.ts", loads: ["dist/chunk-A.js"] },
		),
	},
};

describe("what fills the bundles", () => {
	it("counts each file that is run with all chunks that it loads, once, by package", () => {
		assert.deepEqual(bundlesOf(metafile), [
			{
				file: "dist/main.js",
				bytes: 1900,
				packages: new Map([
					["src", 600],
					["node_modules/zod", 400],
					["node_modules/@azure/identity", 400],
					["node_modules/a/node_modules/@b/c", 200],
					["node_modules/odd", 5],
				]),
			},
			{
				file: "dist/cli.js",
				bytes: 2648,
				packages: new Map([
					["node_modules/commander", 2000],
					["node_modules/@azure/identity", 400],
					["src", 140],
				]),
			},
		]);
	});

	it("knows which packages are bundled: not those of which nothing is left", () => {
		assert.deepEqual(bundledFolders(metafile), [
			"node_modules/@azure/identity",
			"node_modules/a/node_modules/@b/c",
			"node_modules/commander",
			"node_modules/odd",
			"node_modules/zod",
		]);
	});

	it("shows the ten biggest of each, and what the others come to", () => {
		const many = Object.fromEntries(
			Array.from({ length: 12 }, (_, index) => [`node_modules/p${index}/i.js`, 1024 * (20 - index)]),
		);
		const outputs = { "dist/a.js": output(200 * 1024, many, { entryPoint: "src/a.ts" }) };
		const lines = describeBundles({ inputs: {}, outputs });
		assert.deepEqual(
			[lines.length, lines[0], lines[1], lines[10], lines[11]],
			[12, "dist/a.js  200 KiB", "      20 KiB  p0", "      11 KiB  p9", "      19 KiB  2 more"],
		);
		assert.equal(describeBundles(metafile)[6], "dist/cli.js  3 KiB");
	});
});
