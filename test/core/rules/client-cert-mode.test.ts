import { clientCertMode } from "../../../src/core/rules/client-cert-mode.ts";
import { testRule } from "../../support/rule-tester.ts";
import { notReported, reported, site } from "../../support/site.ts";

const ignores = site({ clientCertMode: reported("Ignore") });
const optional = site({ clientCertMode: reported("Optional") });
const interactive = site({ clientCertMode: reported("OptionalInteractiveUser") });

testRule(clientCertMode, {
	inSync: {
		"Required and required": { site: site(), desired: "Required" },
		"OptionalInteractiveUser and so": { site: interactive, desired: "OptionalInteractiveUser" },
		"Ignore, and client certificates are off": { site: ignores, desired: "Ignore" },
	},
	drifted: {
		"off where required": {
			site: ignores,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "Ignore", says: /clientCertEnabled is false/ },
		},
		"optional where required": {
			site: optional,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "Optional", says: /go on without one/ },
		},
		"interactive where required": {
			site: interactive,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "OptionalInteractiveUser", says: /not asked/ },
		},
		"off where optional": {
			site: ignores,
			desired: "Optional",
			expect: { severity: "high", desired: "Optional", observed: "Ignore", says: /clientCertEnabled is false/ },
		},
		"required where optional": {
			site: site(),
			desired: "Optional",
			expect: { severity: "medium", desired: "Optional", observed: "Required", says: /turned away with 403/ },
		},
		"required where none is wanted": {
			site: site(),
			desired: "Ignore",
			expect: { severity: "medium", desired: "Ignore", observed: "Required", says: /turned away with 403/ },
		},
	},
	unknown: {
		"ARM did not report it": {
			site: site({ clientCertMode: notReported("ARM did not report clientCertMode") }),
			desired: "Required",
			reason: "ARM did not report clientCertMode",
		},
	},
});
