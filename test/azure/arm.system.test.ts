import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import { scanSubscription } from "../../src/scan/scan-subscription.ts";
import { armCertificate, armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { connect } from "../support/arm/connect.ts";
import { ArmEmulator, type Fault } from "../support/arm/emulator.ts";
import { policy } from "../support/builders/site.ts";

const sitesUrl = /\/providers\/Microsoft\.Web\/sites\?/;
const allHttps = [policy("https", { httpsOnly: true })];

describe("Azure Resource Manager, through the real SDK", () => {
	let azure: ArmEmulator;
	let ports: ReturnType<typeof connect>;
	before(async () => {
		azure = await ArmEmulator.start();
		ports = connect(azure);
	});
	beforeEach(() => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
	});
	after(() => azure[Symbol.asyncDispose]());

	function scan(policies = allHttps): Promise<Scan> {
		const subscription = { id: defaultSubscription, name: "Production" };
		const request = {
			id: "scan-1",
			subscription,
			policySet: { policies, exemptions: [], unread: [] },
			scope: "/",
			expectedIds: [],
		};
		return scanSubscription(request, ports.openSubscription(defaultSubscription));
	}

	const listed = () => azure.requests.filter(({ url }) => sitesUrl.test(url)).length;

	it("reads every page", async () => {
		azure.pageSize = 10;
		azure.add(...Array.from({ length: 45 }, (_, index) => armSite({ name: `app-${index}` })));
		const { counts, complete } = await scan();
		assert.deepEqual(counts, { sites: 45, inSync: 0, drifted: 45, exempt: 0, unknown: 0, notCovered: 0 });
		assert.equal(complete, true);
		assert.equal(listed(), 5);
	});

	it("asks for certificates only where a host name waits for one, and once", async () => {
		azure.add(
			armSite({ name: "a", domains: { "www.contoso.com": null } }),
			armSite({ name: "b", domains: { "api.contoso.com": null } }),
			armCertificate(),
		);
		const asked = () => azure.requests.filter(({ url }) => /\/certificates\?/.test(url)).length;
		await scan();
		assert.equal(asked(), 0);
		const { certificates } = await scan([policy("bound", { customDomainTls: "Bound" })]);
		assert.equal(asked(), 1);
		assert.ok(certificates.readable);
		assert.deepEqual(
			[...certificates.certificates.byThumbprint.values()].map(({ hostNames }) => hostNames),
			[["www.contoso.com"]],
		);
	});

	it("leaves out a certificate without what a binding needs, and keeps the rest", async () => {
		const [good, odd] = [armCertificate({ name: "good" }), armCertificate({ name: "odd" })];
		Object.assign(odd.properties, { hostNames: [null, "www.contoso.com"], thumbprint: 7 });
		azure.add(armSite({ domains: { "www.contoso.com": null } }), odd, good);
		const { certificates } = await scan([policy("bound", { customDomainTls: "Bound" })]);
		assert.ok(certificates.readable);
		assert.deepEqual(
			[...certificates.certificates.byThumbprint.values()].map(({ thumbprint }) => thumbprint),
			[good.properties.thumbprint],
		);
	});

	it("gives findings without commands where the certificates cannot be read", async () => {
		azure.add(armSite({ domains: { "www.contoso.com": null } }));
		azure.injectFault(/\/certificates\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		const { certificates, counts } = await scan([policy("bound", { customDomainTls: "Bound" })]);
		assert.equal(counts.drifted, 1);
		assert.match(certificates.readable ? "" : certificates.reason, /answered 403 \(AuthorizationFailed\)/);
	});

	const faults: Record<string, [Fault, RegExp]> = {
		"a token that is refused": [
			{ status: 401, body: { error: { code: "InvalidAuthenticationToken", message: "The access token is invalid." } } },
			/answered 401 \(InvalidAuthenticationToken\): .*AZURE_CLOUD/,
		],
		"a missing role": [
			{ status: 403, body: { error: { code: "AuthorizationFailed", message: "no" } } },
			/403 \(AuthorizationFailed\): .*Reader role/,
		],
		"an unknown subscription": [
			{ status: 404, body: { error: { code: "SubscriptionNotFound", message: "no" } } },
			/404 \(SubscriptionNotFound\): .*check the subscription ID/,
		],
		"throttling without an end": [
			{ status: 429, body: { error: { code: "SubscriptionRequestsThrottled", message: "no" } } },
			/429 \(SubscriptionRequestsThrottled\): .*throttles/,
		],
		"a refusal of the resource provider": [
			{ status: 400, body: { Code: "BadRequest", Message: "no" } },
			/answered 400/,
		],
		"a page that is cut off": ["truncate", /cut off/],
		"an answer that is no list": [{ status: 200, body: { unexpected: true } }, /not what it should be/],
		"an answer that is no JSON": [
			{ status: 200, body: "<html>Sign in</html>", headers: { "content-type": "text/html" } },
			/not what it should be/,
		],
	};
	for (const [name, [fault, message]] of Object.entries(faults)) {
		it(`reports ${name} on the second page, and keeps the first`, async () => {
			azure.pageSize = 2;
			azure.add(...Array.from({ length: 5 }, (_, index) => armSite({ name: `app-${index}` })));
			azure.injectFault(/skiptoken/, fault);
			const { counts, complete, problems } = await scan();
			assert.equal(complete, false);
			assert.equal(counts.sites, 2);
			assert.deepEqual(
				problems.map(({ code, scope }) => [code, scope]),
				[["subscription-unreadable", `/subscriptions/${defaultSubscription}`]],
			);
			assert.match(problems[0]?.message ?? "", message);
			assert.match(problems[0]?.message ?? "", /after 2 sites/);
			assert.doesNotMatch(problems[0]?.message ?? "", /\n|Bearer/);
		});
	}

	it("hands over page by page", async () => {
		azure.pageSize = 2;
		azure.add(...Array.from({ length: 6 }, (_, index) => armSite({ name: `app-${index}` })));
		const seen: number[] = [];
		for await (const page of ports.openSubscription(defaultSubscription).listSites()) seen.push(page.length);
		assert.deepEqual(seen, [2, 2, 2]);
	});

	it("counts a site once that two pages hold", async () => {
		azure.injectFault(sitesUrl, {
			status: 200,
			body: { value: [armSite({ name: "a" }), armSite({ name: "A" })], nextLink: null },
		});
		assert.equal((await scan()).counts.sites, 1);
	});

	it("does not run in a circle of pages", async () => {
		const nextLink = `${azure.endpoint}/subscriptions/${defaultSubscription}/providers/Microsoft.Web/sites?api-version=2025-05-01`;
		azure.injectFault(sitesUrl, { status: 200, body: { value: [armSite()], nextLink } });
		const { complete, problems } = await scan();
		assert.equal(complete, false);
		assert.match(problems[0]?.message ?? "", /lead in a circle/);
		assert.equal(listed(), 2);
	});

	it("does not run in a circle of subscriptions or certificates either", async () => {
		azure.add(armSite({ domains: { "www.contoso.com": null } }));
		for (const path of [
			"/subscriptions",
			`/subscriptions/${defaultSubscription}/providers/Microsoft.Web/certificates`,
		]) {
			const nextLink = `${azure.endpoint}${path}?api-version=2022-12-01`;
			azure.injectFault(new RegExp(`^${path}\\?`), { status: 200, body: { value: [], nextLink } });
		}
		await assert.rejects(ports.listSubscriptions(), /lead in a circle/);
		const { certificates } = await scan([policy("bound", { customDomainTls: "Bound" })]);
		assert.match(certificates.readable ? "" : certificates.reason, /lead in a circle/);
	});

	const oddities: Record<string, unknown> = {
		null: null,
		"a text": "site",
		"host names that are no list": {
			...armSite({ name: "odd" }),
			properties: { ...armSite().properties, hostNames: "x" },
		},
		"host name states with a hole": {
			...armSite({ name: "odd" }),
			properties: { ...armSite().properties, hostNameSslStates: [null] },
		},
		"a property nobody reads in another form": {
			...armSite({ name: "odd" }),
			properties: { ...armSite().properties, enabledHostNames: 7 },
		},
	};
	for (const [name, odd] of Object.entries(oddities)) {
		it(`judges the sites beside one that is ${name}`, async () => {
			azure.injectFault(sitesUrl, {
				status: 200,
				body: { value: [armSite({ name: "a" }), odd, armSite({ name: "z" })], nextLink: null },
			});
			const { counts, assessments, problems } = await scan([
				policy("all", { httpsOnly: true, customDomainTls: "Bound" }),
			]);
			assert.equal(counts.sites, 3);
			const drifted = assessments.filter(({ findings }) => findings.length > 0).map(({ site }) => site.name);
			assert.ok(drifted.includes("a") && drifted.includes("z"));
			assert.ok(problems.every(({ code }) => code === "site-unreadable"));
		});
	}

	const waits = { "retry-after": "3600", "retry-after-ms": "3600000", "x-ms-retry-after-ms": "3600000" };
	for (const [header, value] of Object.entries({ ...waits, "Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT" })) {
		it(`does not wait as long as ${header}: ${value} tells it to`, async () => {
			for (const status of [429, 500, 503]) {
				azure.reset();
				azure.addSubscription(defaultSubscription, "Production");
				azure.injectFault(sitesUrl, { status, headers: { [header]: value } });
				const { problems } = await scan();
				assert.match(problems[0]?.message ?? "", new RegExp(`answered ${status} \\(wait for \\d+ s\\)`));
				assert.equal(listed(), 1);
			}
		});
	}

	it("waits for a moment where it is told to", async () => {
		azure.add(armSite());
		azure.injectFault(sitesUrl, { status: 429, headers: { "retry-after": "1" } }, 1);
		assert.equal((await scan()).complete, true);
		assert.equal(listed(), 2);
	});

	it("gets over a server that fails for a moment", async () => {
		azure.add(armSite());
		azure.injectFault(sitesUrl, { status: 503, headers: { "retry-after": "0" } }, 2);
		const { complete, counts } = await scan();
		assert.equal(complete, true);
		assert.equal(counts.sites, 1);
	});

	it("gets over a connection that is reset, and a slow answer", async () => {
		azure.add(armSite());
		azure.latencyMs = 20;
		azure.injectFault(sitesUrl, "reset", 1);
		assert.equal((await scan()).complete, true);
		assert.equal(listed(), 2);
	});

	it("counts what is no site as unknown, in one problem, and judges the others", async () => {
		azure.injectFault(sitesUrl, {
			status: 200,
			body: { value: [{ id: "x" }, armSite(), { id: null }], nextLink: null },
		});
		const { counts, complete, problems } = await scan();
		assert.deepEqual([counts.sites, counts.unknown, counts.drifted, complete], [3, 2, 1, false]);
		assert.deepEqual(
			problems.map(({ code, scope }) => [code, scope]),
			[["site-unreadable", `/subscriptions/${defaultSubscription}`]],
		);
	});

	it("takes its token nowhere but to ARM, even where a nextLink points elsewhere", async () => {
		await using other = await ArmEmulator.start();
		const nextLink = `${other.endpoint}/subscriptions/${defaultSubscription}/providers/Microsoft.Web/sites?api-version=2025-05-01`;
		azure.injectFault(sitesUrl, { status: 200, body: { value: [armSite()], nextLink } });
		const { complete, problems, counts } = await scan();
		assert.equal(complete, false);
		assert.equal(counts.sites, 1);
		assert.match(problems[0]?.message ?? "", /points to 127\.0\.0\.1:\d+.*not followed/);
		assert.deepEqual(other.requests, []);
	});
	it("lists the enabled subscriptions of every page", async () => {
		azure.reset();
		azure.pageSize = 2;
		for (const number of [1, 2, 3, 4])
			azure.addSubscription(`00000000-0000-0000-0000-00000000000${number}`, `S${number}`);
		azure.addSubscription("00000000-0000-0000-0000-000000000005", "S5", "Disabled");
		const subscriptions = await ports.listSubscriptions();
		assert.deepEqual(
			subscriptions.map(({ name }) => name),
			["S1", "S2", "S3", "S4"],
		);
	});

	it("says in one line why the subscriptions cannot be listed", async () => {
		azure.injectFault(/^\/subscriptions\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		await assert.rejects(
			ports.listSubscriptions(),
			/^Error: The subscriptions cannot be listed: .*403 \(AuthorizationFailed\).*$/,
		);
	});
});
