import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { TableClient } from "@azure/data-tables";
import { rules } from "../../src/core/rules/index.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { cliPath, type Ended, runCli } from "../support/shell/run-cli.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { StorageProxy } from "../support/storage/storage-proxy.ts";

const siteGuid = "11111111-2222-3333-4444-555555555555";
const group = `/subscriptions/${defaultSubscription}/resourceGroups/pay`;

describe("mtls-drift policy and exemption", () => {
	let azurite: Azurite;
	let storage: StorageProxy;
	let azure: ArmEmulator;
	let folder: string;
	before(async () => {
		[azurite, azure] = await Promise.all([Azurite.start(), ArmEmulator.start()]);
		storage = await StorageProxy.start(azurite);
		folder = await mkdtemp(path.join(tmpdir(), "mtls-drift-"));
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		storage.before = async () => {};
		for (const name of ["DriftPolicy", "DriftExemption"]) await table(name).deleteTable();
	});
	after(async () => {
		await Promise.all([storage, azurite, azure].map((part) => part[Symbol.asyncDispose]()));
		await rm(folder, { recursive: true });
	});

	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
	const run = (...args: string[]): Promise<Ended> =>
		runCli(args, { ...azure.environment, AzureWebJobsStorage: storage.connectionString });

	/** Runs what must succeed. */
	async function succeed(...args: string[]): Promise<string> {
		const { status, stdout, stderr } = await run(...args);
		assert.deepEqual([status, stderr], [0, ""], stdout);
		return stdout;
	}

	/** Runs what must fail with status 2 and one clear message. */
	async function fail(...args: string[]): Promise<string> {
		const { status, stdout, stderr } = await run(...args);
		assert.deepEqual([status, stdout], [2, ""], stderr);
		assert.doesNotMatch(stderr, /\n\s+at /);
		return stderr;
	}

	async function rows(name: string): Promise<Record<string, unknown>[]> {
		const found: Record<string, unknown>[] = [];
		try {
			for await (const { etag: _, timestamp: __, partitionKey: ___, ...row } of table(name).listEntities())
				found.push(row);
		} catch {
			return [];
		}
		return found;
	}

	async function insert(name: string, partitionKey: string, rowKey: string, fields: object): Promise<void> {
		await table(name).createTable();
		await table(name).createEntity({ partitionKey, rowKey, ...fields });
	}

	/** Runs a command line that was printed, in a real shell. */
	async function runPrinted(line: string): Promise<void> {
		const env = { PATH: process.env.PATH ?? "", AzureWebJobsStorage: storage.connectionString };
		const command = line.replace("mtls-drift", `"${process.execPath}" "${cliPath}"`);
		await promisify(execFile)("bash", ["-c", command], { env });
	}

	describe("policy set", () => {
		it("makes a policy, and the table where it is not there, and shows what changed", async () => {
			const shown = await succeed("policy", "set", "default", "httpsOnly=TRUE", "clientCertMode=required");
			assert.match(shown, /^Policy "default" in DriftPolicy is new:\n/);
			assert.match(shown, /│ clientCertMode +│ not set +│ Required +│/);
			assert.deepEqual(await rows("DriftPolicy"), [{ rowKey: "default", httpsOnly: true, clientCertMode: "Required" }]);
		});

		it("changes only what it is given, and shows before and after", async () => {
			await insert("DriftPolicy", "policy", "default", { HttpsOnly: "yes", clientCertMode: "optional", note: "" });
			const shown = await succeed(
				"policy",
				"set",
				"default",
				"httpsOnly=false",
				"http20Enabled=false",
				"--unset",
				"note",
			);
			assert.match(shown, /│ httpsOnly +│ yes +│ false +│/);
			assert.match(shown, /│ note +│ +│ not set +│/);
			assert.doesNotMatch(shown, /clientCertMode/);
			assert.deepEqual(await rows("DriftPolicy"), [
				{ rowKey: "default", clientCertMode: "optional", httpsOnly: false, http20Enabled: false },
			]);
		});

		it("writes nothing where nothing changes", async () => {
			await succeed("policy", "set", "default", "httpsOnly=true");
			const before = (await table("DriftPolicy").getEntity("policy", "default")).etag;
			assert.match(await succeed("policy", "set", "default", "httpsOnly=True"), /is so already: nothing was written/);
			assert.equal((await table("DriftPolicy").getEntity("policy", "default")).etag, before);
		});

		const refused: Record<string, [args: string[], says: RegExp]> = {
			"several bad cells at once": [
				["httpsOnly=ture", "clientCertMod=Required", "scope=pay"],
				/was not written:\n {2}- column "httpsOnly" is "ture", but it takes true, false or Any\.\n.*"clientCertMod" is unknown\. Did you mean clientCertMode\?.*\n.*"scope" is "pay", but it takes/,
			],
			"what cannot be met": [
				["clientCertExclusionPaths=/health", "http20Enabled=true"],
				/policy-contradiction: .*together with http20Enabled: exclusion paths need TLS renegotiation/,
			],
			"the path /": [["clientCertExclusionPaths=/"], /the path \/ excludes every path/],
			"host names of all sites": [["domainBindings=www.contoso.com"], /is for one site only/],
			"what is no assignment": [["httpsOnly"], /"httpsOnly" is not key=value/],
			"a cell twice": [["httpsOnly=true", "httpsOnly=false"], /httpsOnly is given twice/],
			"a cell twice, in different spellings": [["httpsOnly=true", "HttpsOnly=false"], /stands there twice/],
			"a column that JavaScript has a meaning for": [
				["__proto__=x", "constructor=y"],
				/column "__proto__" is unknown.*\n.*column "constructor" is unknown/,
			],
			"nothing to set": [[], /policy set takes key=value/],
		};
		for (const [name, [args, says]] of Object.entries(refused)) {
			it(`refuses ${name}, and writes nothing`, async () => {
				assert.match(await fail("policy", "set", "default", ...args), says);
				assert.deepEqual(await rows("DriftPolicy"), []);
			});
		}

		it("refuses a name that no row can have", async () => {
			for (const name of ["a/b", "a#b", "", " a", "a\u001b[31m", "x".repeat(201)]) {
				const stderr = await fail("policy", "set", name, "httpsOnly=true");
				assert.match(stderr, /cannot be the name of a row/);
				assert.ok(!stderr.includes("\u001b"));
			}
		});

		it("writes what clashes with another policy, and says so once", async () => {
			await insert("DriftPolicy", "policy", "default", { httpsOnly: true, http20Enabled: true });
			const issues = await run("policy", "set", "pay", `scope=${group}`, "clientCertExclusionPaths=/health");
			assert.deepEqual([issues.status, (await rows("DriftPolicy")).length], [0, 2]);
			assert.match(
				issues.stderr,
				/^policy-contradiction: .*row "pay".*together with http20Enabled of policy "default"/,
			);
			const other = await run("policy", "set", "other", "httpsOnly=false");
			assert.match(other.stderr, /^policy-conflict: .*row "default".*"other"/);
			await succeed("policy", "set", "third", `scope=${group}`, "certificateMinDays=30");
		});

		it("does not lose what somebody else writes at the same time", async () => {
			await succeed("policy", "set", "default", "httpsOnly=true");
			storage.before = async (request) => {
				if (!/^(?:PUT|PATCH|DELETE) /.test(request)) return;
				storage.before = async () => {};
				await table("DriftPolicy").updateEntity({ partitionKey: "policy", rowKey: "default", minTlsVersion: "1.2" });
			};
			assert.match(
				await fail("policy", "set", "default", "clientCertMode=Required"),
				/The row was changed meanwhile, by somebody else or by a try .* nothing was written over it/,
			);
			assert.deepEqual(await rows("DriftPolicy"), [{ rowKey: "default", httpsOnly: true, minTlsVersion: "1.2" }]);
			await succeed("policy", "set", "default", "clientCertMode=Required");
		});

		it("mends one of two contradictions of a row, and leaves no row without a cell", async () => {
			const issues = { clientCertExclusionPaths: "/health", http20Enabled: true, minTlsVersion: "1.3" };
			await insert("DriftPolicy", "policy", "torn", issues);
			await succeed("policy", "set", "torn", "http20Enabled=false");
			assert.match(await fail("policy", "set", "torn", "http20Enabled=true"), /together with http20Enabled/);
			await insert("DriftPolicy", "policy", "small", { httpsOnly: true });
			assert.match(
				await fail("policy", "set", "small", "--unset", "httpsOnly"),
				/would have no cell left: remove it instead/,
			);
		});

		it("edits whether the door is asked, like any other setting", async () => {
			await insert("DriftPolicy", "policy", "door", { verify: true });
			await succeed("policy", "set", "door", "minTlsVersion=1.2");
			await succeed("policy", "set", "door", "verify=false");
			assert.deepEqual(await rows("DriftPolicy"), [{ rowKey: "door", minTlsVersion: "1.2", verify: false }]);
		});

		it("does not write over a policy that somebody else makes at the same time", async () => {
			await succeed("policy", "set", "default", "httpsOnly=true");
			storage.before = async (request) => {
				if (!request.startsWith("POST ")) return;
				storage.before = async () => {};
				await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "new", minTlsVersion: "1.2" });
			};
			assert.match(await fail("policy", "set", "new", "http20Enabled=false"), /nothing was written/);
			assert.deepEqual((await rows("DriftPolicy")).at(-1), { rowKey: "new", minTlsVersion: "1.2" });
		});
	});

	it("removes a policy, and says how to bring it back", async () => {
		const row = { scope: group, tag: "owner=it's me; $(id)", httpsOnly: true, certificateMinDays: 30 };
		await insert("DriftPolicy", "policy", "pay", row);
		const shown = await succeed("policy", "remove", "pay");
		assert.deepEqual(await rows("DriftPolicy"), []);
		await runPrinted(shown.trim().split("\n").at(-1) ?? "");
		assert.deepEqual(await rows("DriftPolicy"), [{ rowKey: "pay", ...row }]);
		assert.match(await fail("policy", "remove", "other"), /there is no policy "other" in DriftPolicy/);
	});

	it("takes a policy for removed that somebody else, or a try whose answer was lost, has removed meanwhile", async () => {
		await insert("DriftPolicy", "policy", "pay", { httpsOnly: true });
		storage.before = async (request) => {
			if (!request.startsWith("DELETE ")) return;
			storage.before = async () => {};
			await table("DriftPolicy").deleteEntity("policy", "pay");
		};
		assert.match(
			await succeed("policy", "remove", "pay"),
			/was removed.*\nThis brings it back:\nmtls-drift policy set pay /,
		);
	});

	it("brings back a policy whose name looks like an option, and shows one that was not right", async () => {
		await insert("DriftPolicy", "policy", "-x", { httpsOnly: true });
		await insert("DriftPolicy", "policy", "bad", { kind: "vm", httpsOnly: true });
		const shown = await succeed("policy", "remove", "--", "-x");
		await runPrinted(shown.trim().split("\n").at(-1) ?? "");
		assert.deepEqual((await rows("DriftPolicy"))[0], { rowKey: "-x", httpsOnly: true });
		assert.match(
			await succeed("policy", "remove", "bad"),
			/was not right, or empty: no command brings it back\. These were its cells: \{"kind":"vm","httpsOnly":true\}\n$/,
		);
		const half = { scope: "/", rule: "*", reason: "-", owner: "o", category: "waiver" };
		await insert("DriftExemption", "exemption", "half", half);
		assert.match(await succeed("exemption", "remove", "half"), /no command brings it back/);
		await insert("DriftExemption", "exemption", "-y", { ...half, expiresOn: new Date("2036-01-01") });
		const removed = await succeed("exemption", "remove", "--", "-y");
		await runPrinted(removed.trim().split("\n").at(-1) ?? "");
		assert.deepEqual(await rows("DriftExemption"), [{ rowKey: "-y", ...half, expiresOn: new Date("2036-01-01") }]);
	});

	it("lists policies with what they are for and what they want, and what is wrong with the rows", async () => {
		await insert("DriftPolicy", "policy", "pay", {
			scope: group,
			tag: "env=prod",
			httpsOnly: "TRUE",
			clientCertMode: "any",
			minTlsVersion: "9",
		});
		await insert("DriftPolicy", "policy", "bad", { kind: "vm" });
		const shown = await succeed("policy", "list");
		for (const part of [
			`│ pay    │ ${group} │ httpsOnly=true`,
			"tag=env=prod",
			"clientCertMode=Any",
			"minTlsVersion=(invalid)",
		])
			assert.ok(shown.includes(part), shown);
		assert.match(shown, /\npolicy-invalid: DriftPolicy, row "bad", column "kind" is "vm"/);
		assert.match(await succeed("policy", "list"), /policy-invalid: .*"minTlsVersion" is "9"/);
	});

	it("understands rows as people and their tools write them", async () => {
		await insert("DriftPolicy", "Policy ", "typed", {
			SCOPE: ` ${armSite({ name: "a" }).id}/ `,
			httpsonly: "TRUE",
			http20Enabled: false,
			clientCertMode: " required",
			clientCertExclusionPaths: "/Health; /webhooks/ ;",
			certificateMinDays: { type: "Int64", value: "30" },
			minTlsVersion: { type: "Double", value: "1.2" },
			domainBindings: "WWW.contoso.com = snienabled ;",
		});
		await insert("DriftPolicy", "policy", "odd", {
			httpsOnly: new Uint8Array(3),
			tag: { type: "Guid", value: siteGuid },
		});
		await insert("DriftExemption", "exemption", "text", {
			scope: "/",
			rule: "HTTPS-only",
			category: "Mitigated ",
			reason: "r",
			owner: "o",
			expiresOn: "2036-01-31t00:00z",
		});
		const shown = await succeed("policy", "list");
		for (const part of [
			"httpsOnly=true",
			"http20Enabled=false",
			"clientCertMode=Required",
			"clientCertExclusionPaths=/health;/webhooks/",
			"certificateMinDays=30",
			"minTlsVersion=1.2",
			"domainBindings=www.contoso.com=SniEnabled",
		]) {
			assert.ok(shown.includes(part), part);
		}
		assert.match(shown, /"httpsOnly" is "\(3 bytes\)", but it takes true, false or Any/);
		assert.match(shown, new RegExp(`"tag" is "${siteGuid}", but it takes name=value`));
		assert.match(
			await succeed("exemption", "list"),
			/│ text +│ https-only +│.*│ mitigated +│.*2036-01-31T00:00:00\.000Z/,
		);
	});

	describe("policy lint", () => {
		it("ends with 0 where nothing is wrong", async () => {
			await insert("DriftPolicy", "policy", "default", { httpsOnly: true });
			assert.equal(await succeed("policy", "lint"), "0 problems; 1 policy and 0 exemptions can be used.\n");
		});

		it("ends with 1 and says everything at once, with table, row and column", async () => {
			await insert("DriftPolicy", "policy", "a", {
				httpsOnly: true,
				clientCertExclusionPaths: "/",
				minTlsVersion: "1.3",
			});
			await insert("DriftPolicy", "policy", "b", { httpsOnly: false, clientCertMod: "Required", scpoe: "/" });
			await insert("DriftPolicy", "policy", "c", { httpsOnly: false });
			await insert("DriftPolicy", "Policies", "d", { httpsOnly: false });
			await insert("DriftExemption", "exemption", "e", { scope: "/", expiresOn: new Date("2020-01-01") });
			await insert("DriftExemption", "exemption", "f", {
				scope: "/",
				rule: "*",
				category: "waiver",
				reason: "r",
				owner: "o",
				expiresOn: new Date("2020-01-01"),
			});
			const { status, stdout } = await run("policy", "lint");
			assert.equal(status, 1);
			const found = stdout
				.trim()
				.split("\n")
				.map((line) => /^([a-z-]+): (\w+), row "(\w)", column "(\w+)"/.exec(line)?.slice(1));
			assert.deepEqual(found, [
				["policy-invalid", "DriftPolicy", "d", "PartitionKey"],
				["policy-invalid", "DriftPolicy", "b", "clientCertMod"],
				["policy-invalid", "DriftPolicy", "b", "scpoe"],
				["exemption-invalid", "DriftExemption", "e", "rule"],
				["exemption-invalid", "DriftExemption", "e", "category"],
				["exemption-invalid", "DriftExemption", "e", "reason"],
				["exemption-invalid", "DriftExemption", "e", "owner"],
				["policy-contradiction", "DriftPolicy", "a", "clientCertExclusionPaths"],
				["exemption-invalid", "DriftExemption", "f", "expiresOn"],
				["policy-conflict", "DriftPolicy", "a", "httpsOnly"],
				undefined,
			]);
			assert.match(stdout, /\n10 problems; 2 policies and 1 exemption can be used\.\n$/);
		});

		it("reads a file instead, without any storage", async () => {
			const file = path.join(folder, "policies.json");
			await writeFile(file, JSON.stringify({ policies: [{ name: "a", httpsOnly: "ture" }] }));
			const { status, stdout } = await runCli(["policy", "lint", "--policy", file], {});
			assert.equal(status, 1);
			assert.match(stdout, /^policy-invalid: DriftPolicy, row "a", column "httpsOnly" is "ture"/);
		});

		it("overlooks no column of a file, whatever JavaScript means by it", async () => {
			const file = path.join(folder, "odd.json");
			const exemption =
				'"scope": "/", "rule": "*", "category": "waiver", "reason": "r", "owner": "o", "expiresOn": "2036-01-01"';
			await writeFile(
				file,
				`{"policies": [{"name": "a", "__proto__": "x"}], "exemptions": [{"name": "e", ${exemption}, "__proto__": "x"}]}`,
			);
			const { status, stdout } = await runCli(["policy", "lint", "--policy", file], {});
			assert.equal(status, 1);
			assert.match(stdout, /row "a", column "__proto__" is unknown.*\n.*row "e", column "__proto__" is unknown/);
		});

		it("ends with 2 where it could not read", async () => {
			const env = {
				AzureWebJobsStorage: "AccountName=drift;AccountKey=czNjcmV0;TableEndpoint=http://127.0.0.1:9/drift",
			};
			const { status, stderr } = await runCli(["policy", "lint"], env);
			assert.equal(status, 2);
			assert.match(stderr, /^mtls-drift: The table DriftPolicy cannot be read: /);
		});
	});

	describe("policy explain", () => {
		it("shows for each setting the value, the policy that won and those that lost", async () => {
			const site = armSite({ name: "pay-api", resourceGroup: "pay", kind: "functionapp", tags: { Env: "prod" } });
			azure.add(site);
			await insert("DriftPolicy", "policy", "default", {
				httpsOnly: true,
				clientCertMode: "Required",
				minTlsVersion: "1.2",
			});
			await insert("DriftPolicy", "policy", "pay", { scope: group, clientCertMode: "Optional", minTlsVersion: "Any" });
			await insert("DriftPolicy", "policy", "prod", {
				scope: group,
				tag: "env=prod",
				clientCertMode: "OptionalInteractiveUser",
				clientCertExclusionPaths: "",
			});
			await insert("DriftPolicy", "policy", "one", { scope: group, kind: "functionapp", http20Enabled: false });
			await insert("DriftPolicy", "policy", "two", { scope: group, tag: "env=*", http20Enabled: true });
			await insert("DriftPolicy", "policy", "test", { tag: "env=test", httpsOnly: false });
			const shown = await succeed("policy", "explain", site.id);
			assert.ok(shown.startsWith(`${site.id} is a functionapp with the tags Env=prod.\n`), shown);
			const fields = shown
				.split("\n")
				.filter((line) => line.startsWith("│"))
				.map((line) =>
					line
						.split("│")
						.slice(1, -1)
						.map((field) => field.trim()),
				);
			assert.deepEqual(fields, [
				["setting", "value", "from policy", "over"],
				["httpsOnly", "true", "default", ""],
				["clientCertMode", "OptionalInteractiveUser", "prod", "pay: Optional"],
				["", "", "", "default: Required"],
				["clientCertExclusionPaths", "none", "prod", ""],
				["customDomainTls", "not governed", "", ""],
				["domainBindings", "not governed", "", ""],
				["certificateMinDays", "not governed", "", ""],
				["minTlsVersion", "Any: not governed", "pay", "default: 1.2"],
				["http20Enabled", "unknown", "one: false", ""],
				["", "", "two: true", ""],
				["verify", "not governed", "", ""],
			]);
			assert.ok(shown.includes(`\n  prod  ${group}, tag env=prod\n`));
			assert.doesNotMatch(shown, /test/);
		});

		it("reads a slot as a site of its own", async () => {
			const slot = armSite({ name: "pay-api", resourceGroup: "pay", slot: "staging" });
			azure.add(slot);
			await insert("DriftPolicy", "policy", "default", { httpsOnly: true });
			await insert("DriftPolicy", "policy", "slot", { scope: slot.id, httpsOnly: false });
			assert.match(await succeed("policy", "explain", slot.id), /│ httpsOnly +│ false +│ slot +│ default: true +│/);
		});

		const mistakes: Record<string, [id: string, says: RegExp]> = {
			"what is no ID": ["pay-api", /"pay-api" is not the resource ID of a site or slot/],
			"a site that is not there": [armSite({ name: "gone" }).id, /there is no site \S+\/gone$/m],
			"a subscription that is not there": [
				armSite({ subscription: "00000000-0000-0000-0000-000000000009" }).id,
				/cannot be read: .*404 \(SubscriptionNotFound\)/,
			],
		};
		for (const [name, [id, says]] of Object.entries(mistakes)) {
			it(`ends with 2 for ${name}`, async () => assert.match(await fail("policy", "explain", id), says));
		}
	});

	describe("exemption", () => {
		const options = (changes: Record<string, string> = {}) =>
			Object.entries({
				scope: group,
				rule: "client-cert-mode",
				category: "Waiver",
				reason: "old devices; they're leaving",
				owner: "pay team",
				expires: "2036-01-31",
				...changes,
			}).flatMap(([name, value]) => [`--${name}`, value]);

		it("is added, listed, and taken away with the way back", async () => {
			const host = { target: "www.contoso.com", rule: "custom-domain-tls" };
			const added = await succeed("exemption", "add", "legacy", ...options(host));
			assert.equal(
				added,
				`Exemption "legacy" accepts drift of custom-domain-tls for www.contoso.com at ${group} until 2036-01-31T00:00:00.000Z.\n`,
			);
			const [row] = await rows("DriftExemption");
			assert.deepEqual(row, {
				rowKey: "legacy",
				scope: group,
				rule: "custom-domain-tls",
				target: "www.contoso.com",
				category: "waiver",
				reason: "old devices; they're leaving",
				owner: "pay team",
				expiresOn: new Date("2036-01-31T00:00:00.000Z"),
			});
			await insert("DriftExemption", "exemption", "past", {
				...row,
				rowKey: "past",
				expiresOn: new Date("2020-01-01"),
			});
			await insert("DriftExemption", "exemption", "bad", { scope: "/" });
			const listed = await succeed("exemption", "list");
			assert.match(listed, /│ legacy +│ custom-domain-tls +│.*│ 2036-01-31T00:00:00\.000Z +│/);
			assert.match(listed, /│ past +│.*│ 2020-01-01T00:00:00\.000Z +│.*\n.*│ expired +│/);
			assert.match(listed, /\nexemption-invalid: DriftExemption, row "bad", column "rule" is missing/);

			const removed = await succeed("exemption", "remove", "legacy");
			assert.equal((await rows("DriftExemption")).length, 2);
			await runPrinted(removed.trim().split("\n").at(-1) ?? "");
			assert.deepEqual(
				(await rows("DriftExemption")).find(({ rowKey }) => rowKey === "legacy"),
				row,
			);
			assert.match(await fail("exemption", "remove", "other"), /there is no exemption "other"/);
		});

		const refused: Record<string, [changes: Record<string, string>, says: RegExp]> = {
			"a date that is past": [{ expires: "2020-01-01" }, /"expiresOn" is 2020-01-01T00:00:00\.000Z, which is past/],
			"a date that is none": [{ expires: "soon" }, /"expiresOn" is "soon", but it takes a date such as/],
			"a scope that is no ARM ID": [{ scope: "pay" }, /"scope" is "pay", but it takes/],
			"a host name, where the rule looks at the site": [
				{ target: "www.contoso.com" },
				/"target" is a host name, but client-cert-mode checks the site as a whole/,
			],
			"a misspelt rule": [{ rule: "client-cert-mod" }, /did you mean client-cert-mode\?/],
			"several at once": [{ rule: "x", category: "y" }, /"rule" is "x".*\n.*"category" is "y"/],
		};
		for (const [name, [changes, says]] of Object.entries(refused)) {
			it(`is refused for ${name}, and nothing is written`, async () => {
				assert.match(await fail("exemption", "add", "legacy", ...options(changes)), says);
				assert.deepEqual(await rows("DriftExemption"), []);
			});
		}

		it("is refused without an end", async () => {
			assert.match(
				await fail("exemption", "add", "legacy", ...options().slice(0, -2)),
				/required option '--expires <date>'/,
			);
		});

		it("never takes the place of another", async () => {
			await succeed("exemption", "add", "legacy", ...options());
			assert.match(
				await fail("exemption", "add", "legacy", ...options({ rule: "*" })),
				/there is an exemption "legacy" already/,
			);
			assert.equal((await rows("DriftExemption"))[0]?.rule, "client-cert-mode");
		});
	});

	it("lists every rule with its setting", async () => {
		const shown = await succeed("rules");
		for (const { id, setting } of rules) assert.ok(shown.includes(`${id}  (setting ${setting})\n`));
	});

	it("says what is missing where no storage is named", async () => {
		for (const args of [
			["policy", "list"],
			["policy", "set", "a", "httpsOnly=true"],
			["exemption", "list"],
		]) {
			const { status, stderr } = await runCli(args, {});
			assert.equal(status, 2);
			assert.match(stderr, /AzureWebJobsStorage is not set/);
		}
	});
});
