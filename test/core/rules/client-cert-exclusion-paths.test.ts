import { clientCertExclusionPaths } from "../../../src/core/rules/client-cert-exclusion-paths.ts";
import { testRule } from "../../support/rule-tester.ts";
import { notReported, reported, site } from "../../support/site.ts";

const excluding = (...paths: string[]) => site({ clientCertExclusionPaths: reported(paths) });

testRule(clientCertExclusionPaths, {
	inSync: {
		"none wanted, none there": { site: site(), desired: [] },
		"the same set": { site: excluding("/health", "/webhooks"), desired: ["/health", "/webhooks"] },
	},
	drifted: {
		"everything is excluded": {
			site: excluding("/", "/health"),
			desired: ["/health"],
			expect: { severity: "critical", desired: "/health", observed: "/;/health", says: /covers every path/ },
		},
		"a path was added": {
			site: excluding("/api", "/health"),
			desired: ["/health"],
			expect: { severity: "high", desired: "/health", observed: "/api;/health", says: /starts with \/api/ },
		},
		"a path was added where none is wanted": {
			site: excluding("/health"),
			desired: [],
			expect: { severity: "high", desired: "none", observed: "/health", says: /starts with \/health/ },
		},
		"a path is missing": {
			site: site(),
			desired: ["/health"],
			expect: { severity: "medium", desired: "/health", observed: "none", says: /Callers of \/health need/ },
		},
		"one path was replaced by another": {
			site: excluding("/status"),
			desired: ["/health"],
			expect: { severity: "high", desired: "/health", observed: "/status", says: /\/status\. Callers of \/health/ },
		},
	},
	unknown: {
		"ARM did not report them": {
			site: site({ clientCertExclusionPaths: notReported("ARM did not report clientCertExclusionPaths") }),
			desired: [],
			reason: "ARM did not report clientCertExclusionPaths",
		},
	},
});
