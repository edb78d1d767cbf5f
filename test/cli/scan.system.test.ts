import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { TableClient } from "@azure/data-tables";
import type { Report } from "../../src/core/report/report.ts";
import { armCertificate, armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { loadGrammar } from "../support/infra/grammar.ts";
import { writeArgumentPrinter } from "../support/shell/argument-printer.ts";
import { cliPath, runCli } from "../support/shell/run-cli.ts";
import { Azurite } from "../support/storage/azurite.ts";

const exemption = (changes: Record<string, unknown> = {}) => ({
	name: "legacy",
	scope: "/",
	rule: "https-only",
	category: "waiver",
	reason: "old \ndevices",
	owner: "pay team",
	expiresOn: "2036-01-01",
	...changes,
});

describe("mtls-drift scan", () => {
	let azure: ArmEmulator;
	let folder: string;
	let policies: string;
	before(async () => {
		azure = await ArmEmulator.start();
		folder = await mkdtemp(path.join(tmpdir(), "mtls-drift-"));
		policies = path.join(folder, "policies.json");
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		await write({
			policies: [{ name: "default", httpsOnly: true, clientCertMode: "Required", customDomainTls: "Bound" }],
		});
	});
	after(async () => {
		await azure[Symbol.asyncDispose]();
		await rm(folder, { recursive: true });
	});

	const write = (content: unknown) =>
		writeFile(policies, typeof content === "string" ? content : JSON.stringify(content));

	const run = (args: readonly string[], env: Record<string, string> = {}) =>
		runCli(args, { ...azure.environment, ...env });
	const scan = (...args: string[]) => run(["scan", "--policy", policies, ...args]);
	const compliant = () => armSite({ name: "good", properties: { httpsOnly: true, clientCertEnabled: true } });

	it("ends with 0 when all is in sync", async () => {
		azure.add(compliant());
		const { status, stdout, stderr } = await scan("--subscription", defaultSubscription);
		assert.deepEqual([status, stderr], [0, ""]);
		assert.match(stdout, /Production \(0+-.*\): 1 site, 1 in sync\nNothing drifted\./);
	});

	it("ends with 1 when anything drifted, though something else could not be told", async () => {
		azure.add(
			compliant(),
			armSite({ name: "open" }),
			armSite({ name: "odd", properties: { httpsOnly: null, clientCertMode: "Required", clientCertEnabled: true } }),
		);
		assert.equal((await scan()).status, 1);
	});

	const inconclusive: Record<string, () => void | Promise<void>> = {
		"a setting that ARM did not report": () =>
			azure.add(armSite({ properties: { httpsOnly: null, clientCertEnabled: true } })),
		"a bad policy": () => write({ policies: [{ name: "bad", httpsOnly: "ture" }] }),
		"no policy": () => write({ policies: [] }),
		"an exemption that lacks something": () =>
			write({ policies: [{ name: "a", kind: "logicapp", httpsOnly: true }], exemptions: [{ name: "e" }] }),
		"an exemption that has expired": () =>
			write({ policies: [{ name: "a", httpsOnly: true }], exemptions: [exemption({ expiresOn: "2020-01-01" })] }),
		"policies that contradict each other": () =>
			write({ policies: [{ name: "a", kind: "logicapp", httpsOnly: false, clientCertMode: "Required" }] }),
		"certificates that cannot be read": async () => {
			azure.add(armSite({ domains: { "www.contoso.com": "A".repeat(40) } }));
			await write({ policies: [{ name: "a", certificateMinDays: 30 }] });
			azure.injectFault(/certificates/, { status: 403, body: { error: { code: "AuthorizationFailed", message: "" } } });
		},
		"a token that is refused": () =>
			azure.injectFault(/providers/, {
				status: 401,
				body: { error: { code: "InvalidAuthenticationToken", message: "" } },
			}),
		"an unknown subscription": () => azure.fleet.subscriptions.clear(),
		"a page that is cut off": () => {
			azure.add(armSite({ properties: { httpsOnly: true } }));
			azure.injectFault(/providers/, "truncate");
		},
		"a subscription that cannot be read": () =>
			azure.injectFault(/providers/, { status: 403, body: { error: { code: "AuthorizationFailed", message: "" } } }),
	};
	for (const [name, arrange] of Object.entries(inconclusive)) {
		it(`ends with 2 for ${name}`, async () => {
			await arrange();
			const { status, stdout } = await scan("--subscription", defaultSubscription);
			assert.equal(status, 2, stdout);
		});
	}

	const mistakes: Record<string, [args: string[], says: RegExp, env?: Record<string, string>]> = {
		"no storage and no file": [
			["scan"],
			/^mtls-drift: The settings cannot be used:\n {2}- AzureWebJobsStorage is not set/,
		],
		"an empty subscription": [
			["scan", "--policy", "FILE", "--subscription", ""],
			/--subscription "" is not a subscription ID/,
		],
		"a subscription that is no ID": [
			["scan", "--policy", "FILE", "--subscription", "Production"],
			/--subscription "Production" is not a subscription ID/,
		],
		"a scope without a site": [
			["scan", "--policy", "FILE", "--scope", `/subscriptions/${defaultSubscription}/resourceGroups/nowhere`],
			/--scope \S+nowhere covers no site of the subscriptions that are scanned/,
		],
		"a scope that is no ARM ID": [
			["scan", "--policy", "FILE", "--scope", "rg-app"],
			/^mtls-drift: --scope rg-app is not an ARM ID/,
		],
		"a format that does not exist": [["scan", "--format", "xml"], /Allowed choices are table, json, markdown/],
		"an option that does not exist": [["scan", "--fromat", "json"], /unknown option '--fromat'.*\n.*--format/],
		"a verb that does not exist": [["scna"], /unknown command 'scna'.*\n.*scan/],
		"no verb": [[], /Usage: mtls-drift/],
		"a policy file that is not there": [
			["scan", "--policy", "/nowhere.json"],
			/^mtls-drift: cannot read the policy file \/nowhere\.json: ENOENT/,
		],
		"a storage that nobody serves": [
			["scan"],
			/^mtls-drift: The table DriftPolicy cannot be read: the storage account of AzureWebJobsStorage cannot be reached/,
			{ AzureWebJobsStorage: "AccountName=drift;AccountKey=czNjcmV0;TableEndpoint=http://127.0.0.1:9/drift" },
		],
		"an ARM that nobody serves": [
			["scan", "--policy", "FILE"],
			/^mtls-drift: The subscriptions cannot be listed: .*ECONNREFUSED/,
			{ DRIFT_ARM_ENDPOINT: "https://127.0.0.1:9" },
		],
	};
	for (const [name, [args, says, env]] of Object.entries(mistakes)) {
		it(`ends with 2 and a clear message for ${name}`, async () => {
			const { status, stdout, stderr } = await run(
				args.map((arg) => (arg === "FILE" ? policies : arg)),
				env,
			);
			assert.equal(status, 2);
			assert.match(stderr, says);
			assert.doesNotMatch(stderr, /\n\s+at /);
			assert.equal(stdout, "");
		});
	}

	const files: Record<string, [content: unknown, says: RegExp]> = {
		"is no JSON": ["{", /cannot read the policy file .*JSON/],
		"is a list": [[], /is not \{"policies"/],
		"has an unknown part": [{ policies: [], polices: [] }, /Unrecognized key: "polices"/],
		"has a policy without a name": [{ policies: [{ httpsOnly: true }] }, /policies\.0\.name/],
	};
	for (const [name, [content, says]] of Object.entries(files)) {
		it(`ends with 2 for a policy file that ${name}`, async () => {
			await write(content);
			const { status, stderr } = await scan();
			assert.equal(status, 2);
			assert.match(stderr, says);
		});
	}

	it("prints the data of the message as JSON, an element for each subscription", async () => {
		azure.addSubscription("00000000-0000-0000-0000-000000000002", "Test");
		azure.add(armSite({ name: "open", domains: { "www.contoso.com": null } }), armCertificate());
		const { stdout } = await scan("--format", "json");
		const reports = JSON.parse(stdout);
		assert.deepEqual(
			reports.map(({ subscription }: { subscription: { name: string } }) => subscription.name),
			["Production", "Test"],
		);
		assert.deepEqual(Object.keys(reports[0]), ["subscription", "scan", "sites", "problems", "part", "parts"]);
		assert.deepEqual(
			reports[0].sites[0].findings.map(({ rule }: { rule: string }) => rule),
			["https-only", "client-cert-mode", "custom-domain-tls"],
		);
		assert.equal(reports[0].sites[0].remediation.bash.length, 2);
	});

	it("prints as JSON what could not be told, too, and first what is beyond any one subscription", async () => {
		await write({
			policies: [
				{ name: "default", httpsOnly: true },
				{ name: "bad", scope: "Production", verify: 7 },
			],
		});
		azure.add(armSite({ name: "odd", properties: { httpsOnly: null } }));
		const { stdout } = await scan("--format", "json");
		const notified = (JSON.parse(stdout) as Report[]).map(({ subscription, scan: facts, problems }) => [
			[subscription?.name, facts?.counts.unknown],
			...problems.map(({ code, reason }) => `${code} ${reason}`),
		]);
		assert.deepEqual(notified, [
			[[undefined, undefined], "policy-invalid new", "policy-invalid new"],
			[["Production", 1], "site-unreadable new"],
		]);
	});

	it("ends with 0 when all drift is exempt, and shows it all the same", async () => {
		azure.add(armSite({ name: "legacy" }));
		const policy = { name: "default", httpsOnly: true };
		await write({ policies: [policy], exemptions: [exemption({ scope: armSite({ name: "legacy" }).id })] });
		const { status, stdout } = await scan();
		assert.equal(status, 0, stdout);
		assert.match(stdout, /: 1 site, 1 exempt\n/);
		assert.match(stdout, /│ high +│ legacy +│ https-only +│.*\n│ exempt/);
		assert.match(
			stdout,
			/\n# https-only is exempt by "legacy" \(waiver\) until 2036-01-01T00:00:00\.000Z, says pay team: old \\u\{a\}devices\n/,
		);
		assert.doesNotMatch(stdout, /az webapp|Nothing drifted/);
		const markdown = (await scan("--format", "markdown")).stdout;
		assert.match(markdown, /\| high, exempt \| legacy \|.* It is exempt by/);
		const [{ sites }] = JSON.parse((await scan("--format", "json")).stdout);
		assert.equal(sites[0].findings[0].reason, "exempted");

		await write({ policies: [policy], exemptions: [exemption({ scope: armSite({ name: "other" }).id })] });
		assert.equal((await scan()).status, 1);
	});

	it("does not say that nothing drifted where it could not tell", async () => {
		azure.add(armSite({ properties: { httpsOnly: null } }));
		await write({ policies: [{ name: "default", httpsOnly: true }] });
		for (const format of ["table", "markdown"]) {
			const { stdout } = await scan("--format", format);
			assert.match(stdout, /No drift was found, but not everything could be told\./);
			assert.doesNotMatch(stdout, /Nothing drifted/);
		}
	});

	it("reads a policy file with a byte order mark, as PowerShell writes it", async () => {
		azure.add(compliant());
		await write(`\uFEFF${JSON.stringify({ policies: [{ name: "default", httpsOnly: true }] })}`);
		assert.equal((await scan()).status, 0);
	});

	it("ends in peace when its reader has seen enough", async () => {
		azure.add(...Array.from({ length: 300 }, (_, index) => armSite({ name: `app-${index}` })));
		const env = { PATH: process.env.PATH ?? "", ...azure.environment };
		const command = `"${process.execPath}" "${cliPath}" scan --policy "${policies}" --format json | head -c 1`;
		const { stdout, stderr } = await promisify(execFile)("sh", ["-c", command], { env });
		assert.deepEqual([stdout, stderr], ["[", ""]);
	});

	it("scans only the scope that is asked for", async () => {
		azure.add(armSite({ name: "a", resourceGroup: "pay" }), armSite({ name: "b", resourceGroup: "payments" }));
		const { stdout } = await scan(
			"--format",
			"json",
			"--scope",
			`/subscriptions/${defaultSubscription}/resourceGroups/Pay`,
		);
		const [report] = JSON.parse(stdout);
		assert.equal(report.scan.counts.sites, 1);
		assert.deepEqual(
			report.sites.map(({ name }: { name: string }) => name),
			["a"],
		);
	});

	it("prints a table and the commands, and lets nothing in the data speak to the terminal", async () => {
		azure.add(armSite({ name: "open", properties: { clientCertExclusionPaths: "/\u001b[2Jgone;/api" } }));
		await write({ policies: [{ name: "default", httpsOnly: true, clientCertExclusionPaths: "" }] });
		const { stdout } = await scan();
		assert.match(stdout, /│ high +│ open +│ https-only +│ true +│ false +│ default +│/);
		assert.match(
			stdout,
			/\naz webapp update --subscription \S+ --resource-group rg-app --name open --set httpsOnly=true clientCertExclusionPaths=\n/,
		);
		assert.ok(stdout.includes("/\\u{1b}[2jgone"));
		assert.ok(!stdout.includes("\u001b"));
	});

	it("prints Markdown in which nothing of the data is markup", async () => {
		azure.add(armSite({ name: "open", properties: { clientCertExclusionPaths: "/a|b`<b>[x](y)" } }));
		await write({ policies: [{ name: "a|b", clientCertExclusionPaths: "" }] });
		const { stdout } = await scan("--format", "markdown");
		assert.ok(stdout.includes("| \\/a\\|b\\`\\<b\\>\\[x\\]\\(y\\) | a\\|b |"), stdout);
		assert.match(stdout, /```bash\naz webapp update .*\n```/);
	});

	describe("as a script", () => {
		/** What speaks in a shell, in names and values that Azure and the policies may hold. */
		const addHostileSites = async () => {
			azure.add(
				armSite({
					name: "pay",
					resourceGroup: "rg'$(id)\n`id`#\u202e",
					properties: { clientCertExclusionPaths: "/$(id)\nid" },
				}),
				armSite({ name: "nul", kind: null, resourceGroup: "rg(1)" }),
				armSite({ name: "slotted", properties: { httpsOnly: true, clientCertEnabled: true } }),
				armSite({ name: "slotted", slot: "staging", domains: { "www.contoso.com": null } }),
				armCertificate(),
			);
			await write({
				policies: [
					{ name: "default\nid", httpsOnly: true, clientCertMode: "Required", customDomainTls: "Bound" },
					{ name: "paths", clientCertExclusionPaths: "/a'b;/$(id)" },
				],
			});
		};
		const planned = async () => {
			const reports = JSON.parse((await scan("--format", "json")).stdout) as Report[];
			return reports.flatMap(({ sites }) => sites);
		};

		it("for bash runs the planned commands and nothing else, and stops where one fails", async () => {
			await addHostileSites();
			const script = path.join(folder, "plan.sh");
			const { status, stdout } = await scan("--format", "bash", "--output", script);
			assert.deepEqual([status, stdout], [1, ""]);
			writeArgumentPrinter(folder);
			const runScript = async (before = "") => {
				const env = { PATH: `${folder}${path.delimiter}${process.env.PATH}` };
				await writeFile(path.join(folder, "before.sh"), before);
				const input = `source "${folder}/before.sh"; source "${script}"`;
				return await promisify(execFile)("bash", ["--norc", "-c", input], { env, encoding: "utf8" });
			};
			const commands = (await planned()).flatMap(({ remediation }) => remediation.bash);
			assert.equal(commands.length, 6);
			assert.equal((await runScript()).stderr, "");
			assert.equal(
				(await runScript()).stdout,
				(
					await promisify(execFile)("bash", ["-c", commands.join("\n")], {
						env: { PATH: `${folder}:${process.env.PATH}` },
					})
				).stdout,
			);
			await assert.rejects(runScript("az() { echo ran; return 3; }"), { code: 3, stdout: "ran\n" });
		});

		it("for bash tells of each site what is wrong, what to mind and the way back, in comments", async () => {
			await addHostileSites();
			const { stdout } = await scan("--format", "bash");
			assert.match(
				stdout,
				/^#!\/usr\/bin\/env bash\n(?:# .*\n)+set -euo pipefail\n# .*\nexport MSYS_NO_PATHCONV=1\n\n# Production/,
			);
			assert.match(
				stdout,
				/\n# == slotted\/staging, webapp, in resource group rg-app\n# critical https-only: observed false, desired true\./,
			);
			assert.match(stdout, /\n# Mind: Once certificates are Required/);
			assert.match(stdout, /ssl bind may end in an error/);
			for (const { rollback } of await planned()) {
				assert.ok(rollback.bash.length > 0);
				for (const command of rollback.bash) assert.ok(stdout.includes(`\n#   ${command}\n`));
			}
		});

		it("for PowerShell is PowerShell, with the mark that Windows needs in a file", async () => {
			await addHostileSites();
			const parse = await loadGrammar("powershell");
			const { stdout } = await scan("--format", "powershell");
			const tree = parse(stdout);
			assert.equal(tree.hasError, false, stdout);
			const commands = (await planned()).flatMap(({ remediation }) => remediation.powershell);
			for (const command of commands) {
				assert.ok(stdout.includes(`\n${command}\nif ($LASTEXITCODE -ne 0) { throw`), command);
			}
			const run = tree.descendantsOfType("command_name").map((name) => name?.text);
			assert.deepEqual(new Set(run.filter((name) => name !== "Set-StrictMode")), new Set(["az"]));
			const file = path.join(folder, "plan.ps1");
			await scan("--format", "powershell", "--output", file);
			assert.equal(await readFile(file, "utf8"), `\ufeff${stdout}`);
		});

		it("of Bicep declares the sites", async () => {
			await addHostileSites();
			const parse = await loadGrammar("bicep");
			const { status, stdout } = await scan("--format", "bicep");
			assert.equal(status, 1);
			assert.equal(parse(stdout).hasError, false, stdout);
			assert.match(stdout, /^\/\/ Production .*\n/);
			assert.match(stdout, /\nresource slottedStagingSlot 'Microsoft\.Web\/sites\/slots@2025-05-01' = \{\n/);
		});

		it("says so where there is nothing to do, and what could not be told", async () => {
			azure.add(compliant(), armSite({ name: "odd", properties: { httpsOnly: null, clientCertEnabled: true } }));
			for (const format of ["bash", "powershell", "bicep"]) {
				const { status, stdout } = await scan("--format", format);
				assert.equal(status, 2);
				assert.match(stdout, /There is nothing to (?:run|declare)\.\n$/);
				assert.match(stdout, /(?:#|\/\/) Not told, site-unreadable: .*ARM did not report httpsOnly/);
			}
		});
	});

	it("writes to a file", async () => {
		azure.add(armSite({ name: "open" }));
		const output = path.join(folder, "drift.json");
		const { status, stdout } = await scan("--format", "json", "--output", output);
		assert.deepEqual([status, stdout], [1, ""]);
		assert.equal(JSON.parse(await readFile(output, "utf8"))[0].scan.counts.drifted, 1);
	});

	it("reads the table where no file is given, and changes nothing there", async () => {
		await using azurite = await Azurite.start();
		const table = TableClient.fromConnectionString(azurite.connectionString, "DriftPolicy", {
			allowInsecureConnection: true,
		});
		azure.add(armSite({ name: "open" }));
		const env = { AzureWebJobsStorage: azurite.connectionString };
		const empty = await run(["scan"], env);
		assert.equal(empty.status, 2);
		assert.match(empty.stdout, /policy-missing: There is no policy/);
		await assert.rejects(table.getEntity("policy", "default"), { statusCode: 404, message: /TableNotFound/ });

		await table.createTable();
		await table.createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		assert.equal((await run(["scan"], env)).status, 1);
	});

	it("tells its version and its help", async () => {
		assert.match((await run(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
		const { status, stdout } = await run(["scan", "--help"]);
		assert.equal(status, 0);
		assert.match(stdout, /Exit status: 1 when anything drifted/);
	});
});
