import assert from "node:assert/strict";
import { it } from "node:test";
import { certificateExpiry } from "../../../src/core/rules/certificate-expiry.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import {
	certificate,
	held,
	hostName,
	judge,
	notReported,
	now,
	policy,
	reported,
	site,
} from "../../support/builders/site.ts";

const www = "www.contoso.com";
const expiring = (days: number) =>
	certificate("bound", { expiresAt: new Date(now.getTime() + days * 86_400_000), resourceGroup: "rg-plan" });
const newer = (days: number) =>
	certificate("newer", { expiresAt: new Date(now.getTime() + days * 86_400_000), resourceGroup: "rg-plan" });
const bound = site({ customHostNames: reported([hostName(www, "SniEnabled", expiring(0).thumbprint)]) });
const byIp = site({ customHostNames: reported([hostName(www, "IpBasedEnabled", expiring(0).thumbprint)]) });

/** What is expected of a certificate with so many days left, where 30 are asked for and there is no other. */
const alone = (left: number, severity: "critical" | "high" | "medium", observed: string, says: RegExp) => ({
	site: bound,
	desired: 30,
	certificates: held(expiring(left)),
	expect: {
		target: www,
		severity,
		desired: "30 days",
		observed,
		says,
		stays: /^Renew the certificate of www\.contoso\.com/,
	},
});

testRule(certificateExpiry, {
	inSync: {
		"valid for long": { site: bound, desired: 30, certificates: held(expiring(200)) },
		"valid for just as long as asked": { site: bound, desired: 30, certificates: held(expiring(30)) },
		"no days asked, and not expired": { site: bound, desired: 0, certificates: held(expiring(0.01)) },
	},
	drifted: {
		expired: alone(-10, "critical", "expired", /expired on 2026-11-13: callers that check it do not connect/),
		"expired this moment": alone(0, "critical", "expired", /expired on 2026-11-23/),
		"expires within the day": alone(0.5, "high", "0 days", /expires on 2026-11-24/),
		"one day left": alone(1, "high", "1 day", /expires on 2026-11-24/),
		"a week left": alone(7.9, "high", "7 days", /expires on 2026-12-01/),
		"eight days left": alone(8, "medium", "8 days", /expires on 2026-12-01/),
		"a moment too short": alone(29.999, "medium", "29 days", /expires on 2026-12-23/),
		"a newer one is there, but not bound": {
			site: bound,
			desired: 30,
			certificates: held(expiring(3), newer(300)),
			expect: {
				target: www,
				severity: "high",
				desired: "30 days",
				observed: "3 days",
				says: new RegExp(
					`newer one that is valid until 2027-09-19 \\(${newer(0).thumbprint}\\) is there, but the binding`,
				),
			},
		},
		"a newer one is there in the plan's resource group, the old one in the site's": {
			site: bound,
			desired: 30,
			certificates: held({ ...expiring(3), resourceGroup: "rg-app" }, newer(300)),
			expect: { target: www, severity: "high", desired: "30 days", observed: "3 days", says: /newer one/ },
		},
		"the policy asks for the newer one by its thumbprint": {
			site: bound,
			desired: 30,
			others: { domainBindings: [{ hostName: www, sslState: "SniEnabled", thumbprint: newer(0).thumbprint }] },
			certificates: held(expiring(3), newer(300)),
			expect: { target: www, severity: "high", desired: "30 days", observed: "3 days", says: /newer one/ },
		},
		"a newer one is there that lasts just as long as asked": {
			site: bound,
			desired: 30,
			certificates: held(expiring(3), newer(30)),
			expect: {
				target: www,
				severity: "high",
				desired: "30 days",
				observed: "3 days",
				says: /callers that check it do not connect\. A newer one/,
			},
		},
		"the policy asks for the old one by its thumbprint, but for another host name": {
			site: bound,
			desired: 30,
			others: {
				domainBindings: [{ hostName: "other.contoso.com", sslState: "SniEnabled", thumbprint: expiring(0).thumbprint }],
			},
			certificates: held(expiring(3), newer(300)),
			expect: { target: www, severity: "high", desired: "30 days", observed: "3 days", says: /newer one/ },
		},
		"the policy asks for the old one by its thumbprint, among others, and no newer one is there": {
			site: bound,
			desired: 30,
			others: {
				domainBindings: [
					{ hostName: "other.contoso.com", sslState: "SniEnabled", thumbprint: null },
					{ hostName: www, sslState: "SniEnabled", thumbprint: expiring(0).thumbprint },
				],
			},
			certificates: held(expiring(3)),
			expect: {
				target: www,
				severity: "high",
				desired: "30 days",
				observed: "3 days",
				says: /do not connect\.$/,
				stays: /^Policy "default" asks for the certificate of www\.contoso\.com by its thumbprint/,
			},
		},
		"a newer one is there for a binding by IP address": {
			site: byIp,
			desired: 1,
			certificates: held(expiring(-1), newer(300)),
			expect: { target: www, severity: "critical", desired: "1 day", observed: "expired", says: /newer one/ },
		},
		"a newer one is there that does not last either": {
			site: bound,
			desired: 30,
			certificates: held(expiring(-1), newer(20)),
			expect: {
				target: www,
				severity: "critical",
				desired: "30 days",
				observed: "expired",
				says: /newer one/,
				stays: /^The newer certificate of www\.contoso\.com is valid for 20 days only: renew it too\.$/,
			},
		},
		"the policy asks for the old one by its thumbprint": {
			site: bound,
			desired: 30,
			others: { domainBindings: [{ hostName: www, sslState: "SniEnabled", thumbprint: expiring(0).thumbprint }] },
			certificates: held(expiring(3), newer(300)),
			expect: {
				target: www,
				severity: "high",
				desired: "30 days",
				observed: "3 days",
				says: /newer one/,
				stays: /^Policy "default" asks for the certificate of www\.contoso\.com by its thumbprint/,
			},
		},
	},
	unknown: {
		"ARM did not report the host names": {
			site: site({ customHostNames: notReported("not told") }),
			desired: 30,
			reason: "not told",
		},
		"ARM did not report how one is bound": {
			site: site({ customHostNames: reported([{ ...hostName(www, "Disabled"), sslState: notReported("not told") }]) }),
			desired: 30,
			reason: "not told",
		},
		"ARM did not report the certificate": {
			site: site({ customHostNames: reported([hostName(www, "SniEnabled")]) }),
			desired: 30,
			reason: "ARM did not report which certificate www.contoso.com is bound to",
		},
		"the certificates could not be read": {
			site: bound,
			desired: 30,
			certificates: { readable: false, reason: "403" },
			reason: "the subscription's certificates could not be read: 403",
		},
		"the certificate is not among them": {
			site: bound,
			desired: 30,
			certificates: held(newer(300)),
			reason: `the certificate ${expiring(0).thumbprint}, which www.contoso.com is bound to, is not among the subscription's, or without a date that can be read`,
		},
	},
	notApplicable: {
		"no custom host name": { site: site(), desired: 30, reason: "the site has no bound custom host name" },
		"no bound custom host name": {
			site: site({ customHostNames: reported([hostName(www, "Disabled")]) }),
			desired: 30,
			reason: "the site has no bound custom host name",
		},
	},
});

it("binds the newer certificate even where it does not last as long as asked", () => {
	const certificates = held(expiring(-1), newer(20));
	const { findings } = judge(bound, [policy("default", { certificateMinDays: 30 })], { certificates });
	assert.deepEqual(
		findings.flatMap(({ remedy }) => remedy.map(({ change }) => change)),
		["binding", "manual-step"],
	);
});

it("asks for the certificates only where a custom host name is bound", () => {
	assert.deepEqual(certificateExpiry.needs?.(bound, 30), ["certificates"]);
	assert.deepEqual(certificateExpiry.needs?.(site({ customHostNames: reported([hostName(www, "Disabled")]) }), 30), []);
});
