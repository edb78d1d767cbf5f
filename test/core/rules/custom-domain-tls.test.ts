import assert from "node:assert/strict";
import { it } from "node:test";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { customDomainTls } from "../../../src/core/rules/custom-domain-tls.ts";
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

const thumbprint = "B".repeat(40);
const bySni = hostName("www.contoso.com", "SniEnabled", thumbprint);
const byIp = hostName("api.contoso.com", "IpBasedEnabled", thumbprint);
const unbound = hostName("old.contoso.com", "Disabled");

const certificates = held(certificate("wildcard"));

testRule(customDomainTls, {
	inSync: {
		"bound in either way": { site: site({ customHostNames: reported([bySni, byIp]) }), desired: "Bound" },
		"bound by SNI": { site: site({ customHostNames: reported([bySni]) }), desired: "SniEnabled" },
		"bound by IP address": { site: site({ customHostNames: reported([byIp]) }), desired: "IpBasedEnabled" },
	},
	drifted: {
		"one of two is not bound": {
			site: site({ customHostNames: reported([bySni, unbound]) }),
			desired: "Bound",
			certificates,
			expect: {
				target: "old.contoso.com",
				severity: "high",
				desired: "Bound",
				observed: "Disabled",
				says: /no TLS binding/,
			},
		},
		"not bound where SNI is wanted": {
			site: site({ customHostNames: reported([unbound]) }),
			desired: "SniEnabled",
			certificates,
			expect: {
				target: "old.contoso.com",
				severity: "high",
				desired: "SniEnabled",
				observed: "Disabled",
				says: /no TLS binding/,
			},
		},
		"bound as another setting wants it": {
			site: site({ customHostNames: reported([byIp]) }),
			desired: "SniEnabled",
			others: { domainBindings: [{ hostName: "api.contoso.com", sslState: "IpBasedEnabled", thumbprint: null }] },
			expect: {
				target: "api.contoso.com",
				severity: "medium",
				desired: "SniEnabled",
				observed: "IpBasedEnabled",
				says: /another kind/,
				stays: /policy "default" as IpBasedEnabled, policy "default" as SniEnabled want it bound; change one of them/,
			},
		},
		"bound in another way": {
			site: site({ customHostNames: reported([byIp]) }),
			desired: "SniEnabled",
			expect: {
				target: "api.contoso.com",
				severity: "medium",
				desired: "SniEnabled",
				observed: "IpBasedEnabled",
				says: /another kind/,
			},
		},
	},
	unknown: {
		"ARM did not report the host names": {
			site: site({ customHostNames: notReported("ARM did not report hostNameSslStates") }),
			desired: "Bound",
			reason: "ARM did not report hostNameSslStates",
		},
		"ARM did not report one binding": {
			site: site({
				customHostNames: reported([bySni, { ...unbound, sslState: notReported("ARM did not report it") }]),
			}),
			desired: "Bound",
			reason: "ARM did not report it",
		},
	},
	notApplicable: {
		"there is no custom host name": { site: site(), desired: "Bound", reason: "the site has no custom host name" },
	},
});

it("does not take the thumbprint of a binding that was taken away for a certificate to bind", () => {
	const gone = site({ customHostNames: reported([hostName("old.contoso.com", "Disabled", thumbprint)]) });
	const [finding] = judge(gone, [policy("bound", { customDomainTls: "Bound" })], { rules: [customDomainTls] }).findings;
	const { bindings } = mergeChanges(gone, finding?.remedy ?? [], held(certificate("fresh")), now);
	assert.deepEqual(bindings, [
		{ hostName: "old.contoso.com", sslState: "SniEnabled", thumbprint: certificate("fresh").thumbprint, before: null },
	]);
});
