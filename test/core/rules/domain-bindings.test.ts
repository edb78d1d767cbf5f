import type { DesiredBinding } from "../../../src/core/model/policy.ts";
import type { CustomHostName } from "../../../src/core/model/site.ts";
import { domainBindings } from "../../../src/core/rules/domain-bindings.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { certificate, held, hostName, notReported, reported, site } from "../../support/builders/site.ts";

// The one that is asked for is not the one that would be taken anyway.
const [old, fresh] = [certificate("old", { expiresAt: new Date("2030-01-01") }), certificate("fresh")];
const certificates = held(old, fresh);
const wants = (
	name: string,
	sslState: DesiredBinding["sslState"] = "Bound",
	thumbprint: string | null = null,
): DesiredBinding => ({ hostName: name, sslState, thumbprint });
const having = (...hostNames: CustomHostName[]) => site({ customHostNames: reported(hostNames) });

const www = "www.contoso.com";
const bySni = hostName(www, "SniEnabled", old.thumbprint);
const byIp = hostName(www, "IpBasedEnabled", old.thumbprint);
const unbound = hostName(www, "Disabled");
const notReportedBy = notReported("not told");

testRule(domainBindings, {
	inSync: {
		"bound in either way": { site: having(byIp), desired: [wants(www)] },
		"bound so, under a name in another case": {
			site: having({ ...bySni, name: "WWW.contoso.com" }),
			desired: [wants(www, "SniEnabled")],
		},
		"bound to this certificate": { site: having(bySni), desired: [wants(www, "SniEnabled", old.thumbprint)] },
		"no host name wanted, none there": { site: site(), desired: [] },
	},
	drifted: {
		"a host name is not there": {
			site: having(),
			desired: [wants(www, "SniEnabled")],
			certificates,
			expect: { target: www, severity: "high", desired: "SniEnabled", observed: "absent", says: /does not have this/ },
		},
		"a host name is not there, wanted with a certificate": {
			site: having(),
			desired: [wants(www, "SniEnabled", fresh.thumbprint)],
			certificates,
			expect: {
				target: www,
				severity: "high",
				desired: `SniEnabled:${fresh.thumbprint}`,
				observed: "absent",
				says: /does not have this/,
			},
		},
		"a host name is not bound": {
			site: having(unbound),
			desired: [wants(www)],
			certificates,
			expect: { target: www, severity: "high", desired: "Bound", observed: "Disabled", says: /no TLS binding/ },
		},
		"a host name is not bound, and the certificate of its last binding is still named": {
			site: having({ ...unbound, thumbprint: old.thumbprint }),
			desired: [wants(www, "SniEnabled", old.thumbprint)],
			certificates,
			expect: {
				target: www,
				severity: "high",
				desired: `SniEnabled:${old.thumbprint}`,
				observed: "Disabled",
				says: /no TLS binding/,
			},
		},
		"bound in another way": {
			site: having(byIp),
			desired: [wants(www, "SniEnabled")],
			expect: {
				target: www,
				severity: "medium",
				desired: "SniEnabled",
				observed: "IpBasedEnabled",
				says: /in another way/,
			},
		},
		"bound to another certificate": {
			site: having(bySni),
			desired: [wants(www, "SniEnabled", fresh.thumbprint)],
			certificates,
			expect: {
				target: www,
				severity: "medium",
				desired: `SniEnabled:${fresh.thumbprint}`,
				observed: `SniEnabled:${old.thumbprint}`,
				says: /to another certificate/,
			},
		},
		"bound in another way, to a certificate that ARM did not tell": {
			site: having({ ...byIp, thumbprint: null }),
			desired: [wants(www, "SniEnabled", fresh.thumbprint)],
			certificates,
			expect: {
				target: www,
				severity: "medium",
				desired: `SniEnabled:${fresh.thumbprint}`,
				observed: "IpBasedEnabled",
				says: /in another way/,
			},
		},
		"one too many, beside one that is right": {
			site: having(bySni, hostName("old.contoso.com", "SniEnabled", old.thumbprint)),
			desired: [wants(www)],
			expect: {
				target: "old.contoso.com",
				severity: "medium",
				desired: "absent",
				observed: "SniEnabled",
				says: /does not list/,
			},
		},
		"one too many, not bound": {
			site: having(unbound),
			desired: [],
			expect: { target: www, severity: "medium", desired: "absent", observed: "Disabled", says: /does not list/ },
		},
	},
	unknown: {
		"ARM did not report the host names": {
			site: site({ customHostNames: notReportedBy }),
			desired: [],
			reason: "not told",
		},
		"ARM did not report how it is bound": {
			site: having({ ...bySni, sslState: notReportedBy }),
			desired: [wants(www)],
			reason: "not told",
		},
		"ARM did not report how one too many is bound": {
			site: having({ ...bySni, sslState: notReportedBy }),
			desired: [],
			reason: "not told",
		},
		"ARM did not report the certificate, and one is asked for": {
			site: having({ ...bySni, thumbprint: null }),
			desired: [wants(www, "SniEnabled", old.thumbprint)],
			reason: "ARM did not report which certificate www.contoso.com is bound to",
		},
	},
});
