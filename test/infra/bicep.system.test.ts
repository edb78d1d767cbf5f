import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { before, describe, it } from "node:test";
import { Bicep, type Template } from "../support/infra/bicep.ts";

const root = path.join(import.meta.dirname, "../../infra");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".bicep"));

/** What pycep reads of a file, as far as it is compared here. */
interface Parsed {
	readonly globals?: { readonly scope?: { readonly value: string } };
	readonly parameters?: Readonly<Record<string, { readonly decorators: readonly { readonly type: string }[] }>>;
	readonly resources?: Readonly<Record<string, unknown>>;
	readonly modules?: Readonly<Record<string, unknown>>;
	readonly outputs?: Readonly<Record<string, unknown>>;
}

const script = `
import json, sys
from pathlib import Path
from pycep import BicepParser
print(json.dumps({name: BicepParser().parse(file_path=Path(name)) for name in sys.argv[1:]}, default=str))
`;

/** A Python that has pycep: the one on PATH, or that of the environment that .ci/run keeps. */
function findPython(): string | undefined {
	const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
	const known = ["python3", path.join(cache, "mtls-drift/azure-cli/bin/python3")];
	return known.find((python) => spawnSync(python, ["-c", "import pycep"]).status === 0);
}

const python = findPython();
const missing =
	"NOT PARSED BY pycep: no Python here has it. Get it: python3 -m pip install pycep-parser==0.7.1 (.ci/run does)";
if (python === undefined) console.error(missing);

describe("the templates", () => {
	let bicep: Bicep;
	before(async () => {
		bicep = await Bicep.load(root);
	});

	it("are all there", () => assert.ok(files.includes("main.bicep") && files.length > 5, files.join()));

	it("are read by pycep as they are by the grammar", {
		skip: python === undefined && !process.env.CI && missing,
	}, () => {
		assert.ok(python !== undefined, missing);
		const { status, stdout, stderr } = spawnSync(python, ["-c", script, ...files], { cwd: root, encoding: "utf8" });
		assert.equal(status, 0, stderr);
		const parsed = JSON.parse(stdout) as Record<string, Parsed>;
		for (const file of files) assert.deepEqual(outlineOf(parsed[file] ?? {}), outline(bicep.read(file)), file);
	});

	for (const file of files) {
		it(`say what each parameter and output of ${file} is`, () => {
			const { parameters, outputs } = bicep.read(file);
			for (const { name, description } of [...parameters, ...outputs]) {
				assert.match(description ?? "", /^[A-Z].*\.$/, `${file}: ${name}`);
			}
		});
	}

	it("are each used, or deployed by themselves", () => {
		const used = files.flatMap((file) => bicep.read(file).modules);
		const unused = files.filter((file) => !used.includes(file));
		assert.deepEqual(unused.toSorted(), ["main.bicep", "management-group.bicep"]);
		assert.deepEqual(
			used.filter((file) => !files.includes(file)),
			[],
		);
	});

	const compiler = findCompiler();
	for (const file of ["main.bicep", "management-group.bicep"]) {
		it(`compile: ${file}`, {
			skip: compiler === undefined && "there is no bicep here, Microsoft's compiler: https://aka.ms/bicep-install",
		}, () => {
			const { status, stderr } = spawnSync(compiler ?? "", ["build", file, "--stdout"], {
				cwd: root,
				encoding: "utf8",
			});
			assert.equal(status, 0, stderr);
		});
	}
});

/** Microsoft's compiler, on PATH or where azure-cli and azd put it. */
function findCompiler(): string | undefined {
	const known = ["bicep", path.join(homedir(), ".azure/bin/bicep"), path.join(homedir(), ".azd/bin/bicep")];
	return known.find((command) => spawnSync(command, ["--version"]).status === 0);
}

/** What both parsers say of a file. */
function outline({ targetScope, parameters, symbols, outputs }: Template) {
	return {
		targetScope,
		parameters: parameters.map(({ name }) => name).sort(),
		secure: parameters.flatMap(({ name, isSecure }) => (isSecure ? name : [])).sort(),
		symbols: symbols.toSorted(),
		outputs: outputs.map(({ name }) => name).sort(),
	};
}

function outlineOf({
	globals,
	parameters = {},
	resources = {},
	modules = {},
	outputs = {},
}: Parsed): ReturnType<typeof outline> {
	const secure = Object.entries(parameters).filter(([, { decorators }]) =>
		decorators.some(({ type }) => type === "secure"),
	);
	return {
		targetScope: globals?.scope?.value ?? "resourceGroup",
		parameters: Object.keys(parameters).sort(),
		secure: secure.map(([name]) => name).sort(),
		symbols: [...Object.keys(resources), ...Object.keys(modules)].sort(),
		outputs: Object.keys(outputs).sort(),
	};
}
