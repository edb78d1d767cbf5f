import { enforcedExclusions } from "../../../src/core/rules/enforced-exclusions.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";
import { response } from "../../support/front-end/probe-model.ts";

const target = "app.azurewebsites.net";
const excluding = (...paths: string[]) => site({ clientCertExclusionPaths: reported(paths) });
const others = { clientCertMode: "Required" } as const;

testRule(enforcedExclusions, {
	inSync: {
		"open, and closed beside it": {
			site: excluding("/health", "/webhooks/github"),
			desired: ["/health", "/webhooks/github"],
			others,
		},
		"open to an app that turns everybody away by a page of its own": {
			site: excluding("/health"),
			desired: ["/health"],
			others,
			probe: { answer: ({ path }) => (path === "/health" ? response(403, { page: "the app's" }) : undefined) },
		},
		"open, although the setting is wrong": {
			site: excluding(),
			desired: ["/health"],
			others,
			probe: { answer: ({ path }) => (path === "/health" ? response(200) : undefined) },
		},
		"open, where no certificate is required of anybody": {
			site: site({ clientCertMode: reported("Optional") }),
			desired: ["/health"],
			others: { clientCertMode: "Optional" },
		},
		"more than is desired is configured, within what is": {
			site: excluding("/health", "/health/live"),
			desired: ["/health"],
			others,
		},
	},
	drifted: {
		"closed, as configured": {
			site: excluding(),
			desired: ["/health"],
			others,
			expect: {
				severity: "medium",
				desired: "/health",
				observed: "/health closed",
				target,
				says: /^Callers of an excluded path need a certificate .* GET https:\/\/app\.azurewebsites\.net\/health without a client certificate got 403/,
			},
		},
		"open, as configured, and not desired": {
			site: excluding("/api", "/health"),
			desired: ["/health"],
			others,
			expect: {
				severity: "high",
				desired: "/health",
				observed: "/api open",
				target,
				says: /^Callers without a client certificate reach what is not excluded\. GET https:\/\/app\.azurewebsites\.net\/api /,
			},
		},
		"open, as configured, and none desired": {
			site: excluding("/api"),
			desired: [],
			others,
			expect: { severity: "high", desired: "none", observed: "/api open", target, says: /reach what is not excluded/ },
		},
		"a near miss is open, although the settings are right": {
			site: excluding("/webhooks/github"),
			desired: ["/webhooks/github"],
			others,
			probe: { answer: ({ path }) => (path.endsWith("/github") ? response(200) : undefined) },
			expect: {
				severity: "high",
				desired: "/webhooks/github",
				observed: "/not-webhooks/github open",
				target,
				says: /not-webhooks\/github without a client certificate got 200/,
				stays: /^No command/,
			},
		},
		"closed by HTTP/2 alone": {
			site: site({ clientCertExclusionPaths: reported(["/health"]), http20Enabled: reported(true) }),
			desired: ["/health"],
			others,
			probe: { answer: ({ protocol: { http } }) => (http === "2" ? response(403) : undefined) },
			expect: { severity: "medium", desired: "/health", observed: "/health closed", target, says: /403 \(HTTP\/2/ },
		},
		"open beside it, while an app to which anybody gets answers with 403": {
			site: site({ clientCertMode: reported("Ignore"), clientCertExclusionPaths: reported(["/admin"]) }),
			desired: ["/admin"],
			others,
			probe: { answer: ({ path }) => (path === "/admin" ? response(403) : undefined) },
			expect: {
				severity: "high",
				desired: "/admin",
				observed: "/not-admin open",
				target,
				says: /reach what is not excluded/,
				stays: /^No command/,
			},
		},
		"closed by the handshake": {
			site: excluding("/health"),
			desired: ["/health"],
			others,
			probe: { answer: () => ({ came: "alert", reason: "certificate_required" }) },
			expect: {
				severity: "medium",
				desired: "/health",
				observed: "/health closed",
				target,
				says: /got a failed handshake/,
				stays: /^No command/,
			},
		},
	},
	unknown: {
		"nobody asked": {
			site: excluding("/health"),
			desired: ["/health"],
			others,
			probe: "nobody asked",
			reason: "nobody asked",
		},
		"given up": {
			site: excluding("/health"),
			desired: ["/health"],
			others,
			probe: { stopReason: () => "no answer within 5 s" },
			reason: "app.azurewebsites.net: no answer within 5 s",
		},
		"a near miss that the app itself may have answered": {
			site: excluding("/health"),
			desired: ["/health"],
			others,
			probe: { answer: ({ path }) => (path === "/not-health" ? response(403, { page: "the app's" }) : undefined) },
			reason:
				"app.azurewebsites.net: /not-health got 403, but another page than / does: whether it came from the front end or from the app cannot be told",
		},
		"answered with 403, where the root is not asked since no certificate is required": {
			site: site({ clientCertMode: reported("Optional") }),
			desired: ["/admin"],
			others: { clientCertMode: "Optional" },
			probe: { answer: () => response(403) },
			reason:
				"app.azurewebsites.net: /admin got 403, and whether it came from the front end or from the app cannot be told",
		},
		"too many configured, none of which is desired": {
			site: excluding(...many()),
			desired: [],
			others,
			probe: { answer: () => response(403) },
			reason: "app.azurewebsites.net: 10 exclusion paths are too many to be asked for, beside the others",
		},
		"too many to ask for all": {
			site: excluding(...many()),
			desired: many(),
			others,
			reason: "app.azurewebsites.net: 10 exclusion paths are too many to be asked for, beside the others",
		},
	},
	notApplicable: {
		"none is desired, and none is there": {
			site: excluding(),
			desired: [],
			others,
			reason: "no exclusion path is desired, and none is configured",
		},
		"none is desired, and ARM does not tell": {
			site: site({ clientCertExclusionPaths: notReported("not told") }),
			desired: [],
			others,
			reason: "no exclusion path is desired, and none is configured",
		},
		"everything is excluded": {
			site: excluding("/"),
			desired: [],
			others,
			reason: "no exclusion path is desired, and none of those configured is to be closed",
		},
	},
});

function many(): string[] {
	return Array.from({ length: 60 }, (_, index) => `/path-${String(index).padStart(2, "0")}`);
}
