import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { type BuildOptions, build } from "esbuild";
import { describePolicyFile } from "./src/policies/policy-file-schema.ts";

// What is not made any more must not be published.
rmSync("dist", { recursive: true, force: true });

const shared = {
	outdir: "dist",
	bundle: true,
	platform: "node",
	target: "node22",
	format: "esm",
	// The worker of Azure Functions provides it, and gives it to require() only.
	external: ["@azure/functions-core"],
	banner: {
		js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);',
	},
	// Names stay, so that a stack trace in the log can be read.
	minifySyntax: true,
	minifyWhitespace: true,
	metafile: true,
} as const satisfies BuildOptions;

// A worker loads what the function needs that it runs: what is imported when it is needed is a file of its own.
const app = await build({
	...shared,
	entryPoints: { main: "src/main.ts" },
	splitting: true,
	chunkNames: "app-[name]-[hash]",
});
const others = await build({
	...shared,
	entryPoints: { cli: "src/cli.ts", "client-certificate": "src/client-certificate.ts" },
});

// The types of what other apps import.
execFileSync("npx", ["tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });

// The page holds them as they are.
for (const file of ["report.css", "report.js"]) copyFileSync(`src/web/${file}`, `dist/${file}`);
writeFileSync("dist/policies.schema.json", `${JSON.stringify(describePolicyFile(), null, 2)}\n`);

if (!process.argv.includes("--quiet")) {
	const outputs = { ...app.metafile.outputs, ...others.metafile.outputs };
	for (const [file, { bytes }] of Object.entries(outputs)) {
		console.log(`${file}  ${Math.round(bytes / 1024)} KiB`);
	}
}
