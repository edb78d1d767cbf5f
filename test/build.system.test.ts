import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { bundledFolders, bundlesOf } from "../scripts/bundle.ts";
import { readMetafile } from "../scripts/metafile.ts";
import { rules } from "../src/core/rules/index.ts";
import { describeMessage } from "../src/notify/sinks/message-schema.ts";
import { FunctionsHost } from "./support/host/host.ts";

const root = path.join(import.meta.dirname, "..");
const metafile = readMetafile();

/** In KiB, with all chunks, a tenth more than when this was written: what makes a bundle grow beyond that should be worth it. */
const limits: Readonly<Record<string, number>> = {
	"dist/main.js": 3600,
	"dist/cli.js": 1680,
	"dist/client-certificate.js": 625,
};

describe("the bundles", () => {
	it("are those that have a limit", () => {
		assert.deepEqual(
			bundlesOf(metafile)
				.map(({ file }) => file)
				.sort(),
			Object.keys(limits).sort(),
		);
	});

	for (const { file, bytes } of bundlesOf(metafile)) {
		it(`${file} is within its limit`, () => {
			assert.ok(bytes / 1024 < (limits[file] ?? 0), `${Math.round(bytes / 1024)} KiB; npm run build tells what of`);
		});
	}

	it("hold nothing that is there only to build and test them", () => {
		const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
		assert.deepEqual(
			inputs.filter((file) => /^(?:test|scripts)\/|node_modules\/ajv\/|-schema\.ts$/.test(file)),
			[],
		);
	});

	it("come with the licence of each package in them", () => {
		const notices = readFileSync(path.join(root, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
		const folders = bundledFolders(metafile);
		assert.ok(folders.length > 50);
		for (const folder of folders) {
			const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
			const [section = ""] = notices
				.split(/^-{80}\n/m)
				.filter((one) => one.split("\n").includes(`${name} ${version} (${license})`));
			// The shortest has a few sentences.
			assert.ok(section.length > 500, `${name} ${version} has no text of a licence`);
		}
	});

	it("lie beside the schema of the message that they post", () => {
		const written = JSON.parse(readFileSync(path.join(root, "dist/report.v1.schema.json"), "utf8"));
		assert.deepEqual(written, describeMessage("open"));
	});
});

describe("dist, host.json and package.json by themselves, without node_modules", () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-dist-"));
		for (const part of ["dist", "host.json", "package.json"]) {
			cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
		}
	});
	after(() => rmSync(folder, { recursive: true }));

	const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

	it("are a command", () => {
		const listed = run("dist/cli.js", "rules").match(/^\S+(?= {2}\(setting)/gm);
		assert.deepEqual(
			listed,
			rules.map(({ id }) => id),
		);
	});

	it("are a package for other apps", () => {
		const script =
			'import { createClientCertificateCheck } from "mtls-drift/client-certificate"; console.log(createClientCertificateCheck({ certificates: [{ name: "a", thumbprint: "0".repeat(40), routes: ["*"] }] })("x", "r").reason);';
		assert.equal(run("--input-type=module", "--eval", script), "certificate-unreadable\n");
	});

	it("are a function app", async () => {
		await using host = await FunctionsHost.start(folder, {});
		assert.ok(host.functions.length >= 8, host.functions.map(({ name }) => name).join());
	});
});
