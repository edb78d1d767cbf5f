import { servedCertificate } from "../../../src/core/rules/served-certificate.ts";
import { thumbprintOf } from "../../support/arm/arm-objects.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { certificate, held, hostName, reported, site } from "../../support/builders/site.ts";

const custom = "api.contoso.com";
const old = thumbprintOf("old");
const renewed = thumbprintOf("renewed");
const bound = (thumbprint: string | null, state: "SniEnabled" | "Disabled" = "SniEnabled") =>
	site({ hostNames: reported([custom]), customHostNames: reported([hostName(custom, state, thumbprint)]) });
const past = { expiresAt: new Date("2026-11-01T00:00:00Z") };
const valid = "a valid certificate";

testRule(servedCertificate, {
	inSync: {
		"Azure's own": { site: site(), desired: true },
		"the bound one": { site: bound(old), desired: true },
		"Traffic Manager's name, for which App Service has no certificate": {
			site: site({ hostNames: reported(["app.azurewebsites.net", "shop.TrafficManager.net"]) }),
			desired: true,
			probe: { served: (name) => ({ namesHost: name === "app.azurewebsites.net" }) },
		},
	},
	drifted: {
		"the bound one has expired, and a newer one is there": {
			site: bound(old),
			desired: true,
			certificates: held(
				certificate("old", { thumbprint: old, ...past }),
				certificate("renewed", { thumbprint: renewed }),
			),
			probe: {
				served: (_, { customHostNames: names }) => (names.reported && names.value[0]?.thumbprint === old ? past : {}),
			},
			expect: {
				severity: "critical",
				desired: `${valid}, ${old}`,
				observed: "expired",
				target: custom,
				says: /^A TLS handshake with api\.contoso\.com got the certificate [\dA-F]{40}\. It expired on 2026-11-01/,
			},
		},
		"there is no binding": {
			site: bound(null, "Disabled"),
			desired: true,
			certificates: held(certificate("old", { thumbprint: old })),
			probe: {
				served: (_, { customHostNames: names }) => ({
					namesHost: names.reported && names.value[0]?.thumbprint === old,
				}),
			},
			expect: {
				severity: "high",
				desired: valid,
				observed: "made out to another name",
				target: custom,
				says: /It is not made out to api\.contoso\.com/,
			},
		},
		"not the one that is bound": {
			site: bound(old),
			desired: true,
			probe: { served: () => ({ thumbprint: renewed }) },
			expect: {
				severity: "high",
				desired: `${valid}, ${old}`,
				observed: "not the bound one",
				target: custom,
				says: new RegExp(`By Azure Resource Manager the host name is bound to ${old}`),
				stays: /^No command for api\.contoso\.com: .* Front Door/,
			},
		},
		"not trusted": {
			site: bound(old),
			desired: true,
			probe: { served: () => ({ distrust: "DEPTH_ZERO_SELF_SIGNED_CERT" }) },
			expect: {
				severity: "high",
				desired: `${valid}, ${old}`,
				observed: "not trusted",
				target: custom,
				says: /does not chain to a root that is trusted here: DEPTH_ZERO_SELF_SIGNED_CERT/,
				stays: /^No command/,
			},
		},
		"everything at once": {
			site: bound(old),
			desired: true,
			probe: { served: () => ({ ...past, thumbprint: renewed, namesHost: false, distrust: "CERT_HAS_EXPIRED" }) },
			expect: {
				severity: "critical",
				desired: `${valid}, ${old}`,
				observed: "expired, made out to another name, not the bound one",
				target: custom,
				says: /It expired/,
				stays: /^No command/,
			},
		},
		"not valid yet": {
			site: site(),
			desired: true,
			probe: { served: () => ({ validFrom: new Date("2026-12-01T00:00:00Z"), distrust: "CERT_NOT_YET_VALID" }) },
			expect: {
				severity: "high",
				desired: valid,
				observed: "not valid yet",
				target: "app.azurewebsites.net",
				says: /valid from 2026-12-01 on/,
				stays: /^No command/,
			},
		},
		"expires at this very moment": {
			site: site(),
			desired: true,
			probe: { served: () => ({ expiresAt: new Date("2026-11-23T18:00:00Z") }) },
			expect: {
				severity: "critical",
				desired: valid,
				observed: "expired",
				target: "app.azurewebsites.net",
				says: /expired on 2026-11-23/,
				stays: /^No command/,
			},
		},
	},
	unknown: {
		"ARM does not tell which is bound": {
			site: bound(null),
			desired: true,
			reason: "api.contoso.com: ARM did not report which certificate it is bound to",
		},
		"nobody asked": { site: site(), desired: true, probe: "nobody asked", reason: "nobody asked" },
		"no handshake": {
			site: site(),
			desired: true,
			probe: { served: () => null },
			reason: "app.azurewebsites.net: no TLS handshake came to its end with a certificate that can be read",
		},
		"given up": {
			site: site(),
			desired: true,
			probe: { served: () => null, stopReason: () => "there is no such name in DNS" },
			reason: "app.azurewebsites.net: there is no such name in DNS",
		},
	},
	notApplicable: {
		"nothing is to be asked": { site: site(), desired: false, reason: "the policy wants nothing asked at the door" },
	},
});
