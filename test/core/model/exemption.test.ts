import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Exemption, indexExemptions } from "../../../src/core/model/exemption.ts";
import type { Site } from "../../../src/core/model/site.ts";
import {
	exemption,
	hostName,
	judge,
	notReported,
	now,
	policy,
	reported,
	site,
	siteId,
} from "../../support/builders/site.ts";

const drift = { resourceId: siteId("rg-app", "app"), rule: "https-only", target: null };
const onHost = { ...drift, rule: "custom-domain-tls", target: "www.contoso.com" };

describe("indexExemptions", () => {
	const cases: Record<string, [finding: typeof drift | typeof onHost, exemption: Exemption, exempt: boolean]> = {
		"the rule, everywhere": [drift, exemption(), true],
		"every rule": [drift, exemption({ rule: "*" }), true],
		"another rule": [drift, exemption({ rule: "http20" }), false],
		"the site, in another case": [drift, exemption({ scope: siteId("RG-APP", "App") }), true],
		"another resource group that begins alike": [
			{ ...drift, resourceId: siteId("payments", "app") },
			exemption({ scope: siteId("pay", "x").split("/").slice(0, 5).join("/") }),
			false,
		],
		"a slot of the site": [
			{ ...drift, resourceId: siteId("rg-app", "app", "staging") },
			exemption({ scope: drift.resourceId }),
			true,
		],
		"the site of the slot": [drift, exemption({ scope: siteId("rg-app", "app", "staging") }), false],
		"every host name": [onHost, exemption({ rule: "custom-domain-tls" }), true],
		"this host name, in another case": [
			onHost,
			exemption({ rule: "custom-domain-tls", target: "WWW.contoso.com" }),
			true,
		],
		"another host name": [onHost, exemption({ rule: "custom-domain-tls", target: "api.contoso.com" }), false],
		"a host name, where the finding has none": [drift, exemption({ rule: "*", target: "www.contoso.com" }), false],
		"one that ends this moment": [drift, exemption({ expiresOn: now }), false],
		"one that has ended": [drift, exemption({ expiresOn: new Date("2026-01-01") }), false],
	};
	for (const [name, [finding, one, exempt]] of Object.entries(cases)) {
		it(`${exempt ? "exempts by" : "does not exempt by"} ${name}`, () =>
			assert.equal(indexExemptions([one], now)(finding), exempt ? one : null));
	}

	it("takes the one that holds longest, whatever the order", () => {
		const long = exemption({ name: "long", expiresOn: new Date("2028-01-01") });
		const all = [exemption(), long, exemption({ name: "a", rule: "*" })];
		assert.equal(indexExemptions(all, now)(drift), long);
		assert.equal(indexExemptions(all.toReversed(), now)(drift), long);
	});

	it("takes the first by name of those that hold as long, at whatever scope", () => {
		const near = exemption({ name: "b", scope: drift.resourceId });
		const all = [near, exemption({ name: "c" }), exemption({ name: "a", rule: "*" })];
		assert.equal(indexExemptions(all, now)(drift)?.name, "a");
		assert.equal(indexExemptions(all.toReversed(), now)(drift)?.name, "a");
	});
});

describe("a site with exempt drift", () => {
	const wanted = [policy("default", { httpsOnly: true, minTlsVersion: "1.3", customDomainTls: "Bound" })];
	const open = { httpsOnly: reported(false), minTlsVersion: reported("1.3" as const) };
	const statuses: Record<string, [Site, Exemption[], status: string]> = {
		exempt: [site(open), [exemption()], "exempt"],
		"drifted, where another drift is open": [
			site({ ...open, minTlsVersion: reported("1.2") }),
			[exemption()],
			"drifted",
		],
		"unknown, where something could not be told": [
			site({ ...open, customHostNames: notReported("not told") }),
			[exemption()],
			"unknown",
		],
		"drifted, where only one of two host names is exempt": [
			site({
				minTlsVersion: reported("1.3"),
				customHostNames: reported([hostName("a.contoso.com", "Disabled"), hostName("b.contoso.com", "Disabled")]),
			}),
			[exemption({ rule: "*", target: "a.contoso.com" })],
			"drifted",
		],
	};
	for (const [name, [subject, exemptions, status]] of Object.entries(statuses)) {
		it(`is counted as ${name}`, () => assert.equal(judge(subject, wanted, { exemptions }).status, status));
	}

	it("lists what is open first, though what is exempt is worse", () => {
		const { findings } = judge(site({ ...open, minTlsVersion: reported("1.2") }), wanted, {
			exemptions: [exemption()],
		});
		assert.deepEqual(
			findings.map(({ rule, severity, exemption: by }) => [rule, severity, by?.name]),
			[
				["min-tls-version", "medium", undefined],
				["https-only", "high", "legacy"],
			],
		);
	});
});
