import type { Change } from "../../model/change.ts";
import type { DesiredState } from "../../policy/precedence.ts";

/**
 * The remedy for a host name that the policies want bound both by SNI and by IP, by two settings: none that a command could be,
 * since it would only make the other one drift. Undefined where they agree.
 */
export function conflictingBindingRemedy(
	hostName: string,
	{ customDomainTls, domainBindings }: DesiredState,
): readonly Change[] | undefined {
	if (customDomainTls.state !== "desired" || domainBindings.state !== "desired") return undefined;
	const one = customDomainTls.value;
	const other = domainBindings.value.find((binding) => binding.hostName === hostName.toLowerCase())?.sslState;
	if (other === undefined || [one, other].includes("Bound") || one === other) return undefined;
	const rows = `policy "${domainBindings.policy}" as ${other}, policy "${customDomainTls.policy}" as ${one}`;
	return [{ change: "manual-step", advice: `No command for ${hostName}: ${rows} want it bound; change one of them.` }];
}
