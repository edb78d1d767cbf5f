import { enforcedClientCert } from "../../../src/core/rules/enforced-client-cert.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { notReported, reported, site } from "../../support/builders/site.ts";
import { response } from "../../support/front-end/probe-model.ts";

const target = "app.azurewebsites.net";
const desired = "closed without a certificate";
const excluding = { clientCertExclusionPaths: reported(["/health"]) };
const http2 = { http20Enabled: reported(true) };
const wanted = { clientCertExclusionPaths: ["/health"] };
const allFour = "HTTP/1.1 with TLS 1.2, HTTP/1.1 with TLS 1.3, HTTP/2 with TLS 1.2, HTTP/2 with TLS 1.3";

testRule(enforcedClientCert, {
	inSync: {
		"403 by each protocol, and past the front end with a certificate": { site: site(http2), desired: "Required" },
		"the handshake fails without one": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ withCertificate }) => (withCertificate ? undefined : { came: "alert", reason: "handshake_failure" }),
			},
		},
		"the connection is cut off each time without one, and not with one": {
			site: site(),
			desired: "Required",
			probe: { answer: ({ withCertificate }) => (withCertificate ? response(404) : { came: "cut-off" }) },
		},
		"the app turns the certificate away by a page of its own": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ withCertificate }) =>
					withCertificate ? response(403, { page: "the app knows you, and lets you in nowhere" }) : undefined,
			},
		},
		"the app turns it away where callers without one do not get through the handshake": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ withCertificate }) => (withCertificate ? response(403) : { came: "alert", reason: "required" }),
			},
		},
		"a front end that has another page for each protocol": {
			site: site({ ...http2 }),
			desired: "Required",
			probe: {
				answer: ({ withCertificate, protocol: { http } }) =>
					withCertificate ? undefined : response(403, { page: `of HTTP/${http}` }),
			},
		},
		"closed, although the setting is wrong": {
			site: site({ clientCertMode: reported("Ignore") }),
			desired: "Required",
			probe: { answer: ({ withCertificate }) => (withCertificate ? undefined : response(403)) },
		},
		"what is excluded is open": {
			site: site(excluding),
			desired: "Required",
			others: wanted,
			probe: { withoutRenegotiation: "asked all the same" },
		},
	},
	drifted: {
		"open, as configured": {
			site: site({ clientCertMode: reported("Ignore") }),
			desired: "Required",
			expect: {
				severity: "critical",
				desired,
				observed: "open",
				target,
				says: /^Callers without a client certificate get past the front end\. GET https:\/\/app\.azurewebsites\.net\/ without a client certificate got 200 \(HTTP\/1\.1 with TLS 1\.2, HTTP\/1\.1 with TLS 1\.3\)\. GET https:\/\/app\.azurewebsites\.net\/not-mtls-drift-verify without/,
			},
		},
		"open, since everything is excluded": {
			site: site({ clientCertExclusionPaths: reported(["/"]) }),
			desired: "Required",
			others: { clientCertExclusionPaths: [] },
			expect: { severity: "critical", desired, observed: "open", target, says: /got 200/ },
		},
		"open, although the setting is right": {
			site: site(),
			desired: "Required",
			probe: { answer: () => response(401) },
			expect: {
				severity: "critical",
				desired,
				observed: "open",
				target,
				says: /without a client certificate got 401/,
				stays: /^No command for app\.azurewebsites\.net/,
			},
		},
		"open by HTTP/2 alone, since exclusion paths need renegotiation": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			others: wanted,
			probe: {
				withoutRenegotiation: "asked all the same",
				answer: ({ protocol: { http } }) => (http === "2" ? response(200) : undefined),
			},
			expect: {
				severity: "critical",
				desired,
				observed: "open by HTTP/2 with TLS 1.2, HTTP/2 with TLS 1.3",
				target,
				says: /got 403 \(HTTP\/1\.1 with TLS 1\.2, HTTP\/1\.1 with TLS 1\.3\), 200 \(HTTP\/2 with TLS 1\.2, HTTP\/2 with TLS 1\.3\)/,
			},
		},
		"open by TLS 1.3, which no setting turns off": {
			site: site(excluding),
			desired: "Required",
			others: wanted,
			probe: { withoutRenegotiation: "open" },
			expect: {
				severity: "critical",
				desired,
				observed: "open by HTTP/1.1 with TLS 1.3",
				target,
				says: /200 \(HTTP\/1\.1 with TLS 1\.3\)/,
				stays: /no setting of App Service turns TLS 1\.3 off/,
			},
		},
		"open by TLS 1.3, which is the minimum": {
			site: site({ ...excluding, minTlsVersion: reported("1.3") }),
			desired: "Required",
			others: wanted,
			probe: { withoutRenegotiation: "open" },
			expect: {
				severity: "critical",
				desired,
				observed: "open",
				target,
				says: /200 \(HTTP\/1\.1 with TLS 1\.3\)/,
				stays: /no setting of App Service turns TLS 1\.3 off/,
			},
		},
		"open by HTTP/2, which a policy wants": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			others: { ...wanted, http20Enabled: true },
			probe: { answer: ({ protocol: { http } }) => (http === "2" ? response(200) : undefined) },
			expect: {
				severity: "critical",
				desired,
				observed: "open by HTTP/2 with TLS 1.2, HTTP/2 with TLS 1.3",
				target,
				says: /200/,
				stays: /^Policy "default" wants HTTP\/2 on/,
			},
		},
		"closed to those with a certificate, by the protocols that cannot ask for it": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			others: wanted,
			expect: {
				severity: "high",
				desired: "open with a certificate",
				observed: `closed with one by ${allFour.slice("HTTP/1.1 with TLS 1.2, ".length)}`,
				target,
				says: /^Callers with a client certificate do not get past the front end: .* with a client certificate got 200 \(HTTP\/1\.1 with TLS 1\.2\), 403 \(/,
				stays: /no setting of App Service turns TLS 1\.3 off/,
			},
		},
		"closed to all": {
			site: site(),
			desired: "Required",
			probe: { answer: () => response(403) },
			expect: {
				severity: "high",
				desired: "open with a certificate",
				observed: "closed with one by HTTP/1.1 with TLS 1.2, HTTP/1.1 with TLS 1.3",
				target,
				says: /do not get past/,
				stays: /^No command/,
			},
		},
		"open, and what is configured was not told": {
			site: site({ clientCertMode: notReported("ARM did not report clientCertMode") }),
			desired: "Required",
			probe: { answer: () => response(200) },
			expect: {
				severity: "critical",
				desired,
				observed: "open",
				target,
				says: /got 200/,
				stays: /^Whether clientCertMode is as desired could not be read \(ARM did not report clientCertMode\)/,
			},
		},
		"open, although one protocol did not tell": {
			site: site({ clientCertMode: reported("Ignore") }),
			desired: "Required",
			probe: {
				answer: ({ protocol: { tls } }, { clientCertMode }) =>
					tls === "1.3" && clientCertMode.reported && clientCertMode.value === "Ignore"
						? { came: "nothing", reason: "no answer" }
						: undefined,
			},
			expect: {
				severity: "critical",
				desired,
				observed: "open",
				target,
				says: /no answer \(HTTP\/1\.1 with TLS 1\.3\)/,
			},
		},
	},
	unknown: {
		"nobody asked": { site: site(), desired: "Required", probe: "nobody asked", reason: "nobody asked" },
		"given up in between": {
			site: site(),
			desired: "Required",
			probe: { stopReason: () => "no answer within 5 s" },
			reason: "app.azurewebsites.net: no answer within 5 s",
		},
		"one protocol did not tell": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ protocol: { tls } }) => (tls === "1.3" ? { came: "nothing", reason: "it was cut off" } : undefined),
			},
			reason: "app.azurewebsites.net: it was cut off",
		},
		"the connection is cut off, and so it is with a certificate": {
			site: site(),
			desired: "Required",
			probe: { answer: () => ({ came: "cut-off" }) },
			reason: "app.azurewebsites.net: the connection was cut off",
		},
		"the connection is cut off, and those with a certificate get 403": {
			site: site(),
			desired: "Required",
			probe: { answer: ({ withCertificate }) => (withCertificate ? response(403) : { came: "cut-off" }) },
			reason: "app.azurewebsites.net: the connection was cut off",
		},
		"the root told nothing, and those with a certificate get 403": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ withCertificate }) =>
					withCertificate ? response(403) : response(503, { blocker: "it answered 503" }),
			},
			reason: "app.azurewebsites.net: it answered 503",
		},
		"the connection is cut off once": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ path, withCertificate }) => (path === "/" && !withCertificate ? { came: "cut-off" } : undefined),
			},
			reason: "app.azurewebsites.net: the connection was cut off",
		},
		"access restrictions answer instead": {
			site: site(),
			desired: "Required",
			probe: { answer: () => response(403, { blocker: "it answered 403 because of its access restrictions" }) },
			reason: "app.azurewebsites.net: it answered 403 because of its access restrictions",
		},
		"another page of 403 than the front end's": {
			site: site(),
			desired: "Required",
			probe: {
				answer: ({ path, withCertificate }) =>
					path === "/" || withCertificate ? undefined : response(403, { page: "the app's" }),
			},
			reason:
				"app.azurewebsites.net: /not-mtls-drift-verify got 403, but another page than / does: whether it came from the front end or from the app cannot be told",
		},
		"nobody listens": {
			site: site(),
			desired: "Required",
			probe: { answer: () => ({ came: "refusal" }) },
			reason: "app.azurewebsites.net: nobody listens at port 443",
		},
	},
	notApplicable: {
		"no certificate is required": {
			site: site(),
			desired: "Optional",
			reason: "the policy requires no client certificate",
		},
		"the policy excludes everything": {
			site: site(),
			desired: "Required",
			others: { clientCertExclusionPaths: ["/"] },
			reason: "the policies exclude every path",
		},
	},
});
