import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { FindingItem } from "../../src/web/queries/list-findings.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { functionKey } from "../support/host/http-front.ts";
import { ServedApp } from "../support/host/served-app.ts";

const other = "00000000-0000-0000-0000-000000000002";

interface Answer {
	readonly items: readonly FindingItem[];
	readonly next: string | null;
}

describe("GET /api/findings", () => {
	let app: ServedApp;

	before(async () => {
		app = await ServedApp.start();
	});
	beforeEach(async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.addSubscription(other, "Test");
		await app.write("DriftPolicy", "policy", [
			{ rowKey: "default", ...{ httpsOnly: true, clientCertMode: "Required" } },
		]);
	});
	after(() => app[Symbol.asyncDispose]());

	const get = async (query: Record<string, string> = {}): Promise<Answer> => {
		const response = await app.fetch("findings", query);
		assert.equal(response.status, 200);
		return (await response.json()) as Answer;
	};
	const follow = async (next: string) => {
		return (await (await fetch(next, { headers: { "x-functions-key": functionKey } })).json()) as Answer;
	};
	const named = (items: readonly FindingItem[]) => items.map(({ name, rule }) => `${name} ${rule}`).toSorted();

	it("gives each finding with its site, and how it stands", async () => {
		app.azure.add(armSite({ name: "pay", resourceGroup: "rg", properties: { httpsOnly: true } }));
		await app.scan();
		const { items, next } = await get();
		assert.equal(next, null);
		const [item] = items;
		const id = armSite({ name: "pay", resourceGroup: "rg" }).id;
		const { firstSeen, explanation, learnMore, ...facts } = item as FindingItem;
		assert.deepEqual(facts, {
			...{ resourceId: id, subscriptionId: defaultSubscription, name: "pay", slot: null, resourceGroup: "rg" },
			...{ kind: "webapp", portalUrl: `https://portal.azure.com/#resource${id}` },
			...{ rule: "client-cert-mode", target: null, severity: "critical", desired: "Required", observed: "Ignore" },
			...{ policy: "default", exemption: null, state: "open", endedAt: null },
		});
		assert.ok(Math.abs(Date.parse(firstSeen) - Date.now()) < 60_000);
		assert.match(explanation, /^clientCertEnabled is false/);
		assert.match(learnMore, /^https:\/\/learn\.microsoft\.com\//);
	});

	it("gives everything once, part by part, by links without the function key", async () => {
		app.azure.add(...Array.from({ length: 30 }, (_, index) => armSite({ name: `app-${index}` })));
		app.azure.add(...Array.from({ length: 8 }, (_, index) => armSite({ name: `test-${index}`, subscription: other })));
		await app.scan();
		const whole = await get();
		assert.equal(whole.items.length, 76);
		let part = (await (await fetch(app.url("findings", { limit: "7", q: "app-" }))).json()) as Answer;
		const items = [...part.items];
		while (part.next !== null) {
			assert.doesNotMatch(part.next, /code=|a-function-key/);
			assert.equal(part.items.length, 7);
			part = await follow(part.next);
			items.push(...part.items);
		}
		assert.deepEqual(named(items), named(whole.items.filter(({ name }) => name.startsWith("app-"))));
		// The last part may be full, and then there is no empty one behind it.
		const even = await get({ limit: "38" });
		assert.deepEqual([(await follow(even.next ?? "")).items.length, (await follow(even.next ?? "")).next], [38, null]);
	});

	it("loses and repeats nothing that is there all the time, whatever is written between two parts", async () => {
		app.azure.add(
			...Array.from({ length: 20 }, (_, index) => armSite({ name: `app-${index}`, properties: { httpsOnly: true } })),
		);
		await app.scan();
		let part = await get({ limit: "5" });
		const items = [...part.items];
		for (let round = 0; part.next !== null; round += 1) {
			app.azure.add(armSite({ name: `new-${round}`, properties: { httpsOnly: true } }));
			await app.scan();
			part = await follow(part.next);
			items.push(...part.items);
		}
		const before = items.filter(({ name }) => name.startsWith("app-"));
		assert.equal(before.length, 20);
		assert.equal(new Set(named(before)).size, 20);
	});

	it("has the filters of the page", async () => {
		app.azure.add(armSite({ name: "a" }), armSite({ name: "b", properties: { clientCertEnabled: true } }));
		app.azure.add(armSite({ name: "c", subscription: other }));
		await app.write("DriftExemption", "exemption", [
			{
				rowKey: "old",
				...{ scope: armSite({ name: "a" }).id, rule: "https-only", category: "waiver", reason: "r", owner: "Ann" },
				expiresOn: "2099-01-01",
			} as never,
		]);
		await app.scan();
		app.azure.add(armSite({ name: "b", properties: { clientCertEnabled: true, httpsOnly: true } }));
		await app.scan();
		const shown = async (query: Record<string, string>) => named((await get(query)).items);
		const all = ["a client-cert-mode", "a https-only", "c client-cert-mode", "c https-only"];
		assert.deepEqual(await shown({}), all);
		assert.deepEqual(
			await shown({ state: "open" }),
			all.filter((one) => one !== "a https-only"),
		);
		assert.deepEqual(await shown({ state: "exempt" }), ["a https-only"]);
		assert.deepEqual(await shown({ state: "resolved" }), ["b https-only"]);
		assert.deepEqual(await shown({ state: "Resolved,exempt" }), ["a https-only", "b https-only"]);
		assert.deepEqual(await shown({ rule: "https-only" }), ["a https-only", "c https-only"]);
		assert.deepEqual(await shown({ severity: "low" }), []);
		assert.deepEqual(await shown({ subscription: other.toUpperCase() }), ["c client-cert-mode", "c https-only"]);
		assert.deepEqual(await shown({ q: "ann" }), ["a https-only"]);
	});

	it("is everything as CSV, in which nothing is a formula", async () => {
		app.azure.add(...Array.from({ length: 150 }, (_, index) => armSite({ name: `app-${index}` })));
		await app.write("DriftPolicy", "policy", [
			{ rowKey: `=cmd|' -C calc'!A0, "quoted"`, http20Enabled: true } as never,
		]);
		await app.scan();
		for (const [query, headers] of [
			[{ format: "csv" }, {}],
			[{}, { accept: "text/csv" }],
		] as const) {
			const response = await app.fetch("findings", query, { headers });
			assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
			const lines = (await response.text()).trimEnd().split("\r\n");
			assert.equal(lines.length, 451);
			assert.match(lines[0] ?? "", /^subscriptionId,resourceGroup,name,slot,kind,rule,target,severity,state,/);
			const odd = lines.find((line) => line.includes("http20")) ?? "";
			assert.ok(odd.includes(`,"'=cmd|' -C calc'!A0, ""quoted""",`), odd);
		}
	});

	it("has no formula in CSV for a spreadsheet that cuts at semicolons either", async () => {
		const paths = "/a;=cmd|' -C calc'!a0;/b;@x";
		app.azure.add(
			armSite({ properties: { httpsOnly: true, clientCertEnabled: true, clientCertExclusionPaths: paths } }),
		);
		await app.write("DriftPolicy", "policy", [{ rowKey: "paths", clientCertExclusionPaths: "" } as never]);
		await app.scan();
		const text = await (await app.fetch("findings", { format: "csv", rule: "client-cert-exclusion-paths" })).text();
		assert.match(text, /cmd\|/);
		assert.doesNotMatch(text, /[;\t]\s*[=+@-]/);
	});

	it("reads no more often because few are left, or wanted at a time", async () => {
		app.azure.add(...Array.from({ length: 60 }, (_, index) => armSite({ name: `app-${index}` })));
		await app.scan();
		app.storage.requests.length = 0;
		await get({ limit: "1", q: "nothing is like that" });
		// Two subscriptions, and what is beyond them.
		assert.equal(app.storage.requests.length, 3);
	});

	it("never gives back the function key, however its name is spelt", async () => {
		app.azure.add(armSite(), armSite({ name: "b" }));
		await app.scan();
		const address = app.url("findings", { limit: "1", Code: functionKey, clientId: "me", q: "app" }, null);
		const { next } = (await (await fetch(address)).json()) as Answer;
		assert.doesNotMatch(next ?? "", /a-function-key|clientId/i);
		assert.match(next ?? "", /\?limit=1&q=app&after=/);
	});

	it("says what cannot be asked for", async () => {
		for (const [query, says] of [
			[{ severity: "bad" }, /severity takes critical, high, medium, low/],
			[{ rule: "https" }, /rule takes https-only, /],
			[{ state: "fine" }, /state takes open, exempt, resolved, removed, any/],
			[{ subscription: "x" }, /subscription takes IDs of subscriptions/],
			[{ subscription: "00000000-0000-0000-0000-000000000009" }, /is none of those that are scanned/],
			[{ limit: "0" }, /limit takes a number from 1 to 1000/],
			[{ limit: "1001" }, /limit takes/],
			[{ after: "x' or '1'='1" }, /after is not one of a link to the next page/],
			[{ format: "xml" }, /format takes json or csv/],
			[
				{ severities: "critical" },
				/^severities: there are subscription, q, severity, rule, state, limit, after, format$/,
			],
			[{ q: "x".repeat(201) }, /q takes 200 characters at most/],
		] as const) {
			const response = await app.fetch("findings", query);
			const { error } = (await response.json()) as { error: { code: string; message: string } };
			assert.deepEqual([response.status, error.code], [400, "bad-request"]);
			assert.match(error.message, says);
		}
	});

	it("says what cannot be read", async () => {
		app.storage.before = () => Promise.reject(new Error("gone"));
		const response = await app.fetch("findings");
		app.storage.before = async () => {};
		assert.equal(response.status, 503);
		assert.match(await response.text(), /The table DriftFinding cannot be read/);
	});

	it("is of those subscriptions that are set, where some are", async () => {
		await using set = await ServedApp.start({ DRIFT_SUBSCRIPTIONS: other.toUpperCase() });
		set.azure.addSubscription(other, "Test");
		set.azure.addSubscription(defaultSubscription, "Production");
		set.azure.add(armSite({ name: "in", subscription: other }), armSite({ name: "out" }));
		await set.write("DriftPolicy", "policy", [{ rowKey: "default", ...{ httpsOnly: true } }]);
		await set.scan();
		const { items } = (await (await set.fetch("findings")).json()) as Answer;
		assert.deepEqual(named(items), ["in https-only"]);
		assert.equal((await set.fetch("findings", { subscription: defaultSubscription })).status, 400);
	});

	it("is empty before the first scan", async () => {
		assert.deepEqual(await get(), { items: [], next: null });
	});
});

describe("POST /api/scan", () => {
	let app: ServedApp;

	before(async () => {
		app = await ServedApp.start();
	});
	beforeEach(async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.addSubscription(other, "Test");
		app.azure.add(armSite());
		await app.write("DriftPolicy", "policy", [{ rowKey: "default", httpsOnly: true } as never]);
	});
	after(() => app[Symbol.asyncDispose]());

	const post = async (query: Record<string, string> = {}) => {
		const response = await app.fetch("scan", query, { method: "POST" });
		// biome-ignore lint/suspicious/noExplicitAny: what comes is what is tested.
		return { status: response.status, body: (await response.json()) as any };
	};

	it("starts a scan of each subscription, says which, and no second one of any", async () => {
		const { status, body } = await post();
		assert.equal(status, 202);
		assert.deepEqual(
			body.started.map(({ subscription }: { subscription: object }) => subscription),
			[
				{ id: defaultSubscription, name: "Production" },
				{ id: other, name: "Test" },
			],
		);
		assert.deepEqual(body.running, []);
		const again = await post();
		assert.deepEqual([again.status, again.body.started, again.body.running], [202, [], body.started]);
		await app.host.workOffQueues(app.azurite.connectionString);
		const { items } = (await (await app.fetch("findings")).json()) as Answer;
		assert.equal(items.length, 1);
		assert.equal((await post()).body.started.length, 2);
	});

	it("is told by the timer's scan that it is under way", async () => {
		await app.host.fireTimer("scan");
		assert.deepEqual((await post()).body.started, []);
		const { logs } = await app.host.fireTimer("scan");
		assert.match(logs.join("\n"), /0 subscriptions are to be scanned\.[\s\S]*is being scanned already, since /);
	});

	it("starts that of one subscription, and of none that is not scanned", async () => {
		assert.deepEqual(
			(await post({ subscription: other })).body.started.map(
				({ subscription }: { subscription: object }) => subscription,
			),
			[{ id: other, name: "Test" }],
		);
		assert.equal((await post({ subscription: "00000000-0000-0000-0000-000000000009" })).status, 400);
		// What is not understood must not start all of them.
		assert.equal((await post({ subscriptions: other })).status, 400);
		const withBody = await app.fetch("scan", {}, { method: "POST", body: JSON.stringify({ subscription: other }) });
		assert.equal(withBody.status, 400);
		assert.match(await withBody.text(), /there is no body to be sent: name subscriptions as \?subscription=ID/);
	});

	it("takes no other method, and nobody without the function key", async () => {
		assert.equal((await app.fetch("scan")).status, 404);
		assert.equal((await fetch(app.url("scan", {}, null), { method: "POST" })).status, 401);
	});

	it("says that it cannot, and what it started all the same", async () => {
		app.storage.before = (request) =>
			request.includes("/messages") ? Promise.reject(new Error("gone")) : Promise.resolve();
		const { status, body } = await post({ subscription: other });
		app.storage.before = async () => {};
		assert.equal(status, 503);
		assert.deepEqual([body.started, body.running, body.failed[0].subscription.id], [[], [], other]);
		assert.match(body.error.message, /The queue drift-scan cannot be written/);
	});
});
