import type { MergedChanges } from "../model/change.ts";
import type { StoredSite } from "../model/finding.ts";
import { listSome } from "./warnings.ts";

/** Without what App Service refuses, or azure-cli has no command for. */
export function feasibleOperations(
	site: Pick<StoredSite, "tier" | "onContainerApps">,
	merged: MergedChanges,
): { readonly changes: MergedChanges; readonly blockers: readonly string[] } {
	const { httpsOnly, ...clientCertProperties } = merged.properties;
	const { addedHostNames, bindings, unbindings } = merged;
	// To turn client certificates off needs no tier.
	const { clientCertEnabled, clientCertExclusionPaths } = clientCertProperties;
	const asksForTier = clientCertEnabled === true || (clientCertExclusionPaths ?? "") !== "";
	if (isBelowBasic(site) && (asksForTier || addedHostNames.length + bindings.length > 0)) {
		const kept = asksForTier ? {} : clientCertProperties;
		const properties = httpsOnly === undefined ? kept : { httpsOnly, ...kept };
		const blocker = `The plan's tier is ${site.tier}; client certificates and bindings of custom domains need Basic or higher. Scale the plan up first, then scan again.`;
		return { changes: { ...merged, properties, addedHostNames: [], bindings: [] }, blockers: [blocker] };
	}
	const why = whyNoBinding(site);
	if (why !== undefined && bindings.length + unbindings.length > 0) {
		const names = [...bindings, ...unbindings].map(({ hostName }) => hostName);
		const blocker = `No command for ${listSome(names)}: ${why}. Change the binding in the portal, then scan again.`;
		return { changes: { ...merged, bindings: [], unbindings: [] }, blockers: [blocker] };
	}
	return { changes: merged, blockers: [] };
}

/**
 * Where `az webapp config ssl bind` cannot do it.
 * Source: azure-cli 2.91.0, _update_ssl_binding in command_modules/appservice/custom.py.
 */
function whyNoBinding({ onContainerApps, tier }: Pick<StoredSite, "tier" | "onContainerApps">): string | undefined {
	if (onContainerApps) {
		return "azure-cli binds no host name of functions on Container Apps, which have no App Service plan";
	}
	if (tier?.toLowerCase() === "flexconsumption") {
		return "for a Flex Consumption app azure-cli takes only certificates of the app itself, which mtls-drift does not read";
	}
	return undefined;
}

/** https://learn.microsoft.com/azure/app-service/overview-hosting-plans */
export function isBelowBasic(site: Pick<StoredSite, "tier">): boolean {
	return site.tier !== null && ["free", "shared"].includes(site.tier.toLowerCase());
}
