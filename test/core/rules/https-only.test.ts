import { httpsOnly } from "../../../src/core/rules/https-only.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";

testRule(httpsOnly, {
	inSync: {
		"true wanted and reported": { site: site(), desired: true },
		"false wanted and reported": { site: site({ httpsOnly: reported(false) }), desired: false },
	},
	drifted: {
		"plain http is answered": {
			site: site({ httpsOnly: reported(false) }),
			desired: true,
			expect: { severity: "high", desired: "true", observed: "false", says: /answers plain http/ },
		},
		"plain http is answered where a certificate is required": {
			site: site({ httpsOnly: reported(false) }),
			desired: true,
			others: { clientCertMode: "Required" },
			expect: { severity: "critical", desired: "true", observed: "false", says: /callers get in without one/ },
		},
		"plain http is answered where a certificate is optional": {
			site: site({ httpsOnly: reported(false) }),
			desired: true,
			others: { clientCertMode: "Optional" },
			expect: { severity: "high", desired: "true", observed: "false", says: /answers plain http/ },
		},
		"http is redirected against the policy": {
			site: site(),
			desired: false,
			expect: { severity: "high", desired: "false", observed: "true", says: /redirected/ },
		},
	},
	unknown: {
		"ARM did not report it": {
			site: site({ httpsOnly: notReported("ARM did not report httpsOnly") }),
			desired: true,
			reason: "ARM did not report httpsOnly",
		},
	},
});
