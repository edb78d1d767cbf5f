import { http20 } from "../../../src/core/rules/http20.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";

testRule(http20, {
	inSync: {
		"on and wanted so": { site: site({ http20Enabled: reported(true) }), desired: true },
		"off and wanted so": { site: site(), desired: false },
	},
	drifted: {
		"on where it should be off": {
			site: site({ http20Enabled: reported(true) }),
			desired: false,
			expect: { severity: "low", desired: "false", observed: "true", says: /may use HTTP\/2, although/ },
		},
		"off where it should be on": {
			site: site(),
			desired: true,
			expect: { severity: "low", desired: "true", observed: "false", says: /no more than HTTP\/1\.1/ },
		},
	},
	unknown: {
		"ARM did not tell": { site: site({ http20Enabled: notReported("not told") }), desired: true, reason: "not told" },
	},
});
