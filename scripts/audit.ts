import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AuditReport, readAdvisories, unexplained } from "./advisories.ts";
import { bundledFolders } from "./bundle.ts";
import { readMetafile } from "./metafile.ts";

// Every package here is a devDependency, and some are bundled into dist: what npm would call production is nothing, and all of it too much.
const bundled = bundledFolders(readMetafile());
const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8", maxBuffer: 2 ** 28 });

let answer: Partial<AuditReport> & { readonly message?: string } = {};
try {
	answer = JSON.parse(stdout);
} catch {}

if (answer.vulnerabilities === undefined) {
	console.log(
		`Not audited: npm cannot ask the registry (${answer.message ?? "no answer"}). Nothing is known of ${bundled.length} bundled packages.`,
	);
} else {
	const advisories = readAdvisories({ vulnerabilities: answer.vulnerabilities }, bundled);
	const harmful = unexplained(advisories, readFileSync("SECURITY.md", "utf8"));
	for (const { id, package: name, severity, title, isBundled } of advisories) {
		console.log(`${id}  ${severity}  ${name}${isBundled ? "" : " (not bundled)"}: ${title}`);
	}
	console.log(`${bundled.length} bundled packages: ${harmful.length} advisories that SECURITY.md does not explain.`);
	if (harmful.length > 0) process.exitCode = 1;
}
