import { drifted, inSync, notApplicable, type Rule, unknown } from "../rule.ts";
import type { Site } from "../site.ts";

/**
 * Client certificates that are asked for only after a request has arrived need TLS renegotiation, which HTTP/2 and TLS 1.3
 * do not have. `Required` and `Optional` without exclusion paths ask during the handshake and need none.
 */
export const tlsRenegotiation: Rule<"clientCertMode"> = {
	id: "tls-renegotiation",
	setting: "clientCertMode",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#client-certificate-and-tls-renegotiation",
	needsConfig: (site, desired) =>
		desired !== "Ignore" &&
		whatNeedsIt(site).needs.length > 0 &&
		!(site.minTlsVersion.reported && site.http20Enabled.reported),
	check(site, desired, others) {
		if (desired === "Ignore") return [notApplicable("the policy wants no client certificates")];
		const { needs, reason } = whatNeedsIt(site);
		if (needs.length === 0) return [reason === undefined ? inSync() : unknown(reason)];
		const { http20Enabled, minTlsVersion } = site;
		const http20 = http20Enabled.reported && http20Enabled.value;
		const tls13 = minTlsVersion.reported && minTlsVersion.value === "1.3";
		if (!(http20 || tls13)) {
			if (!http20Enabled.reported) return [unknown(http20Enabled.reason)];
			return [minTlsVersion.reported ? inSync() : unknown(minTlsVersion.reason)];
		}
		const need = needs.join(" and ");
		const obstacle = [...(http20 ? ["HTTP/2"] : []), ...(tls13 ? ["TLS 1.3 as the minimum"] : [])].join(" and ");
		// Where a policy asks for TLS 1.3, lowering it would only make another drift.
		const mayLower = !(others.minTlsVersion.state === "desired" && others.minTlsVersion.value === "1.3");
		return [
			drifted({
				severity: "high",
				desired: "not needed",
				observed: `needed for ${need}, ruled out by ${obstacle}`,
				explanation: `Because of ${need}, client certificates are asked for by TLS renegotiation, which ${obstacle} rules out: callers who POST or PUT more than 100 KB get 403.`,
				remedy: [
					...(http20 ? [{ change: "site-config", properties: { http20Enabled: false } } as const] : []),
					...(tls13 && mayLower ? [{ change: "site-config", properties: { minTlsVersion: "1.2" } } as const] : []),
				],
			}),
		];
	},
};

/** The settings of the site that need renegotiation; none with a reason when that cannot be told. */
function whatNeedsIt(site: Site): { readonly needs: readonly string[]; readonly reason?: string } {
	const { clientCertMode, clientCertExclusionPaths } = site;
	if (!clientCertMode.reported) return { needs: [], reason: clientCertMode.reason };
	if (clientCertMode.value === "Ignore") return { needs: [] };
	const interactive = clientCertMode.value === "OptionalInteractiveUser" ? ["OptionalInteractiveUser"] : [];
	if (!clientCertExclusionPaths.reported) {
		return interactive.length > 0 ? { needs: interactive } : { needs: [], reason: clientCertExclusionPaths.reason };
	}
	const excluded = clientCertExclusionPaths.value.length > 0 ? ["exclusion paths"] : [];
	return { needs: [...interactive, ...excluded] };
}
