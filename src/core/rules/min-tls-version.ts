import { drifted, inSync, type Rule, unknown } from "../evaluation/rule.ts";
import type { TlsVersion } from "../model/site.ts";

/** Older versions of TLS than the desired one must be refused. */
export const minTlsVersion: Rule<"minTlsVersion"> = {
	id: "min-tls-version",
	setting: "minTlsVersion",
	description: "an older version of TLS is accepted",
	severityNote: "high: 1.0 or 1.1; else medium",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings#enforce-tls-versions",
	needs: (site) => (site.minTlsVersion.reported ? [] : ["config"]),
	check(site, desired) {
		if (!site.minTlsVersion.reported) return [unknown(site.minTlsVersion.reason)];
		const observed = site.minTlsVersion.value;
		// The versions are texts of one form: their order is the alphabet's.
		if (observed >= desired) return [inSync()];
		return [
			drifted({
				severity: isDeprecated(observed) ? "high" : "medium",
				desired,
				observed,
				explanation: isDeprecated(observed)
					? `Callers may use TLS ${observed}, which has known weaknesses and is deprecated (RFC 8996).`
					: `Callers may use TLS ${observed}, although the policy wants ${desired} at least.`,
				remedy: [{ change: "site-config", properties: { minTlsVersion: desired } }],
			}),
		];
	},
};

function isDeprecated(version: TlsVersion): boolean {
	return version === "1.0" || version === "1.1";
}
