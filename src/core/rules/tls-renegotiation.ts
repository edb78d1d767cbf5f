import { drifted, inSync, notApplicable, type Rule, type RuleContext, unknown } from "../evaluation/rule.ts";
import type { Change } from "../model/change.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "../model/renegotiation.ts";
import type { ArmClientCertMode, Site } from "../model/site.ts";
import { makePossible, whatWillNeedRenegotiation } from "./helpers/renegotiation.ts";

/** Client certificates that are asked for only after a request has arrived need TLS renegotiation, which HTTP/2 and TLS 1.3 do not have. */
export const tlsRenegotiation: Rule<"clientCertMode"> = {
	id: "tls-renegotiation",
	setting: "clientCertMode",
	description:
		"client certificates are asked for by TLS renegotiation (`OptionalInteractiveUser`, or any exclusion path), while HTTP/2 is on or TLS 1.3 is the minimum, which do not have it; governed wherever a mode other than `Ignore` is desired",
	severityNote: "high",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#client-certificate-and-tls-renegotiation",
	needs: (site, desired) =>
		desired !== "Ignore" &&
		whatNeedsRenegotiation(site).needs.length > 0 &&
		!(site.minTlsVersion.reported && site.http20Enabled.reported)
			? ["config"]
			: [],
	check(site, clientCertMode, context) {
		if (clientCertMode === "Ignore") return [notApplicable("the policy wants no client certificates")];
		const { needs, reason } = whatNeedsRenegotiation(site);
		if (needs.length === 0) return [reason === undefined ? inSync() : unknown(reason)];
		const { http20Enabled, minTlsVersion } = site;
		const { http20, tls13, named } = whatRulesRenegotiationOut(site);
		if (!(http20 || tls13)) {
			if (!http20Enabled.reported) return [unknown(http20Enabled.reason)];
			return [minTlsVersion.reported ? inSync() : unknown(minTlsVersion.reason)];
		}
		const need = needs.join(" and ");
		const ends = needsNoneOnceFixed(site, context);
		return [
			drifted({
				severity: "high",
				desired: "not needed",
				observed: `needed for ${need}, ruled out by ${named}`,
				explanation: explainRenegotiation(need, http20, tls13, ends),
				remedy: ends
					? fixClientCertSettings(site, clientCertMode, context)
					: makePossible(http20, tls13, context.desired),
			}),
		];
	},
};

/** What breaks, and for whom. */
function explainRenegotiation(need: string, http20: boolean, tls13: boolean, ends: boolean): string {
	const limit = "403 for each POST or PUT of more than 100 KB, a limit that cannot be raised";
	const lacking = http20 && tls13 ? "Neither HTTP/2 nor TLS 1.3 has" : `${tls13 ? "TLS 1.3" : "HTTP/2"} has no`;
	return [
		`Because of ${need}, App Service asks for the client certificate by TLS renegotiation, once the request has begun.`,
		tls13
			? `${lacking} renegotiation, and nothing older than TLS 1.3 is accepted: no caller can be asked for its certificate. Over TLS 1.2 callers could be asked, but would get ${limit}.`
			: `${lacking} renegotiation: callers that speak it, as browsers and most HTTP libraries do, cannot be asked for their certificate. Those that speak HTTP/1.1 can, but get ${limit}.`,
		...(ends ? ["It ends once the client-certificate settings are as desired."] : []),
	].join(" ");
}

/** Whether the desired settings need no renegotiation: then HTTP/2 and TLS 1.3 may stay. */
function needsNoneOnceFixed(site: Site, context: RuleContext): boolean {
	const { needs, reason } = whatWillNeedRenegotiation(site, context);
	return needs.length === 0 && reason === undefined;
}

/** What ends it, whether or not the rules of these settings have a say in the same message. */
function fixClientCertSettings(
	site: Site,
	clientCertMode: ArmClientCertMode,
	{ desired, isAccepted }: RuleContext,
): Change[] {
	const changes: Change[] = isAccepted("client-cert-mode") ? [] : changeMode(site, clientCertMode);
	const paths = desired.clientCertExclusionPaths;
	if (paths.state === "desired" && !isAccepted("client-cert-exclusion-paths")) {
		changes.push({ change: "site-properties", properties: { clientCertExclusionPaths: paths.value.join(";") } });
	}
	return changes;
}

function changeMode({ clientCertMode: observed }: Site, wanted: ArmClientCertMode): Change[] {
	if (observed.reported && observed.value === wanted) return [];
	return [{ change: "site-properties", properties: { clientCertEnabled: true, clientCertMode: wanted } }];
}
