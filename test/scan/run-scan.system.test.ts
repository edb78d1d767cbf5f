import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { runScan } from "../../src/scan/run-scan.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { assemble, lastAttempt, onlyAttempt, type Ports } from "../support/host/function-app.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { StorageProxy } from "../support/storage/storage-proxy.ts";

const listUrl = /providers\/Microsoft\.Web\/sites\?/;
const unavailable = { status: 503, body: { error: { code: "ServerTimeout", message: "" } } };

describe("a scan that the queue asked for", () => {
	let azurite: Azurite;
	let storage: StorageProxy;
	let azure: ArmEmulator;
	let receiver: Receiver;
	let app: ReturnType<typeof assemble>;
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure, receiver] = await Promise.all([Azurite.start(), ArmEmulator.start(), Receiver.start()]);
		storage = await StorageProxy.start(azurite);
		app = assemble(azure, storage.connectionString, { DRIFT_WEBHOOK_URL: receiver.url });
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		receiver.received.length = 0;
		storage.before = async () => {};
		await azurite.clear();
		for (const name of ["DriftPolicy", "DriftExemption"]) await table(name).createTable();
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		storage.requests.length = 0;
	});
	after(() => Promise.all([storage, azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	/** A scan, and then everybody is told. */
	async function run(
		message = app.createMessage(),
		attempt = onlyAttempt,
		changed: Partial<Ports> = {},
	): Promise<void> {
		await app.scan(message, attempt, changed);
		assert.deepEqual(await app.notify(), []);
	}

	async function rows(name: string): Promise<Record<string, unknown>[]> {
		const found: Record<string, unknown>[] = [];
		for await (const row of table(name).listEntities()) found.push(row);
		return found;
	}
	const findings = async () =>
		(await rows("DriftFinding"))
			.filter(({ rule }) => rule !== undefined)
			.map(({ resourceId, status }) => `${String(resourceId).split("/").at(-1)} ${status}`)
			.sort();
	const posted = () => receiver.received.map(({ message }) => message.data);

	it("remembers what is open, since when, and writes no more of it until it changes", async () => {
		azure.add(armSite({ name: "a" }), armSite({ name: "b" }), armSite({ name: "c" }));
		await run();
		const [first] = await rows("DriftFinding");
		storage.requests.length = 0;
		await run();
		const writes = storage.requests.filter((request) => !request.startsWith("GET") && /batch|Finding/.test(request));
		// That there was a scan.
		assert.equal(writes.length, 1);
		assert.equal((await rows("DriftFinding"))[0]?.etag, first?.etag);
		assert.deepEqual(await findings(), ["a open", "b open", "c open"]);
		// Nobody is told twice.
		assert.deepEqual(
			posted().map(({ sites }) => sites.map(({ name }) => name)),
			[["a", "b", "c"]],
		);
	});

	it("counts, marks and remembers what is exempt, and gives no command for it", async () => {
		const soon = new Date(Date.now() + 86_400_000);
		const exemption = {
			partitionKey: "exemption",
			rowKey: "legacy",
			scope: armSite({ name: "a" }).id,
			rule: "https-only",
			category: "Waiver",
			reason: "old devices",
			owner: "pay team",
			expiresOn: soon,
		};
		await table("DriftExemption").createEntity(exemption);
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "http2", http20Enabled: true });
		const http20Enabled = { siteConfig: { http20Enabled: true, minTlsVersion: null } };
		azure.add(
			armSite({ name: "a", properties: http20Enabled }),
			armSite({ name: "b", properties: { ...http20Enabled, httpsOnly: true } }),
		);
		await run();
		const [data] = posted();
		assert.deepEqual(data?.scan?.counts, { sites: 2, inSync: 1, drifted: 0, exempt: 1, unknown: 0, notCovered: 0 });
		const [site] = data?.sites ?? [];
		assert.deepEqual(
			site?.findings.map(({ reason, exemption: by }) => [reason, by]),
			[
				[
					"exempted",
					{
						name: "legacy",
						category: "waiver",
						reason: "old devices",
						owner: "pay team",
						expiresOn: soon.toISOString(),
					},
				],
			],
		);
		assert.deepEqual(site?.remediation, { bash: [], powershell: [], warnings: [] });
		assert.equal((await rows("DriftFinding"))[0]?.exemption, "legacy");

		// Another drift of the same site is open all the same.
		azure.add(armSite({ name: "a" }));
		await table("DriftExemption").updateEntity({ ...exemption, target: "www.contoso.com" }, "Replace");
		await run();
		assert.deepEqual(
			posted()[1]?.sites[0]?.findings.map(({ rule, reason }) => [rule, reason]),
			[
				["https-only", "exemption-ended"],
				["http20", "new"],
			],
		);
		assert.equal((await rows("DriftFinding")).find(({ rule }) => rule === "https-only")?.exemption, undefined);
	});

	it("takes a site for removed only when ARM answers 404, and a finding for resolved only when it is in sync", async () => {
		azure.add(...["mended", "deleted", "unread", "hidden", "open"].map((name) => armSite({ name })));
		await run();
		azure.add(armSite({ name: "mended", properties: { httpsOnly: true } }));
		azure.add(armSite({ name: "unread", properties: { httpsOnly: undefined } }));
		const [hidden, deleted] = ["hidden", "deleted"].map((name) => armSite({ name }).id.toLowerCase()) as [
			string,
			string,
		];
		azure.fleet.unlisted.add(hidden);
		azure.fleet.sites.delete(deleted);
		await run();
		assert.deepEqual(await findings(), [
			"deleted removed",
			"hidden open",
			"mended resolved",
			"open open",
			"unread open",
		]);
		await run();
		azure.add(armSite({ name: "mended" }));
		await run();
		assert.ok((await findings()).includes("mended open"));
	});

	for (const [name, url] of Object.entries({ "list of sites": listUrl, "list of resources": /\/resources\?/ })) {
		it(`resolves and removes nothing while the ${name} fails`, async () => {
			azure.add(...["mended", "deleted", "open"].map((site) => armSite({ name: site })));
			await run();
			azure.add(armSite({ name: "mended", properties: { httpsOnly: true } }));
			azure.fleet.sites.delete(armSite({ name: "deleted" }).id.toLowerCase());
			azure.injectFault(url, unavailable);
			await run(app.createMessage(), lastAttempt).catch(() => {});
			assert.deepEqual(await findings(), ["deleted open", "mended open", "open open"]);
		});
	}

	it("records start, end, counts, requests and problems", async () => {
		azure.add(armSite({ name: "a" }), armSite({ name: "b", properties: { httpsOnly: undefined } }));
		const message = app.createMessage();
		await run(message);
		const [row, ...others] = await rows("DriftScan");
		assert.deepEqual(others, []);
		assert.equal(row?.partitionKey, defaultSubscription);
		assert.equal(row?.rowKey, `${message.requestedAt.toISOString()}_${message.scanId}`);
		const { complete, sites, inSync, drifted, exempt, unknown, notCovered, armRequests, problemCount, tries } =
			row ?? {};
		assert.deepEqual([complete, sites, inSync, drifted, exempt, unknown, notCovered], [true, 2, 0, 1, 0, 1, 0]);
		assert.deepEqual([armRequests, problemCount, tries], [2, 1, 1]);
		assert.deepEqual(
			JSON.parse(String(row?.problems)).map(({ code }: { code: string }) => code),
			["site-unreadable"],
		);
		assert.ok(row?.startedAt instanceof Date && row.finishedAt instanceof Date && row.startedAt <= row.finishedAt);
	});

	describe("old records", () => {
		const old = new Date(Date.now() - 91 * 86_400_000).toISOString();
		const makeOld = async (count: number) => {
			const keys = Array.from({ length: count }, (_, index) => ({
				partitionKey: defaultSubscription,
				rowKey: `${old}_${String(index).padStart(3, "0")}`,
			}));
			for (let start = 0; start < count; start += 100) {
				const some = keys.slice(start, start + 100);
				await table("DriftScan").submitTransaction(some.map((key) => ["create", key]));
			}
		};

		it("are deleted after 90 days, a hundred at a time", async () => {
			await run();
			await makeOld(150);
			await run();
			assert.equal((await rows("DriftScan")).length, 52);
			await run();
			assert.equal((await rows("DriftScan")).length, 3);
		});

		it("that cannot be deleted keep nobody from being told", async () => {
			azure.add(armSite());
			await run();
			await makeOld(1);
			receiver.received.length = 0;
			azure.add(armSite({ name: "another" }));
			let isListed = false;
			storage.before = async (request) => {
				if (request.startsWith("GET") && request.includes("DriftScan")) isListed = true;
				if (!isListed || !request.includes("$batch")) return;
				// Somebody else is quicker.
				storage.before = async () => {};
				await table("DriftScan").deleteEntity(defaultSubscription, `${old}_000`);
			};
			await run();
			assert.equal(posted().length, 1);
			assert.match(app.logs.join("\n"), /^Old rows of DriftScan cannot be deleted: /m);
		});
	});

	it("keeps the first problems of very many, none very long, and counts all", async () => {
		const long = Array.from({ length: 500 }, (_, index) => `${"x".repeat(60)}.${index}.contoso.com`);
		const odd = { hostNames: long, hostNameSslStates: [] };
		azure.add(armSite({ name: "a", properties: odd }));
		azure.add(
			...Array.from({ length: 300 }, (_, index) =>
				armSite({ name: `b-${index}`, properties: { httpsOnly: undefined } }),
			),
		);
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "domains", customDomainTls: "Bound" });
		const message = app.createMessage();
		await run(message);
		const [row] = await rows("DriftScan");
		assert.equal(row?.problemCount, 301);
		assert.ok(String(row?.problems).length <= 30_000 && JSON.parse(String(row?.problems)).length > 50);
		await app.abandonScan(message);
		const [after] = await rows("DriftScan");
		assert.equal(after?.problemCount, 302);
		assert.equal(JSON.parse(String(after?.problems))[0].code, "scan-failed");
	});

	it("remembers and tells of values that are longer than a cell", async () => {
		const paths = Array.from({ length: 2000 }, (_, index) => `/${"x".repeat(20)}${index}`).join(";");
		azure.add(armSite({ properties: { httpsOnly: true, clientCertEnabled: true, clientCertExclusionPaths: paths } }));
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "paths", clientCertExclusionPaths: "" });
		await run();
		storage.requests.length = 0;
		await run();
		assert.equal(storage.requests.filter((request) => request.includes("$batch")).length, 1);
		assert.equal(posted().length, 1);
		const { length } = String((await rows("DriftFinding")).find(({ rule }) => rule !== undefined)?.observed);
		assert.ok(length > 3900 && length <= 5000);
	});

	it("puts a site with very many findings into several entries", async () => {
		const domains = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a-${index}.contoso.com`, null]));
		azure.add(armSite({ domains, properties: { httpsOnly: true } }));
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "domains", customDomainTls: "Bound" });
		await run();
		assert.deepEqual(
			posted()[0]?.sites.map(({ findings: some }) => some.length),
			[12, 12, 12, 12, 12],
		);
	});

	it("keeps one memory of a subscription, however its ID is written", async () => {
		const id = "abcdef00-0000-0000-0000-000000000001";
		azure.addSubscription(id, "Letters");
		azure.add(armSite({ subscription: id }));
		for (const written of [id, id.toUpperCase()]) {
			await run({ ...app.createMessage(), subscription: { id: written, name: "Letters" } });
		}
		const keys = [...(await rows("DriftFinding")), ...(await rows("DriftScan"))].map(
			({ partitionKey }) => partitionKey,
		);
		assert.deepEqual(new Set(keys), new Set([id]));
	});

	it("leaves alone rows that are not its own", async () => {
		azure.add(armSite());
		await run();
		const [{ rowKey: _, etag: __, timestamp: ___, ...copy } = {}] = await rows("DriftFinding");
		const subscription = { partitionKey: defaultSubscription };
		await table("DriftFinding").createEntity({ ...copy, ...subscription, rowKey: "copy" });
		await table("DriftFinding").createEntity({ ...subscription, rowKey: "note", status: "open", resourceId: "x" });
		azure.add(armSite({ properties: { httpsOnly: true } }));
		const message = app.createMessage();
		await run(message);
		const left = await rows("DriftFinding");
		assert.deepEqual(left.map(({ rowKey, status }) => (status === "open" ? rowKey : status)).sort(), [
			"copy",
			"note",
			"resolved",
			"scan",
		]);
		assert.equal((await rows("DriftScan")).at(-1)?.complete, true);
	});

	it("asks for nothing any more when its time is up, and tries again", async () => {
		azure.add(armSite());
		const message = app.createMessage();
		const late = runScan(
			message,
			onlyAttempt,
			{ webhooks: app.webhooks, scanMinutes: 0, scanLifeMinutes: 55 },
			app.ports,
		);
		await assert.rejects(late, /the time for one scan was up/);
		assert.deepEqual(azure.requests, []);
	});

	it("keeps what the last scan counted where the next one comes to no site", async () => {
		azure.add(armSite({ name: "a" }), armSite({ name: "b" }));
		await run();
		const before = (await app.ports.readPartition(defaultSubscription, false)).state.lastScan;
		azure.injectFault(listUrl, { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } });
		await run();
		azure.clearFaults();
		const { state, records } = await app.ports.readPartition(defaultSubscription, false);
		assert.equal(before?.counts.drifted, 2);
		assert.deepEqual(state.lastScan, before);
		assert.deepEqual(
			records.problems.map(({ code }) => code),
			["subscription-unreadable"],
		);
	});

	it("makes seven storage transactions when nothing changed, and telling a webhook two, with 900 open findings", async () => {
		azure.pageSize = 450;
		azure.add(...Array.from({ length: 900 }, (_, index) => armSite({ name: `app-${index}` })));
		await run();
		assert.equal((await findings()).length, 900);
		storage.requests.length = 0;
		await app.scan();
		assert.equal(storage.requests.length, 7, storage.requests.join("\n"));
		storage.requests.length = 0;
		assert.deepEqual(await app.notify(), []);
		const ofTables = storage.requests.filter((request) => !request.includes("drift-notify"));
		assert.equal(ofTables.length, 2, ofTables.join("\n"));
	});

	it("forgets after 90 days what has ended, and not what has come again", async () => {
		azure.add(armSite({ name: "gone" }), armSite({ name: "again" }), armSite({ name: "lately" }));
		await run();
		for (const name of ["gone", "again", "lately"]) azure.add(armSite({ name, properties: { httpsOnly: true } }));
		await run();
		const longAgo = new Date(Date.now() - 91 * 86_400_000);
		for (const row of await rows("DriftFinding")) {
			if (String(row.resourceId).endsWith("lately")) continue;
			const { partitionKey = "", rowKey = "" } = row as Record<string, string>;
			await table("DriftFinding").updateEntity({ partitionKey, rowKey, endedAt: longAgo }, "Merge");
		}
		azure.add(armSite({ name: "again" }));
		await run();
		assert.deepEqual(await findings(), ["again open", "lately resolved"]);
	});

	it("takes nothing for resolved while the row of its policy cannot be read", async () => {
		const site = armSite({ properties: { httpsOnly: true } });
		azure.add(site);
		const key = { partitionKey: "policy", rowKey: "pay" };
		await table("DriftPolicy").createEntity({ ...key, scope: site.id, clientCertMode: "Required" });
		await run();
		await table("DriftPolicy").updateEntity({ ...key, scope: "Production" }, "Merge");
		await run();
		assert.deepEqual(await findings(), ["app open"]);
		await table("DriftPolicy").deleteEntity("policy", "pay");
		await run();
		assert.deepEqual(await findings(), ["app resolved"]);
	});

	it("tells at its last try even what it cannot record", async () => {
		azure.add(armSite());
		const writeScanRecord = () => Promise.reject(new Error("The table DriftScan cannot be written"));
		await assert.rejects(run(app.createMessage(), onlyAttempt, { writeScanRecord }), /DriftScan cannot be written/);
		assert.equal(posted().length, 0);
		await run(app.createMessage(), lastAttempt, { writeScanRecord });
		assert.equal(posted().length, 1);
	});

	it("counts in numbers and in the log what has come to its end, and of a try that is made again no more than its requests", async () => {
		azure.add(armSite());
		azure.injectFault(listUrl, unavailable);
		app.measurements.length = 0;
		app.logs.length = 0;
		await assert.rejects(run(), /could not be read/);
		assert.deepEqual(
			app.measurements.map(({ name }) => name),
			["mtls_drift.arm.requests", "mtls_drift.arm.throttled"],
		);
		assert.deepEqual(app.logs, []);
		await run(app.createMessage(), lastAttempt).catch(() => {});
		assert.deepEqual(app.measurements.map(({ name }) => name).slice(2, 5), [
			"mtls_drift.arm.requests",
			"mtls_drift.arm.throttled",
			"mtls_drift.scan.duration",
		]);
		assert.match(app.logs.join("\n"), /not all could be read/);
	});

	it("fails, and tells nothing yet, when the list breaks off", async () => {
		azure.pageSize = 1;
		azure.add(armSite({ name: "a" }), armSite({ name: "b" }));
		azure.injectFault(/skiptoken/, unavailable);
		await assert.rejects(run(), /^Error: Subscription 0+-0+-0+-0+-0+1 could not be read: .*503 \(ServerTimeout\)/);
		assert.deepEqual(posted(), []);
		const [row] = await rows("DriftScan");
		assert.match(String(row?.failure), /503/);
	});

	it("does not try again where ARM refuses: it tells", async () => {
		azure.injectFault(listUrl, { status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } });
		await run();
		const [data] = posted();
		assert.deepEqual([data?.scan?.complete, data?.scan?.counts.sites], [false, 0]);
		assert.deepEqual(
			data?.problems.map(({ code }) => code),
			["subscription-unreadable"],
		);
	});

	it("fails when another scan changed a finding meanwhile, and comes right at the next try", async () => {
		azure.add(armSite({ name: "a" }));
		await run();
		azure.add(armSite({ name: "a", properties: { httpsOnly: true } }));
		storage.before = async (request) => {
			if (!request.includes("$batch")) return;
			storage.before = async () => {};
			const [row] = await rows("DriftFinding");
			await table("DriftFinding").updateEntity({
				...(row as { partitionKey: string; rowKey: string }),
				note: "changed",
			});
		};
		const message = app.createMessage();
		await assert.rejects(run(message), /DriftFinding cannot be written: .*another scan of the same subscription/);
		await run(message, { number: 2, last: false });
		assert.deepEqual(await findings(), ["a resolved"]);
		const [, row, ...others] = await rows("DriftScan");
		assert.deepEqual([row?.sites, row?.tries, row?.failure, others], [1, 2, undefined, []]);
	});

	it("does no harm beside another scan of the same subscription", async () => {
		azure.add(...Array.from({ length: 150 }, (_, index) => armSite({ name: `app-${index}` })));
		// Those who tell at the same time may turn each other away, and come again.
		await Promise.all(Array.from({ length: 3 }, () => app.scan(app.createMessage(), onlyAttempt)));
		assert.deepEqual(await app.notify(), []);
		assert.equal((await findings()).length, 150);
		assert.equal((await rows("DriftScan")).length, 3);
		await run();
		assert.ok((await findings()).every((finding) => finding.endsWith(" open")));
	});

	it("fails when the policies cannot be read, rather than take every site for not covered", async () => {
		azure.add(armSite());
		const readPolicies = () => Promise.reject(new Error("The table DriftPolicy cannot be read"));
		await assert.rejects(run(app.createMessage(), onlyAttempt, { readPolicies }), /DriftPolicy cannot be read/);
		assert.deepEqual([posted(), (await rows("DriftScan"))[0]?.failure], [[], "The table DriftPolicy cannot be read"]);
	});

	describe("given up", () => {
		async function abandonScan(message = app.createMessage(), changed: Partial<Ports> = {}): Promise<void> {
			await app.abandonScan(message, changed);
			assert.deepEqual(await app.notify(), []);
		}

		it("is recorded and told, with the cause that the last try left and what it could read all the same", async () => {
			azure.pageSize = 1;
			azure.add(armSite({ name: "a" }), armSite({ name: "b" }));
			azure.injectFault(/skiptoken/, unavailable);
			const message = app.createMessage();
			await run(message, lastAttempt).catch(() => {});
			assert.deepEqual(posted(), []);
			await abandonScan(message);
			const [data, ...others] = posted();
			assert.deepEqual(others, []);
			assert.deepEqual([data?.subscription?.id, data?.scan?.id], [defaultSubscription, message.scanId]);
			assert.deepEqual([data?.scan?.complete, data?.scan?.counts.sites], [false, 1]);
			assert.deepEqual(
				data?.sites.map(({ name }) => name),
				["a"],
			);
			assert.deepEqual(data?.problems.map(({ code, scope }) => [code, scope]).sort(), [
				["scan-failed", `/subscriptions/${defaultSubscription}`],
				["subscription-unreadable", `/subscriptions/${defaultSubscription}`],
			]);
			const failed = data?.problems.find(({ code }) => code === "scan-failed");
			assert.match(failed?.message ?? "", /was given up\. Try 5 ended with: .*503 \(ServerTimeout\)/);
			const [row] = await rows("DriftScan");
			assert.deepEqual(
				JSON.parse(String(row?.problems)).map(({ code }: { code: string }) => code),
				["scan-failed", "subscription-unreadable"],
			);
		});

		it("is over, and told so, after the next scan that comes to its end", async () => {
			azure.add(armSite({ properties: { httpsOnly: true } }));
			await abandonScan();
			await run();
			await run();
			assert.deepEqual(
				posted().map(({ problems }) => problems.map(({ code, reason }) => `${code} ${reason}`)),
				[["scan-failed new"], ["scan-failed resolved"]],
			);
		});

		it("is recorded and told once, though the message comes twice", async () => {
			const message = app.createMessage();
			for (const _ of [1, 2]) await abandonScan(message);
			const [row] = await rows("DriftScan");
			assert.deepEqual([row?.problemCount, JSON.parse(String(row?.problems)).length], [1, 1]);
			assert.equal(posted().length, 1);
		});

		it("is told even where no try left a cause", async () => {
			await abandonScan();
			assert.match(posted()[0]?.problems[0]?.message ?? "", /No cause is recorded/);
			assert.equal((await rows("DriftScan")).length, 1);
		});

		it("is told even where the storage account is gone, under the same ID each time", async () => {
			const gone = () => Promise.reject(new Error("The table cannot be used"));
			app.logs.length = 0;
			const message = app.createMessage();
			for (const _ of [1, 2])
				await abandonScan(message, { readScanRecord: gone, writeScanRecord: gone, openFindingStore: gone });
			assert.equal(posted()[0]?.problems[0]?.code, "scan-failed");
			assert.equal(app.logs.filter((line) => line === "The table cannot be used").length, 6);
			assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
		});

		it("is told directly only to webhooks whose scope it concerns", async () => {
			const gone = () => Promise.reject(new Error("The table cannot be used"));
			const elsewhere = assemble(azure, storage.connectionString, {
				DRIFT_WEBHOOK_URL: receiver.url,
				DRIFT_WEBHOOK_SCOPE: "/subscriptions/00000000-0000-0000-0000-000000000009",
			});
			await elsewhere.abandonScan(app.createMessage(), { openFindingStore: gone });
			assert.deepEqual(posted(), []);
		});
	});
});
