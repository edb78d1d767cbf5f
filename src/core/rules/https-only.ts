import { drifted, inSync, type Rule, unknown } from "../evaluation/rule.ts";

/** Plain http must be redirected, since no client certificate can arrive over it. */
export const httpsOnly: Rule<"httpsOnly"> = {
	id: "https-only",
	setting: "httpsOnly",
	description: "the site's value is another",
	severityNote: "critical where `Required` is desired, else high",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings#enforce-https",
	check(site, desired, { desired: { clientCertMode } }) {
		if (!site.httpsOnly.reported) return [unknown(site.httpsOnly.reason)];
		const observed = site.httpsOnly.value;
		if (observed === desired) return [inSync()];
		const certificateRequired = clientCertMode.state === "desired" && clientCertMode.value === "Required";
		return [
			drifted({
				severity: certificateRequired ? "critical" : "high",
				desired: String(desired),
				observed: String(observed),
				explanation: explainHttpsOnly(desired, certificateRequired),
				remedy: [{ change: "site-properties", properties: { httpsOnly: desired } }],
			}),
		];
	},
};

function explainHttpsOnly(desired: boolean, certificateRequired: boolean): string {
	if (!desired) return "Plain http is redirected to https, although the policy wants http to be answered.";
	return certificateRequired
		? "The site answers plain http, where no client certificate can be asked for: callers get in without one."
		: "The site answers plain http: what callers send and receive there is neither encrypted nor tied to a certificate.";
}
