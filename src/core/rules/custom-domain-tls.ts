import {
	drifted,
	inSync,
	notApplicable,
	type Rule,
	type RuleContext,
	unknown,
	type Verdict,
} from "../evaluation/rule.ts";
import type { DesiredSslState } from "../model/policy.ts";
import type { CustomHostName } from "../model/site.ts";
import { conflictingBindingRemedy } from "./helpers/binding-conflict.ts";

/** Every custom host name must be bound to a certificate: without a binding there is no TLS handshake on it, let alone a mutual one. */
export const customDomainTls: Rule<"customDomainTls"> = {
	id: "custom-domain-tls",
	setting: "customDomainTls",
	perHostName: true,
	description: "a custom host name is not bound so; Azure's own host names do not count",
	severityNote: "high: not bound at all; else medium",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings",
	check(site, desired, context) {
		if (!site.customHostNames.reported) return [unknown(site.customHostNames.reason)];
		const hostNames = site.customHostNames.value;
		if (hostNames.length === 0) return [notApplicable("the site has no custom host name")];
		return hostNames.map((hostName) => checkBinding(hostName, desired, context));
	},
};

function checkBinding(hostName: CustomHostName, desired: DesiredSslState, context: RuleContext): Verdict {
	if (!hostName.sslState.reported) return unknown(hostName.sslState.reason, hostName.name);
	const observed = hostName.sslState.value;
	const asDesired = desired === "Bound" ? observed !== "Disabled" : observed === desired;
	if (asDesired) return inSync(hostName.name);
	return drifted(
		{
			severity: observed === "Disabled" ? "high" : "medium",
			desired,
			observed,
			explanation:
				observed === "Disabled"
					? "The host name has no TLS binding: callers of https get a certificate error, and no client certificate can be asked for."
					: `The host name is bound as ${observed}, which is another kind of binding than the policy wants.`,
			remedy: conflictingBindingRemedy(hostName.name, context.desired) ?? [
				{ change: "binding", hostName: hostName.name, sslState: desired, certificate: "keep" },
			],
		},
		hostName.name,
	);
}
