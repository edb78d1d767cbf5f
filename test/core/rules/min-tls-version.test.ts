import { minTlsVersion } from "../../../src/core/rules/min-tls-version.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";

testRule(minTlsVersion, {
	inSync: {
		"the same": { site: site({ minTlsVersion: reported("1.2") }), desired: "1.2" },
		"a newer one": { site: site({ minTlsVersion: reported("1.3") }), desired: "1.2" },
	},
	drifted: {
		"1.0 where 1.2 is desired": {
			site: site({ minTlsVersion: reported("1.0") }),
			desired: "1.2",
			expect: { severity: "high", desired: "1.2", observed: "1.0", says: /TLS 1\.0.*deprecated/ },
		},
		"1.1 where 1.3 is desired": {
			site: site({ minTlsVersion: reported("1.1") }),
			desired: "1.3",
			expect: { severity: "high", desired: "1.3", observed: "1.1", says: /TLS 1\.1.*deprecated/ },
		},
		"1.2 where 1.3 is desired": {
			site: site({ minTlsVersion: reported("1.2") }),
			desired: "1.3",
			expect: { severity: "medium", desired: "1.3", observed: "1.2", says: /TLS 1\.2.*wants 1\.3 at least/ },
		},
	},
	unknown: {
		"ARM did not tell": { site: site({ minTlsVersion: notReported("not told") }), desired: "1.2", reason: "not told" },
	},
});
