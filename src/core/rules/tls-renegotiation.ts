import type { Change } from "../remediation.ts";
import { type DesiredState, drifted, inSync, notApplicable, type Rule, unknown } from "../rule.ts";
import type { ClientCertMode, Site } from "../site.ts";

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
		const ends = needsNoneOnceMended(site, desired, others);
		return [
			drifted({
				severity: "high",
				desired: "not needed",
				observed: `needed for ${need}, ruled out by ${obstacle}`,
				explanation: `Because of ${need}, client certificates are asked for by TLS renegotiation, which ${obstacle} rules out: callers who POST or PUT more than 100 KB get 403.${ends ? " It ends once the client-certificate settings are as desired." : ""}`,
				remedy: ends ? [] : makePossible(http20, tls13, others),
			}),
		];
	},
};

/** Whether the desired settings need no renegotiation: then HTTP/2 and TLS 1.3 may stay. */
function needsNoneOnceMended(site: Site, clientCertMode: ClientCertMode, { clientCertExclusionPaths }: DesiredState) {
	const paths =
		clientCertExclusionPaths.state === "desired"
			? { reported: true as const, value: clientCertExclusionPaths.value }
			: site.clientCertExclusionPaths;
	const mended = {
		...site,
		clientCertMode: { reported: true, value: clientCertMode },
		clientCertExclusionPaths: paths,
	} as const;
	const { needs, reason } = whatNeedsIt(mended);
	return needs.length === 0 && reason === undefined;
}

function makePossible(http20: boolean, tls13: boolean, { minTlsVersion }: DesiredState): Change[] {
	const changes: Change[] = [];
	if (http20) changes.push({ change: "site-config", properties: { http20Enabled: false } });
	if (tls13 && minTlsVersion.state === "desired" && minTlsVersion.value === "1.3") {
		// To lower it would only make another drift.
		const advice = `Policy "${minTlsVersion.policy}" wants TLS 1.3 as the minimum, with which the desired client-certificate settings cannot work: change one of them.`;
		changes.push({ change: "by-hand", advice });
	} else if (tls13) changes.push({ change: "site-config", properties: { minTlsVersion: "1.2" } });
	return changes;
}

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
