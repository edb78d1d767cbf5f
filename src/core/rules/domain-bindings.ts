import { drifted, inSync, type Rule, type RuleContext, unknown, type Verdict } from "../evaluation/rule.ts";
import type { Change } from "../model/change.ts";
import type { DesiredBinding } from "../model/policy.ts";
import type { CustomHostName } from "../model/site.ts";
import { conflictingBindingRemedy } from "./helpers/binding-conflict.ts";

/** A site must answer to just the custom host names that it should, each bound as it should be. */
export const domainBindings: Rule<"domainBindings"> = {
	id: "domain-bindings",
	setting: "domainBindings",
	perHostName: true,
	description:
		"a custom host name of the list is not there, or not bound so, or has another certificate than the one asked for; or one is there that is not in the list",
	severityNote: "high: `absent` or `Disabled` where a binding is desired; else medium",
	learnMore: "https://learn.microsoft.com/azure/app-service/app-service-web-tutorial-custom-domain",
	check(site, desired, context) {
		if (!site.customHostNames.reported) return [unknown(site.customHostNames.reason)];
		const observed = new Map(site.customHostNames.value.map((hostName) => [hostName.name.toLowerCase(), hostName]));
		const wanted = new Set(desired.map(({ hostName }) => hostName));
		const verdicts = [
			...desired.map((binding) => checkWanted(binding, observed.get(binding.hostName), context)),
			...[...observed].filter(([name]) => !wanted.has(name)).map(([, hostName]) => reportUnwanted(hostName)),
		];
		return verdicts.length === 0 ? [inSync()] : verdicts;
	},
};

function checkWanted(wanted: DesiredBinding, hostName: CustomHostName | undefined, context: RuleContext): Verdict {
	const conflicting = conflictingBindingRemedy(wanted.hostName, context.desired);
	const desiredText = describeBinding(wanted.sslState, wanted.thumbprint);
	const certificate = wanted.thumbprint === null ? "keep" : { thumbprint: wanted.thumbprint };
	if (hostName === undefined) {
		const name = wanted.hostName;
		const { customDomainTls } = context.desired;
		// Either kind will do here: what all host names are to have decides.
		const isOpen = wanted.sslState === "Bound" && customDomainTls.state === "desired";
		const sslState = isOpen ? customDomainTls.value : wanted.sslState;
		const remedy: Change[] = [
			{ change: "host-name", hostName: name, action: "add" },
			...(conflicting ?? [{ change: "binding", hostName: name, sslState, certificate } as const]),
		];
		const explanation = "The site does not have this host name: its callers do not reach it.";
		return drifted({ severity: "high", desired: desiredText, observed: "absent", explanation, remedy }, name);
	}
	const { name, sslState, thumbprint } = hostName;
	if (!sslState.reported) return unknown(sslState.reason, name);
	const isBound = sslState.value !== "Disabled";
	const boundSo = wanted.sslState === "Bound" ? isBound : sslState.value === wanted.sslState;
	// What cannot be told does not matter where the binding is another anyway.
	if (boundSo && wanted.thumbprint !== null && thumbprint === null) {
		return unknown(`ARM did not report which certificate ${name} is bound to`, name);
	}
	if (boundSo && (wanted.thumbprint === null || wanted.thumbprint === thumbprint)) return inSync(name);
	return drifted(
		{
			severity: isBound ? "medium" : "high",
			desired: desiredText,
			observed: describeBinding(sslState.value, isBound && wanted.thumbprint !== null ? thumbprint : null),
			explanation: explainBinding(isBound, boundSo),
			remedy: conflicting ?? [{ change: "binding", hostName: name, sslState: wanted.sslState, certificate }],
		},
		name,
	);
}

function reportUnwanted({ name, sslState }: CustomHostName): Verdict {
	if (!sslState.reported) return unknown(sslState.reason, name);
	return drifted(
		{
			severity: "medium",
			desired: "absent",
			observed: sslState.value,
			explanation:
				"The site answers to a host name that the policy does not list: it is one more way in, which nobody asked for.",
			remedy: [{ change: "host-name", hostName: name, action: "delete" }],
		},
		name,
	);
}

function explainBinding(isBound: boolean, boundSo: boolean): string {
	if (!isBound) {
		return "The host name has no TLS binding: callers of https get a certificate error, and no client certificate can be asked for.";
	}
	return boundSo
		? "The host name is bound to another certificate than the policy asks for."
		: "The host name is bound in another way than the policy asks for.";
}

function describeBinding(sslState: string, thumbprint: string | null): string {
	return thumbprint === null ? sslState : `${sslState}:${thumbprint}`;
}
