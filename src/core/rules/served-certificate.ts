import { drifted, inSync, notApplicable, type Rule, type RuleContext, type Verdict } from "../evaluation/rule.ts";
import type { Change } from "../model/change.ts";
import { isTrafficManagerName } from "../model/host-name.ts";
import type { CustomHostName, Site } from "../model/site.ts";
import type { HostReading, ServedCertificate } from "../probe/reading.ts";
import { conflictingBindingRemedy } from "./helpers/binding-conflict.ts";
import { checkManually, inconclusive, judgeHosts } from "./helpers/probed-hosts.ts";

/** Each host name must serve the certificate that it is bound to, one that callers can trust. */
export const servedCertificate: Rule<"verify"> = {
	id: "served-certificate",
	setting: "verify",
	perHostName: true,
	verifies: ["custom-domain-tls", "domain-bindings", "certificate-expiry"],
	description:
		"the certificate that a host name serves is not made out to it, is not valid at this time, does not chain to a public root (or a given one), or is not the one that is bound",
	severityNote: "critical: expired; else high",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings",
	needs: (_, desired) => (desired ? ["probe"] : []),
	check(site, desired, context) {
		if (!desired) return [notApplicable("the policy wants nothing asked at the door")];
		return judgeHosts(context, (host) => {
			// App Service has no certificate for these: nobody calls them by https.
			if (isTrafficManagerName(host.hostName.toLowerCase())) return [];
			return judgeServedCertificate(host, site, context);
		});
	},
};

function judgeServedCertificate(host: HostReading, site: Site, context: RuleContext): Verdict {
	const { hostName, served, stopReason } = host;
	if (served === null)
		return inconclusive(host, stopReason ?? "no TLS handshake came to its end with a certificate that can be read");
	const binding = site.customHostNames.reported
		? site.customHostNames.value.find(({ name }) => name.toLowerCase() === hostName.toLowerCase())
		: undefined;
	const bound = binding?.sslState.reported && binding.sslState.value !== "Disabled" ? binding.thumbprint : null;
	const isExpired = served.expiresAt <= context.now;
	const faults = findFaults(host, served, bound, context.now);
	if (faults.length === 0 && binding !== undefined && bound === null) {
		if (!binding.sslState.reported) return inconclusive(host, binding.sslState.reason);
		if (binding.sslState.value !== "Disabled")
			return inconclusive(host, "ARM did not report which certificate it is bound to");
	}
	if (faults.length === 0) return inSync(hostName);
	return drifted(
		{
			severity: isExpired ? "critical" : "high",
			desired: bound === null ? "a valid certificate" : `a valid certificate, ${bound}`,
			observed: faults.map(({ observed }) => observed).join(", "),
			explanation: [
				`A TLS handshake with ${hostName} got the certificate ${served.thumbprint}.`,
				...faults.map(({ says }) => says),
			].join(" "),
			remedy: chooseBindingRemedy(host, served, binding, bound, context),
		},
		hostName,
	);
}

function findFaults(
	{ hostName }: HostReading,
	{ namesHost, validFrom, expiresAt, distrust, thumbprint }: ServedCertificate,
	bound: string | null,
	now: Date,
): { readonly observed: string; readonly says: string }[] {
	const inDate = validFrom <= now && now < expiresAt;
	return [
		...(expiresAt <= now
			? [
					{
						observed: "expired",
						says: `It expired on ${expiresAt.toISOString().slice(0, 10)}: callers are warned, or turned away.`,
					},
				]
			: []),
		...(validFrom > now
			? [{ observed: "not valid yet", says: `It is valid from ${validFrom.toISOString().slice(0, 10)} on.` }]
			: []),
		...(namesHost ? [] : [{ observed: "made out to another name", says: `It is not made out to ${hostName}.` }]),
		// One that is out of date is not trusted for that alone.
		...(distrust !== null && inDate
			? [{ observed: "not trusted", says: `It does not chain to a root that is trusted here: ${distrust}.` }]
			: []),
		...(bound !== null && bound !== thumbprint
			? [{ observed: "not the bound one", says: `By Azure Resource Manager the host name is bound to ${bound}.` }]
			: []),
	];
}

function chooseBindingRemedy(
	{ hostName }: HostReading,
	{ thumbprint, expiresAt }: ServedCertificate,
	binding: CustomHostName | undefined,
	bound: string | null,
	{ desired, now }: RuleContext,
): readonly Change[] {
	const bind = (certificate: "keep" | "newer"): readonly Change[] =>
		conflictingBindingRemedy(hostName, desired) ?? [{ change: "binding", hostName, sslState: "Bound", certificate }];
	if (binding?.sslState.reported && binding.sslState.value === "Disabled") return bind("keep");
	if (bound === thumbprint && expiresAt <= now) return bind("newer");
	return [checkManually(hostName)];
}
