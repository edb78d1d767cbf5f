import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { TableClient } from "@azure/data-tables";
import { QueueClient } from "@azure/storage-queue";
import { Webhook } from "standardwebhooks";
import type { Health } from "../src/core/lifecycle/health.ts";
import { armCertificate, armSite, defaultSubscription, thumbprintOf } from "./support/arm/arm-objects.ts";
import { ArmEmulator } from "./support/arm/emulator.ts";
import { FunctionsHost, type Invocation } from "./support/host/host.ts";
import { Receiver } from "./support/receiver/receiver.ts";
import { Azurite } from "./support/storage/azurite.ts";
import { receiveAll } from "./support/storage/queue.ts";

const app = path.join(import.meta.dirname, "..");
const otherSubscription = "00000000-0000-0000-0000-000000000002";

describe("the built function app", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let receiver: Receiver;
	let policies: TableClient;
	let exemptions: TableClient;
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
	const queue = (name = "drift-scan") => new QueueClient(azurite.connectionString, name);

	before(async () => {
		[azurite, azure, receiver] = await Promise.all([Azurite.start(), ArmEmulator.start(), Receiver.start()]);
		[policies, exemptions] = [table("DriftPolicy"), table("DriftExemption")];
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		receiver.received.length = 0;
		receiver.answer = { status: 200 };
		await azurite.clear();
		await policies.createTable();
	});
	after(() => Promise.all([azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	/** Loads the app into a fresh worker with these settings, beside those that make it work; undefined takes one away. */
	async function start(settings: Record<string, string | undefined> = {}): Promise<FunctionsHost> {
		const all = {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			DRIFT_WEBHOOK_URL: receiver.url,
			...settings,
		};
		const set = Object.entries(all).filter((setting): setting is [string, string] => setting[1] !== undefined);
		return await FunctionsHost.start(app, Object.fromEntries(set));
	}

	/** Fires the timer once and works off the queues; gives the first error and all logs. */
	async function fire(settings: Record<string, string | undefined> = {}, maxTries?: number): Promise<Invocation> {
		await using host = await start(settings);
		const invocations = [
			await host.fireTimer("scan"),
			...(await host.workOffQueues(azurite.connectionString, maxTries)),
		];
		const error = invocations.find((invocation) => invocation.error !== null)?.error ?? null;
		const events = invocations.flatMap((one) => one.events);
		return { error, logs: invocations.flatMap(({ logs }) => logs), events };
	}

	const write = (rowKey: string, fields: object) =>
		policies.createEntity({ partitionKey: "policy", rowKey, ...fields });
	/** What is beyond the subscriptions first. */
	const posted = () =>
		receiver.received
			.map(({ message }) => message.data)
			.toSorted((a, b) => (a.subscription?.name ?? "").localeCompare(b.subscription?.name ?? ""));

	it("registers a timer by the schedule that is set, its three queues and its HTTP API", async () => {
		const settings = { ...azure.environment, AzureWebJobsStorage: azurite.connectionString };
		for (const [setting, schedule] of [
			[undefined, "0 0 * * * *"],
			["0 */5 * * * *", "0 */5 * * * *"],
		]) {
			await using host = await FunctionsHost.start(app, {
				...settings,
				...(setting === undefined ? {} : { DRIFT_SCHEDULE: setting }),
			});
			assert.deepEqual(
				host.functions.map(({ name, bindings: [binding] }) => [
					name,
					binding?.type,
					binding?.schedule ?? binding?.queueName ?? binding?.route,
				]),
				[
					["scan", "timerTrigger", schedule],
					["scan-subscription", "queueTrigger", "drift-scan"],
					["scan-failed", "queueTrigger", "drift-scan-poison"],
					["notify", "queueTrigger", "drift-notify"],
					["health", "httpTrigger", "health"],
					["report", "httpTrigger", "report"],
					["findings", "httpTrigger", "findings"],
					["cert-info", "httpTrigger", "cert-info"],
					["request-scan", "httpTrigger", "scan"],
				],
			);
			for (const { bindings } of host.functions) {
				for (const { type, authLevel } of bindings) if (type === "httpTrigger") assert.equal(authLevel, "function");
			}
		}
	});

	it("lists the sites, compares them with the policies and posts what drifted, with the commands", async () => {
		azure.add(
			armSite({ name: "pay", kind: "functionapp,linux", domains: { "www.contoso.com": null } }),
			armSite({ name: "shop", properties: { httpsOnly: true, clientCertEnabled: true } }),
			armCertificate(),
		);
		await write("default", { httpsOnly: "TRUE", clientCertMode: "required ", customDomainTls: "Bound" });
		const { error } = await fire();
		assert.equal(error, null);

		const [data, ...others] = posted();
		assert.deepEqual(others, []);
		assert.deepEqual(data?.subscription, { id: defaultSubscription, name: "Production" });
		assert.deepEqual(data?.scan?.counts, { sites: 2, inSync: 1, drifted: 1, exempt: 0, unknown: 0, notCovered: 0 });
		const [site] = data?.sites ?? [];
		assert.deepEqual(
			site?.findings.map(({ rule, target, observed }) => [rule, target, observed]),
			[
				["https-only", null, "false"],
				["client-cert-mode", null, "Ignore"],
				["custom-domain-tls", "www.contoso.com", "Disabled"],
			],
		);
		const where = `--subscription ${defaultSubscription} --resource-group rg-app --name pay`;
		assert.deepEqual(site?.remediation.bash, [
			`az functionapp update ${where} --set httpsOnly=true clientCertEnabled=true clientCertMode=Required`,
			`az webapp config ssl bind ${where} --hostname www.contoso.com --certificate-thumbprint ${thumbprintOf("certificate")} --ssl-type SNI`,
		]);
	});

	it("posts nothing when nothing drifted", async () => {
		azure.add(armSite({ properties: { httpsOnly: true } }));
		await write("default", { httpsOnly: true });
		assert.equal((await fire()).error, null);
		assert.deepEqual(posted(), []);
	});

	it("signs, and tells each webhook what it asked for", async () => {
		const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
		azure.add(armSite({ properties: { httpsOnly: false, clientCertEnabled: true, clientCertExclusionPaths: null } }));
		await write("default", { httpsOnly: true, clientCertExclusionPaths: "/health" });
		const { error } = await fire({
			DRIFT_WEBHOOK_SECRET: secret,
			DRIFT_WEBHOOK_OPS_URL: receiver.url,
			DRIFT_WEBHOOK_OPS_MIN_SEVERITY: "high",
		});
		assert.equal(error, null);
		assert.deepEqual(
			posted().map(({ sites }) => sites.flatMap(({ findings }) => findings.map(({ rule }) => rule))),
			[["https-only", "client-cert-exclusion-paths"], ["https-only"]],
		);
		const [first, second] = receiver.received;
		new Webhook(secret).verify(first?.body ?? "", first?.headers as Record<string, string>);
		assert.equal(second?.headers["webhook-signature"], undefined);
	});

	it("reports a bad row and a conflict, and judges by the others", async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true, clientCertMode: "Required" });
		await write("typo", { scope: "Production", httpsOnly: true });
		await write("also", { clientCertMode: "Optional" });
		assert.equal((await fire()).error, null);
		const [setUp, data] = posted();
		assert.deepEqual([setUp?.subscription, setUp?.scan, setUp?.sites], [null, null, []]);
		assert.deepEqual(
			setUp?.problems.map(({ code, scope }) => [code, scope]),
			[["policy-invalid", "DriftPolicy/typo/scope"]],
		);
		assert.deepEqual(
			data?.problems.map(({ code, scope }) => [code, scope]),
			[["policy-conflict", "DriftPolicy/also/clientCertMode"]],
		);
		assert.deepEqual(
			data?.sites.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
			["https-only"],
		);
	});

	it("says once, with the tables, what the policies contradict and what has expired, and judges all the same", async () => {
		azure.add(armSite());
		await write("torn", { clientCertMode: "Required", httpsOnly: false });
		await exemptions.createTable();
		const fields = { scope: "/", rule: "*", category: "waiver", reason: "r", owner: "o" };
		await exemptions.createEntity({
			partitionKey: "exemption",
			rowKey: "past",
			...fields,
			expiresOn: new Date("2020-01-01"),
		});
		assert.equal((await fire()).error, null);
		const [setUp, data] = posted();
		assert.deepEqual(
			setUp?.problems.map(({ code, scope }) => [code, scope]),
			[
				["policy-contradiction", "DriftPolicy/torn/clientCertMode"],
				["exemption-invalid", "DriftExemption/past/expiresOn"],
			],
		);
		assert.deepEqual(data?.problems, []);
		assert.deepEqual(
			data?.sites.flatMap(({ findings }) => findings.map(({ rule, exemption }) => [rule, exemption])),
			[["client-cert-mode", null]],
		);
	});

	it("makes the tables where there are none, and says that there is no policy", async () => {
		await policies.deleteTable();
		azure.add(armSite());
		assert.equal((await fire()).error, null);
		await exemptions.createEntity({ partitionKey: "exemption", rowKey: "first" });
		const [setUp] = posted();
		assert.deepEqual(
			setUp?.problems.map(({ code }) => code),
			["policy-missing"],
		);
		await write("first", { httpsOnly: true });
	});

	it("scans every enabled subscription when none is set", async () => {
		azure.addSubscription(otherSubscription, "Test");
		azure.addSubscription("00000000-0000-0000-0000-000000000003", "Old", "Disabled");
		azure.add(armSite(), armSite({ subscription: otherSubscription }));
		await write("default", { httpsOnly: true });
		assert.equal((await fire({ DRIFT_SUBSCRIPTIONS: undefined })).error, null);
		assert.deepEqual(
			posted().map(({ subscription }) => subscription?.name),
			["Production", "Test"],
		);
	});

	it("reports a subscription that may not be read, and scans the others", async () => {
		azure.addSubscription(otherSubscription, "Test");
		azure.add(armSite({ subscription: otherSubscription }));
		azure.injectFault(new RegExp(`${defaultSubscription}/providers`), {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		await write("default", { httpsOnly: true });
		const { error, logs } = await fire({ DRIFT_SUBSCRIPTIONS: `${defaultSubscription},${otherSubscription}` });
		assert.equal(error, null);
		const message = new RegExp(
			`^Subscription ${defaultSubscription} could not be read: .*403 \\(AuthorizationFailed\\)`,
		);
		assert.ok(logs.some((line) => message.test(line)));
		const [unread, read] = posted().sort((a, b) => a.sites.length - b.sites.length);
		assert.deepEqual(
			unread?.problems.map(({ code, scope }) => [code, scope]),
			[["subscription-unreadable", `/subscriptions/${defaultSubscription}`]],
		);
		assert.equal(unread?.scan?.complete, false);
		assert.equal(read?.sites.length, 1);
	});

	it("puts one tiny message for each subscription on the queue, and asks ARM for no site", async () => {
		azure.addSubscription(otherSubscription, "Test");
		await write("default", { httpsOnly: true });
		await using host = await start({ DRIFT_SUBSCRIPTIONS: undefined });
		assert.equal((await host.fireTimer("scan")).error, null);
		assert.deepEqual(
			azure.requests.map(({ url }) => url.replace(/\?.*/, "")),
			["/subscriptions"],
		);
		const { receivedMessageItems } = await queue().receiveMessages({ numberOfMessages: 32 });
		const messages = receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString());
		assert.deepEqual(messages.map((text) => JSON.parse(text).subscription.name).sort(), ["Production", "Test"]);
		assert.ok(messages.every((text) => text.length < 300 && JSON.parse(text).version === 1));
		await queue().clearMessages();
	});

	it("makes the queue and all tables where there are none", async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true });
		assert.equal((await fire()).error, null);
		assert.equal(posted().length, 1);
	});

	it("lets go of a foreign or broken message, says so, and repeats nothing of it", async () => {
		await using host = await start();
		const messages = ["s3cret", '{"version": 2, "s3cret": 1}', "5", "null", '{"version":1,', ""];
		for (const queueName of ["drift-scan", "drift-scan-poison", "drift-notify"]) {
			for (const message of messages) {
				const { error, logs } = await host.deliver(queueName, message);
				assert.equal(error, null);
				assert.match(logs.join("\n"), /^A message of the queue was let go: not a message of this version/);
				assert.doesNotMatch(logs.join("\n"), /s3cret/);
			}
		}
		assert.deepEqual([posted(), azure.requests], [[], []]);
	});

	it("tries a scan five times, then tells that it failed, with the cause", async () => {
		azure.add(armSite());
		azure.injectFault(/\/sites\?/, {
			status: 429,
			headers: { "retry-after": "0" },
			body: { error: { code: "SubscriptionRequestsThrottled" } },
		});
		await write("default", { httpsOnly: true });
		await using host = await start();
		await host.fireTimer("scan");
		const invocations = await host.workOffQueues(azurite.connectionString);
		const failed = /^Subscription 0+-0+-0+-0+-0+1 could not be read: .*429 \(SubscriptionRequestsThrottled\)/;
		assert.equal(invocations.filter(({ error }) => error !== null && failed.test(error)).length, 5);
		const [data, ...others] = posted();
		assert.deepEqual(others, []);
		assert.deepEqual([data?.subscription?.name, data?.scan?.complete], ["Production", false]);
		assert.deepEqual(data?.problems.map(({ code }) => code).sort(), ["scan-failed", "subscription-unreadable"]);
		assert.match(JSON.stringify(data?.problems), /was given up\. Try 5 ended with: .*429/);
	});

	it("tells all that is wrong beyond the subscriptions in one message", async () => {
		azure.injectFault(/^\/subscriptions\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		await write("typo", { scope: "Production", httpsOnly: true });
		await fire({ DRIFT_SUBSCRIPTIONS: undefined });
		assert.deepEqual(
			posted().map(({ problems }) => problems.map(({ code, scope }) => [code, scope])),
			[
				[
					["subscription-unreadable", "/"],
					["policy-invalid", "DriftPolicy/typo/scope"],
				],
			],
		);
	});

	it("tells which subscription could not be put on the queue, and fails", async () => {
		await write("default", { httpsOnly: true });
		const [, tables = ""] = /TableEndpoint=([^;]+)/.exec(azurite.connectionString) ?? [];
		const wrongQueues = azurite.connectionString.replace(/QueueEndpoint=[^;]+/, `QueueEndpoint=${tables}`);
		const { error } = await fire({ AzureWebJobsStorage: wrongQueues });
		assert.match(error ?? "", /^The queue drift-scan cannot be written: the storage account .*answered 4\d\d/);
		assert.deepEqual(
			posted().map(({ problems }) => problems.map(({ code, scope }) => [code, scope])),
			[[["scan-failed", `/subscriptions/${defaultSubscription}`]]],
		);
	});

	it("tells everybody that the subscriptions cannot be listed, and fails", async () => {
		azure.injectFault(/^\/subscriptions\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		await write("default", { httpsOnly: true });
		const { error } = await fire({ DRIFT_SUBSCRIPTIONS: undefined });
		assert.match(error ?? "", /^The subscriptions cannot be listed: .*403/);
		assert.deepEqual(
			posted().map(({ subscription, problems }) => [subscription, problems.map(({ code, scope }) => [code, scope])]),
			[[null, [["subscription-unreadable", "/"]]]],
		);
	});

	it("lets no name forge a line of the log", async () => {
		azure.addSubscription(defaultSubscription, "Production\nAll is well\u001b[2J");
		const { logs } = await fire();
		assert.ok(
			logs.some((line) => line.startsWith("Production\\u{a}All is well\\u{1b}[2J")),
			logs.join("\n"),
		);
	});

	it("tells one webhook though another is dead, tries that five times, and tells it all at the next scan once it is back", async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true });
		receiver.answer = { status: 500 };
		await using other = await Receiver.start();
		const both = { DRIFT_WEBHOOK_OPS_URL: other.url };
		const { logs } = await fire(both);
		assert.ok(logs.some((line) => /^webhook "default" at 127\.0\.0\.1:\d+ answered 500;/.test(line)));
		assert.doesNotMatch(logs.join("\n"), /s3cret/);
		assert.equal(other.received.length, 1);
		assert.equal(receiver.received.length, 5);
		receiver.answer = { status: 200 };
		await fire(both);
		assert.equal(other.received.length, 1);
		assert.equal(receiver.received.length, 6);
		// Nothing has changed: it is the same message.
		assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
		assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
	});

	it("is healthy once each subscription was scanned to its end, and tells what a webhook waits for", async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true });
		await using host = await start();
		const subscription = { id: defaultSubscription, lastCompleteScan: null, ageSeconds: null };
		const never = { healthy: false, subscriptions: [subscription], webhooks: [{ name: "default", waitsFor: [] }] };
		assert.deepEqual(await host.get("health"), { status: 503, body: never });
		receiver.answer = { status: 410 };
		await fire();
		const { status, body } = await host.get("health");
		assert.equal(status, 200);
		const { healthy, subscriptions, webhooks } = body as Health;
		assert.equal(healthy, true);
		assert.ok((subscriptions[0]?.ageSeconds ?? Number.NaN) < 60);
		const [waiting] = webhooks[0]?.waitsFor ?? [];
		assert.equal(waiting?.subscription, defaultSubscription);
		assert.match(waiting?.reason ?? "", /^webhook "default" at 127\.0\.0\.1:\d+ answered 410$/);
		assert.doesNotMatch(JSON.stringify(body), /s3cret/);
	});

	it("says that it is not healthy where it cannot tell", async () => {
		await using host = await start({
			AzureWebJobsStorage: "AccountName=drift;AccountKey=czNjcmV0;TableEndpoint=http://127.0.0.1:9/drift",
		});
		const { status, body } = await host.get("health");
		assert.equal(status, 503);
		assert.match(JSON.stringify(body), /"healthy":false,"error":"The table \w+ cannot be read: .*ECONNREFUSED/);
	});

	it("tells a new webhook everything that is open, once", async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true });
		await fire();
		await using other = await Receiver.start();
		for (const _ of [1, 2]) await fire({ DRIFT_WEBHOOK_OPS_URL: other.url });
		assert.deepEqual([receiver.received.length, other.received.length], [1, 1]);
		assert.equal(other.received[0]?.message.data.sites[0]?.findings[0]?.reason, "new");
	});

	const sharedHost = path.join(app, "../shared/tools/minihost/minihost.mjs");
	it("runs in a second, independent stand-in for the Functions host", {
		skip: !existsSync(sharedHost) && `there is none at ${sharedHost}`,
	}, async () => {
		azure.add(armSite());
		await write("default", { httpsOnly: true });
		const env = {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_WEBHOOK_URL: receiver.url,
		};
		const invoke = (...invocation: string[]) =>
			promisify(execFile)(process.execPath, [sharedHost, "--app", app, "--shim", "--strict", ...invocation], { env });
		await invoke("--invoke", "scan");
		const trigger = path.join(await mkdtemp(path.join(tmpdir(), "mtls-drift-")), "trigger.json");
		for (const [name, queueName] of [
			["scan-subscription", "drift-scan"],
			["notify", "drift-notify"],
		] as const) {
			for (const text of await receiveAll(azurite.connectionString, queueName)) {
				await writeFile(trigger, JSON.stringify({ message: JSON.parse(text), metadata: { dequeueCount: 1 } }));
				await invoke("--invoke", name, "--trigger-json", trigger);
			}
		}
		await rm(path.dirname(trigger), { recursive: true });
		assert.equal(posted().length, 1);
	});

	it("would show when the app cannot be loaded", async () => {
		const broken = await mkdtemp(path.join(tmpdir(), "mtls-drift-"));
		await writeFile(path.join(broken, "package.json"), '{"type": "module", "main": "main.js"}');
		await writeFile(path.join(broken, "main.js"), 'throw new Error("planted");');
		await assert.rejects(FunctionsHost.start(broken, {}), /planted/);
		await rm(broken, { recursive: true });
	});

	it("asks sites at their doors where a policy wants it", async () => {
		const nowhere = { hostNames: ["door.invalid"], hostNameSslStates: [], defaultHostName: "door.invalid" };
		azure.add(armSite({ properties: { httpsOnly: true, ...nowhere } }));
		await write("default", { httpsOnly: true, verify: true });
		const { error, logs } = await fire();
		assert.equal(error, null);
		assert.match(logs.join("\n"), /enforced-https, served-certificate: door\.invalid: .*DNS/);
		assert.deepEqual(
			receiver.received.flatMap(({ message }) => message.data.problems.map(({ code }) => code)),
			["site-unreadable"],
		);
	});

	const failures: Record<string, [settings: Record<string, string | undefined>, message: RegExp]> = {
		"no settings": [
			{ AzureWebJobsStorage: undefined },
			/^The settings cannot be used:\n {2}- AzureWebJobsStorage is not set/,
		],
		"a wrong URL": [
			{ DRIFT_WEBHOOK_URL: "s3cret" },
			/^The settings cannot be used:\n {2}- DRIFT_WEBHOOK_URL is not a URL$/,
		],
		"a client certificate that is none": [
			{ DRIFT_VERIFY_CERT: "s3cret" },
			/^The settings cannot be used:\n {2}- DRIFT_VERIFY_CERT is neither PEM nor a PFX in base64$/,
		],
		"a schedule that is none": [{ DRIFT_SCHEDULE: "hourly" }, /DRIFT_SCHEDULE is not an NCRONTAB/],
		"storage that nobody serves": [
			{ AzureWebJobsStorage: "AccountName=drift;AccountKey=czNjcmV0;TableEndpoint=http://127.0.0.1:9/drift" },
			/^The table DriftPolicy cannot be read: the storage account of AzureWebJobsStorage cannot be reached \(ECONNREFUSED\)/,
		],
		"a key that storage refuses": [
			{},
			/^The table DriftPolicy cannot be read: .*answered 403: .*check the key in AzureWebJobsStorage/,
		],
		"an ARM that nobody serves": [
			{ DRIFT_ARM_ENDPOINT: "https://127.0.0.1:9" },
			/Resource Manager cannot be reached \(ECONNREFUSED\); check AZURE_CLOUD, DRIFT_ARM_ENDPOINT/,
		],
		"an ARM that nobody trusts": [
			{ NODE_EXTRA_CA_CERTS: undefined },
			/Resource Manager cannot be reached \(\w*SELF_SIGNED\w*\)/,
		],
		"no token": [{ IDENTITY_HEADER: "wrong" }, /no token for Azure Resource Manager/],
		"an unknown subscription": [
			{ DRIFT_SUBSCRIPTIONS: otherSubscription },
			/^Subscription 0+-0+-0+-0+-0+2 could not be read: .*404 \(SubscriptionNotFound\)/m,
		],
	};
	for (const [name, [settings, message]] of Object.entries(failures)) {
		it(`says clearly, and without a secret, what is wrong with ${name}`, async () => {
			await write("default", { httpsOnly: true });
			const wrongKey = azurite.connectionString.replace(/AccountKey=[^;]+/, "AccountKey=czNjcmV0");
			const { error, logs } = await fire(name.startsWith("a key") ? { AzureWebJobsStorage: wrongKey } : settings, 1);
			assert.match(error ?? logs.join("\n"), message);
			if (/cannot be read/.test(error ?? "")) assert.equal(posted().length, 1);
			assert.doesNotMatch(`${error}${logs.join("\n")}`, /s3cret|czNjcmV0|\n\s+at /);
		});
	}
});
