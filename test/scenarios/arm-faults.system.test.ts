import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import { reconcile } from "../../src/core/lifecycle/reconcile.ts";
import { scanSubscription } from "../../src/scan/scan-subscription.ts";
import { armCertificate, armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { type Connection, connect } from "../support/arm/connect.ts";
import { ArmEmulator, type Fault } from "../support/arm/emulator.ts";
import { policy } from "../support/builders/site.ts";

const subscription = `/subscriptions/${defaultSubscription}`;
const wanted = [policy("all", { httpsOnly: true, customDomainTls: "Bound", minTlsVersion: "1.2" })];

/** What can happen to any request, each with what is told when it does not end. */
const faults: Record<string, [Fault, RegExp]> = {
	"429 with Retry-After": [
		{ status: 429, headers: { "retry-after": "0" }, body: { error: { code: "SubscriptionRequestsThrottled" } } },
		/answered 429 \(SubscriptionRequestsThrottled\)/,
	],
	"429 without Retry-After": [
		{ status: 429, body: { error: { code: "ResourceRequestsThrottled" } } },
		/answered 429 \(ResourceRequestsThrottled\)/,
	],
	"500": [{ status: 500, body: { Code: "InternalServerError", Message: null } }, /answered 500/],
	"503": [{ status: 503, body: { error: { code: "ServerTimeout" } } }, /answered 503 \(ServerTimeout\)/],
	"a reset connection": ["reset", /cannot be reached \(ECONNRESET\)/],
	"a hang": ["hang", /did not answer in time/],
	"a body that is cut off": ["truncate", /was cut off/],
	"a page of a proxy": [{ status: 200, body: "<html>Sign in</html>" }, /is not what it should be/],
};

/** Each kind of request: how to spoil it, and what is told of a scan in which it fails to the end. */
const kinds: Record<string, { url: RegExp; sites: number; unknown: number; problem: [code: string, scope: string][] }> =
	{
		"the list of sites, on its second page": {
			url: /providers\/Microsoft\.Web\/sites\?.*skiptoken/,
			sites: 2,
			unknown: 0,
			problem: [["subscription-unreadable", subscription]],
		},
		"the list of resources": {
			url: /\/resources\?/,
			sites: 3,
			unknown: 0,
			problem: [["list-incomplete", subscription]],
		},
		"the list of a resource group": {
			url: /\/resourceGroups\/[^/]+\/providers\/Microsoft\.Web\/sites\?/,
			sites: 6,
			unknown: 2,
			problem: [["list-incomplete", `${subscription}/resourceGroups/rg-app`]],
		},
		"a site": {
			url: /\/sites\/unlisted\?/,
			sites: 6,
			unknown: 1,
			problem: [["site-unreadable", armSite({ name: "unlisted" }).id]],
		},
		"a slot": {
			url: /\/slots\/unlisted\?/,
			sites: 6,
			unknown: 1,
			problem: [["site-unreadable", armSite({ name: "a", slot: "unlisted" }).id]],
		},
		"the config of a site": {
			url: /\/sites\/b\/config\/web\?/,
			sites: 6,
			unknown: 1,
			problem: [["site-unreadable", armSite({ name: "b" }).id]],
		},
		"the config of a slot": {
			url: /\/slots\/staging\/config\/web\?/,
			sites: 6,
			unknown: 1,
			problem: [["site-unreadable", armSite({ name: "a", slot: "staging" }).id]],
		},
	};

describe("a fault of Azure Resource Manager", () => {
	let azure: ArmEmulator;
	let ports: Connection;
	before(async () => {
		azure = await ArmEmulator.start();
		// A hang takes four of these; a request that a busy machine answers too late is tried again.
		ports = connect(azure, { requestTimeoutMs: 500 });
	});
	beforeEach(() => {
		azure.reset();
		azure.pageSize = 2;
		azure.addSubscription(defaultSubscription, "Production");
		const good = { httpsOnly: true };
		const unlisted = [armSite({ name: "unlisted", properties: good }), armSite({ name: "a", slot: "unlisted" })];
		azure.add(
			armSite({ name: "a", properties: good, domains: { "www.contoso.com": null } }),
			armSite({ name: "b", properties: good }),
			armSite({ name: "c", properties: good }),
			armSite({ name: "a", slot: "staging", properties: good }),
			...unlisted,
			...["x", "y", "z"].map((name) => armCertificate({ name })),
		);
		for (const { id } of unlisted) azure.fleet.unlisted.add(id.toLowerCase());
	});
	after(() => azure[Symbol.asyncDispose]());

	function scan(): Promise<Scan> {
		const named = { id: defaultSubscription, name: "Production" };
		const request = {
			id: "scan-1",
			subscription: named,
			policySet: { policies: wanted, exemptions: [], unread: [] },
			scope: "/",
			expectedIds: [],
		};
		return scanSubscription(request, ports.openSubscription(defaultSubscription));
	}

	const problemsOf = ({ problems }: Scan) => problems.map(({ code, scope }) => [code, scope]);

	it("of several kinds, one after the other, makes no more than four tries", async () => {
		azure.injectFault(/providers\/Microsoft\.Web\/sites\?/, { status: 500 }, 2);
		azure.injectFault(/providers\/Microsoft\.Web\/sites\?/, { status: 429 }, 1);
		azure.injectFault(/providers\/Microsoft\.Web\/sites\?/, "truncate", 5);
		const { failure } = await scan();
		assert.match(failure?.reason ?? "", /was cut off/);
		assert.equal(azure.requests.filter(({ status }) => status === "fault").length, 4);
	});

	for (const [fault, [spoiler, reason]] of Object.entries(faults)) {
		for (const [kind, { url, sites, unknown, problem }] of Object.entries(kinds)) {
			it(`${fault} at ${kind}, for a moment: nobody hears of it`, async () => {
				azure.injectFault(url, spoiler, 2);
				const result = await scan();
				assert.deepEqual(problemsOf(result), []);
				assert.deepEqual([result.counts.sites, result.counts.unknown, result.complete], [6, 0, true]);
				assert.equal(azure.requests.filter(({ status }) => status === "fault").length, 2);
			});

			it(`${fault} at ${kind}, to the end: told with its reason, and the others are judged`, async () => {
				azure.injectFault(url, spoiler);
				const result = await scan();
				assert.deepEqual(problemsOf(result), problem);
				assert.match(result.problems[0]?.message ?? "", reason);
				assert.deepEqual([result.counts.sites, result.counts.unknown], [sites, unknown]);
				assert.equal(azure.requests.filter(({ status }) => status === "fault").length, 4);
			});
		}

		it(`${fault} at the certificates, for a moment`, async () => {
			azure.injectFault(/\/certificates\?/, spoiler, 2);
			const { certificates } = await scan();
			assert.equal(certificates.readable && certificates.certificates.byThumbprint.size, 3);
		});

		it(`${fault} at the certificates, to the end: the finding has no command, and says why`, async () => {
			azure.injectFault(/\/certificates\?.*skiptoken/, spoiler);
			const { certificates, counts } = await scan();
			assert.match(certificates.readable ? "" : certificates.reason, reason);
			assert.equal(counts.drifted, 2);
		});

		it(`${fault} at the subscriptions, for a moment and to the end`, async () => {
			azure.injectFault(/^\/subscriptions\?/, spoiler, 2);
			assert.equal((await ports.listSubscriptions()).length, 1);
			azure.injectFault(/^\/subscriptions\?/, spoiler);
			await assert.rejects(ports.listSubscriptions(), reason);
		});

		it(`${fault} on page 3 of 5, to the end: nothing is resolved, nothing removed`, async () => {
			azure.reset();
			azure.pageSize = 2;
			azure.addSubscription(defaultSubscription, "Production");
			const before = Array.from({ length: 10 }, (_, index) => armSite({ name: `app-${index}` }));
			azure.add(...before);
			const expectedIds = reconcile({ findings: [], problems: [] }, await scan()).findings;
			assert.equal(expectedIds.length, 10);
			// One of the first page is mended, one of it and one of the last are deleted.
			azure.add(armSite({ name: "app-0", properties: { httpsOnly: true } }));
			for (const name of ["app-1", "app-9"]) azure.fleet.sites.delete(armSite({ name }).id.toLowerCase());
			const third = `skiptoken=${Buffer.from("from:4").toString("base64url")}`;
			azure.injectFault(new RegExp(third), spoiler);
			const result = await scan();
			assert.deepEqual(problemsOf(result), [["subscription-unreadable", subscription]]);
			assert.equal(result.failure?.transient, true);
			assert.deepEqual(reconcile({ findings: expectedIds, problems: [] }, result).findings, []);
		});
	}
});
