import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { bundledFolders, describeBundles } from "./scripts/bundle.ts";
import { bundling } from "./scripts/bundling.ts";
import { writeMetafile } from "./scripts/metafile.ts";
import { readNotice, renderNotices } from "./scripts/notices.ts";
import { describeMessage } from "./src/notify/sinks/message-schema.ts";
import { describePolicyFile } from "./src/policies/policy-file.ts";

// What is not made any more must not be published.
rmSync("dist", { recursive: true, force: true });

const shared = { ...bundling, outdir: "dist" };

// A worker loads what the function needs that it runs: what is imported when it is needed is a file of its own.
const app = await build({
	...shared,
	entryPoints: { main: "src/main.ts" },
	splitting: true,
	chunkNames: "app-[name]-[hash]",
});
const others = await build({
	...shared,
	entryPoints: { cli: "src/cli.ts", "client-certificate": "src/client-certificate/index.ts" },
});

// The types of what other apps import.
execFileSync("npx", ["tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });

// The page holds them as they are.
for (const file of ["report.css", "report.js"]) copyFileSync(`src/web/page/${file}`, `dist/${file}`);
const schemas = { "policies.schema.json": describePolicyFile(), "report.v1.schema.json": describeMessage("open") };
for (const [file, schema] of Object.entries(schemas))
	writeFileSync(`dist/${file}`, `${JSON.stringify(schema, null, 2)}\n`);

const metafile = {
	inputs: { ...app.metafile.inputs, ...others.metafile.inputs },
	outputs: { ...app.metafile.outputs, ...others.metafile.outputs },
};
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", renderNotices(bundledFolders(metafile).map(readNotice)));
writeMetafile(metafile);

if (!process.argv.includes("--quiet")) console.log(describeBundles(metafile).join("\n"));
