import { enforcedHttps } from "../../../src/core/rules/enforced-https.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";
import { response } from "../../support/front-end/probe-model.ts";

const required = { clientCertMode: "Required" } as const;
const target = "app.azurewebsites.net";
const desired = "refused or redirected to https";
const open = site({ httpsOnly: reported(false) });

testRule(enforcedHttps, {
	inSync: {
		"redirected to https": { site: site(), desired: true },
		"redirected to https on another host, which is not followed": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => response(308, { location: "HTTPS://www.contoso.com/" }) },
		},
		"nobody listens": { site: site(), desired: true, probe: { plainHttp: () => ({ came: "refusal" }) } },
		"turned away, whatever is configured": {
			site: open,
			desired: true,
			probe: { plainHttp: () => response(403) },
		},
	},
	drifted: {
		"answered, as configured": {
			site: open,
			desired: true,
			others: required,
			expect: {
				severity: "critical",
				desired,
				observed: "answered",
				target,
				says: /^GET http:\/\/app\.azurewebsites\.net\/ got 200\. Over plain http no client certificate/,
			},
		},
		"answered by an error, where no certificate is wanted": {
			site: open,
			desired: true,
			probe: { plainHttp: (_, { httpsOnly }) => (httpsOnly.reported && httpsOnly.value ? undefined : response(404)) },
			expect: { severity: "high", desired, observed: "answered", target, says: /got 404\. What callers send/ },
		},
		"answered, although the setting is right": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => response(200) },
			expect: {
				severity: "high",
				desired,
				observed: "answered",
				target,
				says: /got 200/,
				stays: /^No command for app\.azurewebsites\.net: by Azure Resource Manager the settings are as desired/,
			},
		},
		"redirected, but to http": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => response(302, { location: "http://app.azurewebsites.net/login" }) },
			expect: {
				severity: "high",
				desired,
				observed: "redirected to http",
				target,
				says: /got 302, and not to https/,
				stays: /^No command/,
			},
		},
		"redirected within the host, which stays http": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => response(302, { location: "/login" }) },
			expect: {
				severity: "high",
				desired,
				observed: "redirected to http",
				target,
				says: /got 302/,
				stays: /^No command/,
			},
		},
		"what is configured is accepted: then it is not mended": {
			site: open,
			desired: true,
			accepted: ["https-only"],
			expect: {
				severity: "high",
				desired,
				observed: "answered",
				target,
				says: /got 200/,
				stays: /^What https-only found is accepted as it is/,
			},
		},
	},
	unknown: {
		"nobody asked": { site: site(), desired: true, probe: "nobody asked", reason: "nobody asked" },
		"no answer": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => ({ came: "nothing", reason: "no answer within 5 s" }) },
			reason: "app.azurewebsites.net: plain http: no answer within 5 s",
		},
		"cut off": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => ({ came: "cut-off" }) },
			reason: "app.azurewebsites.net: plain http: the connection was cut off",
		},
		"a page of something else": {
			site: site(),
			desired: true,
			probe: { plainHttp: () => response(503, { blocker: "it answered 503" }) },
			reason: "app.azurewebsites.net: plain http: it answered 503",
		},
		stopped: {
			site: site({ isStopped: true }),
			desired: true,
			reason: "the site is stopped: App Service answers in its place",
		},
		"ARM did not tell the host names": {
			site: site({ hostNames: notReported("ARM did not report hostNames") }),
			desired: true,
			reason: "ARM did not report hostNames",
		},
	},
	notApplicable: {
		"plain http is wanted": { site: open, desired: false, reason: "the policy wants plain http to be answered" },
	},
});
