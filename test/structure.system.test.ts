import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";

const root = path.join(import.meta.dirname, "..");
const folders = readdirSync(path.join(root, "src"), { recursive: true, withFileTypes: true })
	.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
	.map(({ parentPath }) => path.relative(root, parentPath))
	.filter((folder) => folder !== "src");

/** What a folder may import besides itself and core/; a folder that is not named here may import nothing else. */
const allowed: Readonly<Record<string, readonly string[]>> = {
	config: ["client-certificate"],
	"azure-sdk": ["config"],
	azure: ["config", "azure-sdk"],
	storage: ["config", "azure-sdk", "policies", "storage/messages"],
	probe: ["config"],
	telemetry: ["config", "azure-sdk"],
	notify: ["notify/sinks", "storage", "storage/messages", "telemetry"],
	scan: ["notify", "notify/sinks", "policies", "storage", "storage/messages", "telemetry"],
	web: ["web/view"],
	"web/queries": ["storage", "storage/messages", "web/view"],
	"web/page": ["web", "web/view"],
	functions: [
		...["client-certificate", "config", "notify", "notify/sinks", "scan", "storage", "storage/messages", "telemetry"],
		...["web", "web/page", "web/queries", "web/view"],
	],
	"cli/render": ["policies"],
	cli: ["azure", "cli/render", "config", "policies", "probe", "scan", "storage", "storage/messages", "telemetry"],
	"core/policy": ["core/model"],
	"core/probe": ["core/model", "core/policy"],
	"core/evaluation": ["core/model", "core/policy", "core/probe"],
	"core/rules/helpers": ["core/model", "core/policy", "core/probe", "core/evaluation"],
	"core/rules": ["core/model", "core/policy", "core/probe", "core/evaluation", "core/rules/helpers"],
	"core/remediation": ["core/model", "core/policy", "core/evaluation"],
	"core/lifecycle": ["core/model", "core/evaluation", "core/remediation"],
	"core/report": [
		...["core/model", "core/evaluation", "core/rules", "core/rules/helpers", "core/remediation", "core/lifecycle"],
	],
};

describe("the import walls of biome.json", () => {
	it("let each folder import what it may, and nothing else", async () => {
		const all = [...new Set(folders)].map((folder) => folder.replace("src/", "")).sort();
		const targets = (folder: string) => all.filter((target) => target !== folder);
		const planted = new Map(
			all.map((folder) => {
				const specifiers = targets(folder).map((target) => {
					const relative = path.relative(folder, target);
					return `${relative.startsWith(".") ? relative : `./${relative}`}/planted.ts`;
				});
				return [folder, [...specifiers, `${path.relative(folder, ".")}/app.ts`, "node:fs"]];
			}),
		);
		const rejected = await lint(planted);
		for (const folder of all) {
			const isOfCore = /^core(?:\/|$)/.test(folder);
			const own = allowed[folder] ?? [];
			const mayImport = targets(folder).filter((target) => {
				return own.includes(target) || (!isOfCore && folder !== "client-certificate" && /^core(?:\/|$)/.test(target));
			});
			const passes = targets(folder).filter((_, index) => !rejected.get(folder)?.has(index));
			assert.deepEqual(passes, mayImport, folder);
			const [appLine, packageLine] = [targets(folder).length, targets(folder).length + 1];
			assert.ok(rejected.get(folder)?.has(appLine), `${folder} may import app.ts`);
			assert.equal(rejected.get(folder)?.has(packageLine), isOfCore, `${folder} and packages`);
		}
	});
});

/** Plants a file of imports in each folder of a copy, and gives the lines that Biome rejects there, from 0 on. */
async function lint(
	imports: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
	const copy = mkdtempSync(path.join(tmpdir(), "mtls-drift-walls-"));
	try {
		copyFileSync(path.join(root, "biome.json"), path.join(copy, "biome.json"));
		for (const [folder, specifiers] of imports) {
			mkdirSync(path.join(copy, "src", folder), { recursive: true });
			const lines = specifiers.map((specifier) => `import "${specifier}";\n`);
			writeFileSync(path.join(copy, "src", folder, "planted.ts"), lines.join(""));
		}
		const biome = path.join(root, "node_modules/.bin/biome");
		const options = ["--vcs-enabled=false", "--only=style/noRestrictedImports", "--max-diagnostics=none"];
		// It ends with 1, since there is much to find.
		const output = await new Promise<string>((resolve) =>
			execFile(biome, ["lint", ...options, "--reporter=json", "src"], { cwd: copy }, (_error, stdout) =>
				resolve(stdout),
			),
		);
		const { diagnostics } = JSON.parse(output.slice(output.indexOf("{"))) as {
			diagnostics: { location: { path: string; start: { line: number } } }[];
		};
		const found = Map.groupBy(diagnostics, ({ location }) => path.dirname(location.path).replace(/^.*?src\//, ""));
		return new Map(
			[...found].map(([folder, some]) => [folder, new Set(some.map(({ location }) => location.start.line - 1))]),
		);
	} finally {
		rmSync(copy, { recursive: true });
	}
}
