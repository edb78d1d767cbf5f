import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import type { Policy } from "../../src/core/model/policy.ts";
import { type ScanRequest, scanSubscription } from "../../src/scan/scan-subscription.ts";
import {
	armCertificate,
	armSite,
	defaultSubscription,
	type SiteOptions,
	thumbprintOf,
} from "../support/arm/arm-objects.ts";
import { type Connection, connect } from "../support/arm/connect.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { policy } from "../support/builders/site.ts";

const allHttps = [policy("https", { httpsOnly: true })];
const subscription = `/subscriptions/${defaultSubscription}`;

describe("the inventory of a subscription", () => {
	let azure: ArmEmulator;
	let ports: Connection;
	before(async () => {
		azure = await ArmEmulator.start();
		ports = connect(azure);
	});
	beforeEach(() => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
	});
	after(() => azure[Symbol.asyncDispose]());

	function scan(policies: readonly Policy[] = allHttps, request: Partial<ScanRequest> = {}): Promise<Scan> {
		const named = { id: defaultSubscription, name: "Production" };
		const whole = {
			id: "scan-1",
			subscription: named,
			policySet: { policies, exemptions: [], unread: [] },
			scope: "/",
			expectedIds: [],
			...request,
		};
		return scanSubscription(whole, ports.openSubscription(defaultSubscription));
	}

	/** Adds sites that are in sync but for `httpsOnly`. */
	function add(...sites: SiteOptions[]): string[] {
		const made = sites.map((options) => armSite(options));
		azure.add(...made);
		return made.map(({ id }) => id);
	}

	const nameOf = (id: string) => id.split("/").slice(8).join("/");
	const judged = ({ assessments }: Scan) => assessments.map(({ site }) => nameOf(site.id)).sort();
	const problemsOf = ({ problems }: Scan) => problems.map(({ code, scope }) => [code, scope]);

	/** The requests by kind, each kind with how often. */
	function asked(): Record<string, number> {
		const kinds: Record<string, RegExp> = {
			list: /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Web\/sites\?/,
			resourceList: /\/resources\?/,
			group: /\/resourceGroups\/[^/]+\/providers\/Microsoft\.Web\/sites\?/i,
			config: /\/config\/web\?/,
			site: /\/sites\/[^/]+(?:\/slots\/[^/]+)?\?/,
			certificates: /\/certificates\?/,
		};
		const counted: Record<string, number> = {};
		for (const { url } of azure.requests) {
			const [kind = url] = Object.entries(kinds).find(([, shape]) => shape.test(url)) ?? [];
			counted[kind] = (counted[kind] ?? 0) + 1;
		}
		return counted;
	}

	it("says once that the certificates could not be read, and judges by all other rules", async () => {
		azure.add(armSite({ name: "gone", properties: { httpsOnly: true } }));
		const domains = { "www.contoso.com": "A".repeat(40) };
		add({ name: "a", domains, properties: { httpsOnly: true } }, { name: "b", domains });
		azure.injectFault(/certificates/, { status: 403, body: { error: { code: "AuthorizationFailed", message: "" } } });
		const { counts, problems, assessments } = await scan([policy("all", { certificateMinDays: 30, httpsOnly: true })]);
		assert.deepEqual(counts, { sites: 3, inSync: 1, drifted: 1, exempt: 0, unknown: 1, notCovered: 0 });
		assert.deepEqual(
			problems.map(({ code, scope }) => [code, scope]),
			[["site-unreadable", subscription]],
		);
		assert.match(
			problems[0]?.message ?? "",
			/^When the certificates of 2 sites expire cannot be told: the subscription's certificates could not be read: .*403 \(AuthorizationFailed\)/,
		);
		assert.deepEqual(
			assessments.flatMap(({ unknowns }) => unknowns.map(({ rule, target }) => [rule, target])),
			[
				["certificate-expiry", "www.contoso.com"],
				["certificate-expiry", "www.contoso.com"],
			],
		);
	});

	describe("asks for no more than it needs:", () => {
		it("list pages and census pages, whatever the number of sites", async () => {
			azure.pageSize = 50;
			azure.resourceListPageSize = 100;
			add(...Array.from({ length: 220 }, (_, index) => ({ name: `app-${index}` })));
			const { counts, requests } = await scan();
			assert.equal(counts.sites, 220);
			assert.deepEqual(asked(), { list: 5, resourceList: 3 });
			assert.equal(requests, 8);
		});

		it("one list for each resource group that has slots, not one for each site", async () => {
			for (const resourceGroup of ["a", "b", "c"]) {
				add(...Array.from({ length: 20 }, (_, index) => ({ resourceGroup, name: `${resourceGroup}-${index}` })));
			}
			for (const name of ["a-1", "a-2", "a-3"]) add({ resourceGroup: "a", name, slot: "staging" });
			add({ resourceGroup: "c", name: "c-1", slot: "blue" }, { resourceGroup: "C", name: "c-1", slot: "green" });
			const { counts, complete } = await scan();
			assert.deepEqual([counts.sites, counts.drifted, complete], [65, 65, true]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, group: 2 });
		});

		it("config/web only where a policy governs what the list does not tell", async () => {
			const expectedIds = { properties: { siteConfig: { minTlsVersion: "1.0", http20Enabled: false } } };
			add(
				{ name: "a" },
				{ name: "b" },
				{ name: "b", slot: "s" },
				{ name: "c", ...expectedIds },
				{ resourceGroup: "other" },
			);
			const scope = `${subscription}/resourceGroups/rg-app`;
			const { counts } = await scan([policy("tls", { minTlsVersion: "1.2" }, { scope })]);
			assert.deepEqual([counts.inSync, counts.drifted, counts.notCovered], [3, 1, 1]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, group: 1, config: 3 });
		});

		it("few single sites at a time, however many there are", async () => {
			azure.latencyMs = 10;
			const hidden = add(...Array.from({ length: 20 }, (_, index) => ({ name: `hidden-${index}` })));
			for (const id of hidden) azure.fleet.unlisted.add(id.toLowerCase());
			add(...Array.from({ length: 40 }, (_, index) => ({ name: `app-${index}` })));
			await scan([policy("tls", { minTlsVersion: "1.2" })]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, config: 60, site: 20 });
			// The census can be under way beside them.
			assert.ok(azure.mostAtOnce >= 8 && azure.mostAtOnce <= 9, `${azure.mostAtOnce} at once`);
		});

		it("config/web where client certificates need renegotiation, or will once the site is mended", async () => {
			const enabled = { httpsOnly: true, clientCertEnabled: true };
			add(
				{ name: "plain", properties: enabled },
				{ name: "excluding", properties: { ...enabled, clientCertExclusionPaths: "/health" } },
				{ name: "interactive", properties: { ...enabled, clientCertMode: "OptionalInteractiveUser" } },
				{ name: "off", properties: { clientCertExclusionPaths: "/health" } },
			);
			await scan([policy("mode", { clientCertMode: "Required" })]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, config: 3 });
			azure.requests.length = 0;
			await scan([policy("mode", { clientCertMode: "Ignore" })]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1 });
		});

		it("config/web for HTTP/2 only where the list does not tell it", async () => {
			add({ name: "told" }, { name: "untold", properties: { siteConfig: null } });
			const { counts } = await scan([policy("http2", { http20Enabled: false })]);
			assert.deepEqual([counts.inSync, counts.unknown], [2, 0]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, config: 1 });
		});

		it("certificates once, though many pages of sites need them, and only where a custom host name is bound", async () => {
			azure.pageSize = 2;
			const expires = policy("expiry", { certificateMinDays: 30 });
			add(...["a", "b", "c", "d", "e"].map((name) => ({ name, domains: { [`${name}.contoso.com`]: null } })));
			await scan([expires]);
			assert.deepEqual(asked(), { list: 3, resourceList: 1 });
			azure.requests.length = 0;

			const soon = new Date(Date.now() + 5.5 * 86_400_000).toISOString();
			azure.add(
				armCertificate({ name: "old", expirationDate: soon, hostNames: ["*.contoso.com"] }),
				armCertificate({ name: "new", hostNames: ["*.contoso.com"] }),
			);
			add(
				...["a", "b", "c", "d", "e"].map((name) => ({
					name,
					domains: { [`${name}.contoso.com`]: thumbprintOf("old") },
				})),
			);
			const { counts, assessments, certificates } = await scan([expires]);
			assert.deepEqual(asked(), { list: 3, resourceList: 1, certificates: 1 });
			assert.equal(counts.drifted, 5);
			const [first] = assessments;
			assert.deepEqual(
				first?.findings.map(({ rule, target, severity, desired, observed }) => [
					rule,
					target,
					severity,
					desired,
					observed,
				]),
				[["certificate-expiry", "a.contoso.com", "high", "30 days", "5 days"]],
			);
			assert.ok(certificates.readable);
		});

		it("certificate pages only where a host name waits for one", async () => {
			azure.pageSize = 2;
			add({ domains: { "www.contoso.com": null } });
			azure.add(...["a", "b", "c"].map((name) => armCertificate({ name })));
			await scan([policy("bound", { customDomainTls: "Bound" })]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, certificates: 2 });
		});

		it("nothing beyond the scope of a scan", async () => {
			add({ name: "a", slot: "s" }, { resourceGroup: "other", name: "b", slot: "s" }, { resourceGroup: "other" });
			azure.fleet.unlisted.add(armSite({ resourceGroup: "other" }).id.toLowerCase());
			const { counts } = await scan(allHttps, { scope: `${subscription}/resourceGroups/RG-APP` });
			assert.equal(counts.sites, 1);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, group: 1 });
		});
	});

	describe("slots", () => {
		it("are under their site's policy, unless a policy names them", async () => {
			const [id = ""] = add({ name: "shop", slot: "staging" });
			add({ name: "shop" }, { name: "shop", slot: "test" });
			const scope = id.slice(0, id.indexOf("/slots/"));
			const { assessments } = await scan([
				policy("site", { httpsOnly: true }, { scope }),
				policy("slot", { httpsOnly: false }, { scope: id }),
			]);
			const found = assessments.map(({ site, findings }) => [nameOf(site.id), findings[0]?.policy]);
			assert.deepEqual(found.sort(), [
				["shop", "site"],
				["shop/slots/test", "site"],
			]);
		});

		it("are unknown, and one problem, where their resource group cannot be listed", async () => {
			add({ name: "shop" }, { name: "shop", slot: "staging" }, { name: "shop", slot: "test" });
			add({ resourceGroup: "other", name: "pay" }, { resourceGroup: "other", name: "pay", slot: "staging" });
			azure.injectFault(/\/resourceGroups\/rg-app\//, {
				status: 403,
				body: { error: { code: "AuthorizationFailed" } },
			});
			const result = await scan();
			assert.deepEqual(judged(result), ["pay", "pay/slots/staging", "shop"]);
			assert.deepEqual([result.counts.sites, result.counts.unknown, result.complete], [5, 2, false]);
			assert.deepEqual(problemsOf(result), [["list-incomplete", `${subscription}/resourceGroups/rg-app`]]);
			assert.match(result.problems[0]?.message ?? "", /403 \(AuthorizationFailed\).*Unknown slots: 2/);
		});
	});

	it("lists few resource groups at a time", async () => {
		azure.latencyMs = 10;
		for (let group = 0; group < 20; group++) add({ resourceGroup: `rg-${group}`, name: "a", slot: "staging" });
		const { counts } = await scan();
		assert.equal(counts.sites, 20);
		assert.ok(azure.mostAtOnce <= 4, `${azure.mostAtOnce} at once`);
	});

	it("does not take another site's answer for that of a site", async () => {
		add({ name: "a" });
		const [hidden = ""] = add({ name: "hidden" });
		azure.fleet.unlisted.add(hidden.toLowerCase());
		azure.injectFault(/\/sites\/hidden\?/, { status: 200, body: armSite({ name: "a" }) });
		const result = await scan();
		assert.deepEqual(problemsOf(result), [["site-unreadable", hidden]]);
		assert.deepEqual([result.counts.sites, result.counts.unknown], [2, 1]);
	});

	it("does not judge a site of another subscription", async () => {
		const foreign = armSite({ subscription: "00000000-0000-0000-0000-000000000002" });
		azure.injectFault(/\/sites\?/, { status: 200, body: { value: [foreign, armSite({ name: "a" })], nextLink: null } });
		azure.add(armSite({ name: "a" }));
		const result = await scan();
		assert.deepEqual([judged(result), problemsOf(result)], [["a"], [["site-unreadable", subscription]]]);
	});

	it("is not complete where a resource group's list breaks off, although all known slots were read", async () => {
		azure.pageSize = 1;
		add({ name: "a", slot: "staging" }, { name: "a" });
		azure.injectFault(/\/resourceGroups\/.*skiptoken/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed" } },
		});
		const result = await scan();
		assert.deepEqual([result.counts.unknown, result.complete], [0, false]);
		assert.deepEqual(problemsOf(result), [["list-incomplete", `${subscription}/resourceGroups/rg-app`]]);
	});

	it("counts once what a resource group's list shows again and nobody can read", async () => {
		add({ name: "a", slot: "staging" }, { name: "a" });
		const list = { value: [armSite({ name: "a" }), null], nextLink: null };
		azure.injectFault(/\/sites\?/, { status: 200, body: list }, 2);
		azure.injectFault(/\/resourceGroups\//, {
			status: 200,
			body: { ...list, value: [...list.value, armSite({ name: "a", slot: "staging" })] },
		});
		assert.deepEqual((await scan()).counts.sites, 3);
	});

	it("takes an empty link for the end of a list", async () => {
		azure.injectFault(/\/(?:sites|resources)\?/, { status: 200, body: { value: [], nextLink: "" } });
		const { complete, requests } = await scan();
		assert.deepEqual([complete, requests], [true, 2]);
	});

	it("keeps what the list told where config/web does not tell it", async () => {
		const siteConfig = { http20Enabled: true, minTlsVersion: null };
		add({ properties: { clientCertEnabled: true, clientCertExclusionPaths: "/health", siteConfig } });
		azure.injectFault(/\/config\/web\?/, {
			status: 200,
			body: { properties: { minTlsVersion: "1.2", http20Enabled: null } },
		});
		const { assessments } = await scan([policy("mode", { clientCertMode: "Required" })]);
		assert.deepEqual(
			assessments.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
			["tls-renegotiation"],
		);
	});

	const otherNotFound: Record<string, object> = {
		"a type that is not known": { error: { code: "InvalidResourceType", message: "" } },
		"a provider that is not registered": { error: { code: "NoRegisteredProviderFound", message: "" } },
		"a tenant that is not found": { error: { code: "TenantNotFound", message: "" } },
	};
	for (const [name, body] of Object.entries(otherNotFound)) {
		it(`does not take a site for gone because of ${name}`, async () => {
			azure.fleet.ghosts.add(armSite({ name: "hidden" }).id);
			azure.injectFault(/\/sites\/hidden\?/, { status: 404, body });
			const { confirmedDeleted, counts } = await scan();
			assert.deepEqual([confirmedDeleted.size, counts.unknown], [0, 1]);
		});
	}

	it("does not take a site for gone because a proxy says so", async () => {
		azure.fleet.ghosts.add(armSite({ name: "hidden" }).id);
		azure.injectFault(/\/sites\/hidden\?/, { status: 404, body: "<html>Not found</html>" });
		const { confirmedDeleted, counts, problems } = await scan();
		assert.deepEqual([confirmedDeleted.size, counts.unknown], [0, 1]);
		assert.match(problems[0]?.message ?? "", /answered 404 \(no answer of ARM itself\)/);
	});

	it("takes a site for gone by the resource provider's own 404", async () => {
		azure.fleet.ghosts.add(armSite({ name: "gone" }).id);
		const body = {
			Code: "NotFound",
			Message: "Cannot find Site with name gone.",
			Target: null,
			Details: [],
			Innererror: null,
		};
		azure.injectFault(/\/sites\/gone\?/, { status: 404, body });
		assert.equal((await scan()).confirmedDeleted.size, 1);
	});

	it("takes the slots of a resource group that is gone for gone", async () => {
		const slot = armSite({ resourceGroup: "gone", name: "app", slot: "staging" }).id;
		azure.fleet.ghosts.add(slot);
		azure.injectFault(/\/resourceGroups\/gone\/providers\/Microsoft\.Web\/sites\?/, {
			status: 404,
			body: { error: { code: "ResourceGroupNotFound", message: "Resource group 'gone' could not be found." } },
		});
		const { confirmedDeleted, complete, problems } = await scan();
		assert.deepEqual([[...confirmedDeleted], complete, problems], [[slot.toLowerCase()], true, []]);
	});

	describe("the census", () => {
		it("finds what App Service's lists leave out, and reads it one by one", async () => {
			const hidden = add({ name: "b" }, { name: "b", slot: "staging" });
			add({ name: "a" });
			for (const id of hidden) azure.fleet.unlisted.add(id.toLowerCase());
			const result = await scan();
			assert.deepEqual(judged(result), ["a", "b", "b/slots/staging"]);
			assert.equal(result.complete, true);
			assert.deepEqual(asked(), { list: 1, resourceList: 1, group: 1, site: 2 });
		});

		it("does not make a site that ARM answers 404 for", async () => {
			add({ name: "a" });
			const ghosts = [armSite({ name: "gone" }).id, armSite({ name: "gone", slot: "staging" }).id];
			for (const id of ghosts) azure.fleet.ghosts.add(id);
			const { counts, complete, confirmedDeleted } = await scan();
			assert.deepEqual([counts.sites, complete], [1, true]);
			assert.deepEqual([...confirmedDeleted].sort(), ghosts.map((id) => id.toLowerCase()).sort());
		});

		it("does not take a site for gone because the subscription is not found", async () => {
			azure.fleet.ghosts.add(armSite({ name: "hidden" }).id);
			azure.injectFault(/\/sites\/hidden\?/, {
				status: 404,
				body: { error: { code: "SubscriptionNotFound", message: "" } },
			});
			const { confirmedDeleted, counts } = await scan();
			assert.deepEqual([confirmedDeleted.size, counts.unknown], [0, 1]);
		});

		it("may fall short of the list", async () => {
			const [id = ""] = add({ name: "new" });
			azure.fleet.uncounted.add(id.toLowerCase());
			const { counts, complete } = await scan();
			assert.deepEqual([counts.sites, complete], [1, true]);
		});

		it("asks once for each type where ARM does not join them", async () => {
			azure.joinsTypes = false;
			add({ name: "a" }, { name: "a", slot: "staging" });
			const { counts, complete } = await scan();
			assert.deepEqual([counts.sites, complete], [2, true]);
			assert.deepEqual(asked(), { list: 1, resourceList: 3, group: 1 });
		});

		it("that fails is a problem, and nothing counts as gone", async () => {
			add({ name: "a" }, { name: "a", slot: "staging" });
			azure.injectFault(/\/resources\?/, {
				status: 403,
				body: { error: { code: "AuthorizationFailed", message: "no" } },
			});
			const expectedIds = [armSite({ name: "gone" }).id];
			const result = await scan(allHttps, { expectedIds });
			assert.deepEqual(judged(result), ["a"]);
			assert.deepEqual(problemsOf(result), [["list-incomplete", subscription]]);
			assert.deepEqual([result.complete, result.listsComplete, result.confirmedDeleted.size], [false, false, 0]);
		});

		it("judges beside an entry that is odd, and knows types in any case", async () => {
			const [slot = ""] = add({ name: "a", slot: "staging" }, { name: "a" });
			const value = [null, { id: 7 }, { id: slot, type: "MICROSOFT.WEB/SITES/SLOTS" }];
			azure.injectFault(/\/resources\?/, { status: 200, body: { value } });
			const result = await scan();
			assert.deepEqual(judged(result), ["a", "a/slots/staging"]);
			assert.deepEqual([problemsOf(result), result.counts.unknown], [[["site-unreadable", subscription]], 2]);
		});

		it("does not follow an ID of another subscription, or of something else", async () => {
			const other = "00000000-0000-0000-0000-000000000002";
			const ids = [
				armSite({ subscription: other }).id,
				`${subscription}/resourceGroups/x/providers/Microsoft.Web/sites`,
			];
			const value = ids.map((id) => ({ id, type: "Microsoft.Web/sites" }));
			azure.injectFault(/\/resources\?/, {
				status: 200,
				body: { value: [...value, { id: "x", type: "Microsoft.Web/plans" }] },
			});
			const result = await scan();
			assert.deepEqual(problemsOf(result), [["site-unreadable", subscription]]);
			assert.deepEqual([result.counts.unknown, result.complete], [2, false]);
			assert.deepEqual(asked(), { list: 1, resourceList: 1 });
		});

		it("does not run in a circle of pages", async () => {
			const nextLink = `${azure.endpoint}${subscription}/resources?api-version=2021-04-01&page=2`;
			azure.injectFault(/\/resources\?/, { status: 200, body: { value: [], nextLink } });
			assert.match((await scan()).problems[0]?.message ?? "", /lead in a circle/);
			assert.equal(asked().resourceList, 2);
		});
	});

	describe("what is known from before", () => {
		it("is read one by one where no list has it, and is absent only where ARM answers 404", async () => {
			const [hidden = ""] = add({ name: "hidden" });
			azure.fleet.unlisted.add(hidden.toLowerCase());
			azure.fleet.uncounted.add(hidden.toLowerCase());
			const gone = armSite({ name: "gone", slot: "old" }).id;
			const closed = armSite({ name: "closed" }).id;
			azure.injectFault(/\/sites\/closed\?/, {
				status: 403,
				body: { error: { code: "AuthorizationFailed", message: "no" } },
			});
			const result = await scan(allHttps, { expectedIds: [hidden, gone, closed] });
			assert.deepEqual(judged(result), ["hidden"]);
			assert.deepEqual([...result.confirmedDeleted], [gone.toLowerCase()]);
			assert.deepEqual(problemsOf(result), [["site-unreadable", closed]]);
		});

		it("is not asked for where a list has it", async () => {
			await scan(allHttps, { expectedIds: add({ name: "a" }, { name: "A2" }).map((id) => id.toUpperCase()) });
			assert.deepEqual(asked(), { list: 1, resourceList: 1 });
		});
	});

	it("tells how far it is", async () => {
		azure.pageSize = 2;
		add(...["a", "b", "c"].map((name) => ({ name })));
		const steps: [number, number | null][] = [];
		await scan(allHttps, { progress: (...step) => steps.push(step) });
		assert.deepEqual(
			steps.map(([read]) => read),
			[2, 3],
		);
		assert.equal(steps.at(-1)?.[1], 3);
	});

	it("calls unknown what it has no time left for", async (test) => {
		azure.pageSize = 1;
		add({ name: "a" }, { name: "b" });
		const [hidden = ""] = add({ name: "hidden" });
		azure.fleet.unlisted.add(hidden.toLowerCase());
		const deadline = new Date(Date.now() + 60_000);
		const named = { id: defaultSubscription, name: "Production" };
		const policies = [policy("tls", { minTlsVersion: "1.2" })];
		const progress = (read: number) => {
			if (read === 2) test.mock.timers.enable({ apis: ["Date"], now: deadline });
		};
		const request = {
			id: "scan-1",
			subscription: named,
			scope: "/",
			expectedIds: [],
			policySet: { policies, exemptions: [], unread: [] },
			progress,
		};
		const result = await scanSubscription(request, ports.openSubscription(defaultSubscription, deadline));
		assert.deepEqual(asked(), { list: 2, resourceList: 1, config: 2 });
		assert.deepEqual([result.counts.inSync, result.counts.unknown, result.complete], [2, 1, false]);
		assert.match(result.problems[0]?.message ?? "", /hidden could not be read: the time for one scan was up/);
	});
});
