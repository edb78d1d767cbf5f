import { drifted, inSync, type Rule, unknown } from "../evaluation/rule.ts";

/** HTTP/2 must be on or off as the policy wants. */
export const http20: Rule<"http20Enabled"> = {
	id: "http20",
	setting: "http20Enabled",
	description: "HTTP/2 is on where it should be off, or off where it should be on",
	severityNote: "low",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-common#configure-general-settings",
	needs: (site) => (site.http20Enabled.reported ? [] : ["config"]),
	check(site, desired) {
		if (!site.http20Enabled.reported) return [unknown(site.http20Enabled.reason)];
		const observed = site.http20Enabled.value;
		if (observed === desired) return [inSync()];
		return [
			drifted({
				severity: "low",
				desired: String(desired),
				observed: String(observed),
				explanation: observed
					? "Callers may use HTTP/2, although the policy wants it off: over it, no client certificate can be asked for once a request has begun."
					: "Callers get no more than HTTP/1.1, although the policy wants HTTP/2.",
				remedy: [{ change: "site-config", properties: { http20Enabled: desired } }],
			}),
		];
	},
};
