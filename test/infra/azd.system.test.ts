import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { severities } from "../../src/core/model/finding.ts";
import { clientCertModes } from "../../src/core/model/site.ts";
import { webhookKinds } from "../../src/core/model/webhook.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { Bicep, type Parameter } from "../support/infra/bicep.ts";

const root = path.join(import.meta.dirname, "../..");

const deploySection = readFileSync(path.join(root, "docs/install.md"), "utf8");

/** As much of azd's own schema as is used here: https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json */
const projectFile = z.strictObject({
	name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
	metadata: z.strictObject({ template: z.string().regex(/^[\w-]+@\d+\.\d+\.\d+$/) }),
	services: z.strictObject({
		app: z.strictObject({
			project: z.literal("."),
			language: z.literal("js"),
			host: z.literal("function"),
			remoteBuild: z.literal(false),
		}),
	}),
});

describe("azure.yaml", () => {
	const project = projectFile.parse(parse(readFileSync(path.join(root, "azure.yaml"), "utf8")));

	it("names this package and its version", () => {
		assert.equal(project.metadata.template, `${packageJson.name}@${packageJson.version}`);
	});
});

describe("the parameters of azd", () => {
	const file = JSON.parse(readFileSync(path.join(root, "infra/main.parameters.json"), "utf8"));
	const given: Record<string, { value: string }> = file.parameters;

	async function declared(): Promise<readonly Parameter[]> {
		return (await Bicep.load(path.join(root, "infra"))).read("main.bicep").parameters;
	}

	it("are those of the template, each from a variable of its own", async () => {
		assert.deepEqual(
			Object.keys(given),
			(await declared()).map(({ name }) => name),
		);
		const variables = Object.values(given).map(({ value }) => /^\$\{([A-Z_]+)(?:=[^}]*)?\}$/.exec(value)?.[1] ?? value);
		assert.equal(new Set(variables).size, variables.length);
		const others = variables.filter((variable) => !variable.startsWith("MTLS_DRIFT_"));
		assert.deepEqual(others, ["AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID"]);
	});

	it("have a default that the template takes, where nothing is set", async () => {
		for (const { name, allowed } of await declared()) {
			const [, initial = ""] = /=([^}]*)\}$/.exec(given[name]?.value ?? "") ?? [];
			if (allowed !== undefined) assert.ok(allowed.includes(initial), `${name} does not take "${initial}"`);
		}
	});

	it("of the webhook are secret where the app calls them so", async () => {
		const secret = (await declared()).filter(({ isSecure }) => isSecure).map(({ name }) => name);
		assert.deepEqual(secret, ["webhookUrl", "webhookSecret"]);
	});

	it("take the words that the app knows", async () => {
		const words = Object.fromEntries((await declared()).map(({ name, allowed }) => [name, allowed]));
		assert.deepEqual(words.webhookKind?.toSorted(), ["", ...webhookKinds].sort());
		assert.deepEqual(words.webhookMinSeverity, ["", ...severities]);
		assert.deepEqual(words.clientCertMode?.toSorted(), clientCertModes.toSorted());
	});

	it("come back as the outputs that docs/install.md asks azd for", async () => {
		const { outputs } = (await Bicep.load(path.join(root, "infra"))).read("main.bicep");
		const asked = new Set([...deploySection.matchAll(/azd env get-value ([A-Z_]+)/g)].map(([, name]) => name));
		assert.ok(asked.size > 5);
		const names = outputs.map(({ name }) => name);
		assert.deepEqual(
			[...asked].filter((name) => !names.includes(name ?? "")),
			[],
		);
	});

	it("are told in docs/install.md, each with its variable", () => {
		for (const { value } of Object.values(given)) {
			const [, variable = ""] = /^\$\{(MTLS_DRIFT_[A-Z_]+)/.exec(value) ?? [];
			assert.ok(deploySection.includes(`\`${variable}\``) || variable === "", variable);
		}
		const documented = new Set(deploySection.match(/MTLS_DRIFT_[A-Z_]+/g));
		const strange = [...documented].filter((variable) => !JSON.stringify(given).includes(`\${${variable}`));
		assert.deepEqual(strange, []);
	});
});

describe("the package of the function app", () => {
	/** By git itself, whose patterns azd and Core Tools take. */
	function shipped(files: readonly string[]): string[] {
		const folder = mkdtempSync(path.join(tmpdir(), "package-"));
		try {
			copyFileSync(path.join(root, ".funcignore"), path.join(folder, ".gitignore"));
			execFileSync("git", ["init", "--quiet"], { cwd: folder });
			const ask = ["check-ignore", "--no-index", "--stdin", "--verbose", "--non-matching"];
			// Its status is 1 where nothing is left out.
			const { stdout } = spawnSync("git", ask, { cwd: folder, input: files.join("\n"), encoding: "utf8" });
			const isKept = (line: string) => line.startsWith("::") || line.split("\t")[0]?.split(":")[2]?.startsWith("!");
			return stdout
				.trimEnd()
				.split("\n")
				.flatMap((line) => (isKept(line) ? (line.split("\t")[1] ?? []) : []));
		} finally {
			rmSync(folder, { recursive: true });
		}
	}

	it("holds what runs, and nothing else", () => {
		const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
		const built = readdirSync(path.join(root, "dist"), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
		const others = [
			"node_modules/zod/package.json",
			".env",
			".azure/prod/.env",
			"local.settings.json",
			"policies.json",
		];
		const files = shipped([...tracked, ...built, ...others]).filter((file) => !/^dist\/app-[\w-]+\.js$/.test(file));
		assert.deepEqual(files.sort(), [
			"dist/THIRD-PARTY-NOTICES.txt",
			"dist/main.js",
			"dist/report.css",
			"dist/report.js",
			"host.json",
			"package.json",
		]);
	});

	it("runs by itself, each function of it", async () => {
		const folder = mkdtempSync(path.join(tmpdir(), "app-"));
		try {
			for (const file of shipped([
				...readdirSync(path.join(root, "dist")).map((name) => `dist/${name}`),
				"host.json",
				"package.json",
			])) {
				cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
			}
			await using host = await FunctionsHost.start(folder, { AzureWebJobsStorage: "UseDevelopmentStorage=true" });
			assert.equal(host.functions.length, 9);
			// The parser of certificates is a file of its own.
			const { status } = await host.call("cert-info", { headers: { "x-arr-clientcert": "AAAA" } });
			assert.equal(status, 400);
			// Without a storage account, what each of the others does is to say so.
			for (const name of ["health", "report", "findings"]) assert.equal((await host.call(name)).status, 503, name);
			assert.equal((await host.call("request-scan", { method: "POST" })).status, 503);
			for (const queue of ["drift-scan", "drift-scan-poison", "drift-notify"]) {
				assert.equal((await host.deliver(queue, "{}")).events[0]?.event, "message-dropped", queue);
			}
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it("is not built in Azure: azd would do so if node_modules itself were left out", () => {
		assert.deepEqual(shipped(["node_modules"]), ["node_modules"]);
	});
});
