import { armCertificate, armSite, defaultSubscription, thumbprintOf } from "../support/arm/arm-objects.ts";
import type { ArmEmulator } from "../support/arm/emulator.ts";

/** Asks for a certificate everywhere but at its health check. */
const guarded = {
	httpsOnly: true,
	clientCertEnabled: true,
	clientCertMode: "Required",
	clientCertExclusionPaths: "/health",
};

/** A small company's sites: some as they should be, the others each open in a way of its own. */
export function addSampleFleet(azure: ArmEmulator): void {
	azure.addSubscription(defaultSubscription, "Contoso Production");
	azure.add(
		armSite({
			resourceGroup: "shop",
			name: "shop-web",
			kind: "app,linux",
			domains: { "shop.contoso.com": thumbprintOf("shop") },
			properties: guarded,
		}),
		armSite({
			resourceGroup: "shop",
			name: "shop-api",
			kind: "app,linux,container",
			domains: { "api.contoso.com": thumbprintOf("shop-last-year") },
			properties: { ...guarded, httpsOnly: false },
		}),
		armSite({
			resourceGroup: "shop",
			name: "shop-search",
			kind: "app,linux",
			properties: { ...guarded, siteConfig: { http20Enabled: true, minTlsVersion: null } },
		}),
		// Nobody thought of it when production was closed.
		armSite({ resourceGroup: "shop", name: "shop-web", slot: "staging", kind: "app,linux" }),
		armSite({
			resourceGroup: "pay",
			name: "pay-cards",
			kind: "functionapp,linux",
			properties: { ...guarded, clientCertEnabled: false },
		}),
		armSite({
			resourceGroup: "pay",
			name: "pay-invoices",
			kind: "functionapp,workflowapp",
			properties: { ...guarded, clientCertMode: "Optional" },
		}),
		armSite({ resourceGroup: "pay", name: "pay-ledger", kind: "functionapp", properties: guarded }),
		armSite({
			resourceGroup: "partners",
			name: "partner-api",
			properties: { ...guarded, clientCertExclusionPaths: "/health;/api" },
		}),
		armSite({
			resourceGroup: "partners",
			name: "partner-soap",
			properties: { ...guarded, clientCertExclusionPaths: "/" },
		}),
		armSite({
			resourceGroup: "partners",
			name: "partner-portal",
			domains: { "partners.contoso.com": null },
			properties: guarded,
		}),
		armSite({
			resourceGroup: "partners",
			name: "partner-archive",
			domains: { "archive.contoso.org": null },
			properties: guarded,
		}),
		armSite({
			resourceGroup: "partners",
			name: "partner-jobs",
			kind: null,
			properties: { ...guarded, clientCertEnabled: false, managedEnvironmentId: null },
		}),
		armSite({
			resourceGroup: "office",
			name: "office-menu",
			properties: { httpsOnly: true, sku: "Free", clientCertExclusionPaths: "/health" },
		}),
		// ARM can leave a property out: then nobody knows.
		armSite({
			resourceGroup: "office",
			name: "office-phones",
			properties: { ...guarded, clientCertExclusionPaths: undefined },
		}),
		armSite({ resourceGroup: "sandbox", name: "try-things" }),
		// ARM can leave a site out of its list: the list of resources knows it all the same.
		armSite({ resourceGroup: "office", name: "office-parking", properties: { ...guarded, httpsOnly: false } }),
		armCertificate({ resourceGroup: "shop", name: "shop", hostNames: ["shop.contoso.com", "api.contoso.com"] }),
		// It was renewed, and nobody moved the binding.
		armCertificate({
			resourceGroup: "shop",
			name: "shop-last-year",
			hostNames: ["api.contoso.com"],
			expirationDate: daysFromNow(5.5).toISOString(),
		}),
		armCertificate({ resourceGroup: "partners", name: "wildcard", hostNames: ["*.contoso.com"] }),
	);
	azure.fleet.unlisted.add(armSite({ resourceGroup: "office", name: "office-parking" }).id.toLowerCase());
	const ledger = armSite({ resourceGroup: "pay", name: "pay-ledger" });
	azure.fleet.configs.set(ledger.id.toLowerCase(), { minTlsVersion: "1.0" });
}

/** What the company wants: certificates everywhere, except where people try things. */
export const samplePolicies = [
	{
		rowKey: "default",
		httpsOnly: true,
		clientCertMode: "Required",
		clientCertExclusionPaths: "/health",
		customDomainTls: "Bound",
		certificateMinDays: 30,
		minTlsVersion: "1.2",
	},
	{
		rowKey: "sandbox",
		scope: `/subscriptions/${defaultSubscription}/resourceGroups/sandbox`,
		httpsOnly: "Any",
		clientCertMode: "Any",
		clientCertExclusionPaths: "Any",
		customDomainTls: "Any",
		certificateMinDays: "Any",
		minTlsVersion: "Any",
	},
];

/** What the company accepts for a while. */
export const sampleExemptions = [
	{
		rowKey: "old-terminals",
		scope: armSite({ resourceGroup: "pay", name: "pay-ledger" }).id,
		rule: "min-tls-version",
		category: "waiver",
		reason: "card terminals that speak TLS 1.0 only are being replaced",
		owner: "payments team",
		expiresOn: daysFromNow(60),
	},
];

function daysFromNow(days: number): Date {
	return new Date(Date.now() + days * 86_400_000);
}
