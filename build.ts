import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { bundledFolders, describeBundles } from "./scripts/bundle.ts";
import { writeMetafile } from "./scripts/metafile.ts";
import { readNotice, renderNotices } from "./scripts/notices.ts";
import { describeMessage } from "./src/notify/message-schema.ts";
import { describePolicyFile } from "./src/policies/policy-file-schema.ts";

// What is not made any more must not be published.
rmSync("dist", { recursive: true, force: true });

// The worker of Azure Functions provides @azure/functions-core, and gives it to require() only.
const result = await build({
	entryPoints: { main: "src/main.ts", cli: "src/cli.ts", "client-certificate": "src/client-certificate.ts" },
	outdir: "dist",
	bundle: true,
	platform: "node",
	target: "node22",
	format: "esm",
	external: ["@azure/functions-core"],
	banner: {
		js: 'import { createRequire as createRequireOfBundle } from "node:module";\nconst require = createRequireOfBundle(import.meta.url);',
	},
	// Names stay, so that a stack trace in the log can be read.
	minifySyntax: true,
	minifyWhitespace: true,
	metafile: true,
});

// The types of what other apps import.
execFileSync("npx", ["tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });

// The page holds them as they are.
for (const file of ["report.css", "report.js"]) copyFileSync(`src/web/${file}`, `dist/${file}`);
const schemas = { "policies.schema.json": describePolicyFile(), "report.v1.schema.json": describeMessage("open") };
for (const [file, schema] of Object.entries(schemas))
	writeFileSync(`dist/${file}`, `${JSON.stringify(schema, null, 2)}\n`);

writeFileSync("dist/THIRD-PARTY-NOTICES.txt", renderNotices(bundledFolders(result.metafile).map(readNotice)));
writeMetafile(result.metafile);

if (!process.argv.includes("--quiet")) console.log(describeBundles(result.metafile).join("\n"));
