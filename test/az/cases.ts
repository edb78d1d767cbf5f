import {
	type ArmSite,
	type ArmSiteConfig,
	armCertificate,
	armSite,
	defaultSubscription,
	sslState,
	thumbprintOf,
} from "../support/arm/arm-objects.ts";

/** Drift of one site, and the policy that it is drift from. */
export interface DriftCase {
	/** As ARM names them. */
	readonly properties?: Readonly<Record<string, unknown>>;
	readonly config?: ArmSiteConfig;
	/** Custom host names: bound by SNI, or by IP where marked so, or not. */
	readonly domains?: Readonly<Record<string, string | null | { readonly byIp: string }>>;
	readonly policy: Readonly<Record<string, unknown>>;
	/** `rule`, or `rule host`. */
	readonly finds: readonly string[];
}

/** The kinds of site that azure-cli tells apart, by ARM's own `kind`. */
export const kinds: Readonly<Record<string, { readonly kind: string | null; readonly onContainerApps?: true }>> = {
	"a web app": { kind: "app" },
	"a function app": { kind: "functionapp,linux" },
	"a logic app": { kind: "functionapp,linux,workflowapp" },
	"a site without a kind": { kind: null },
	"functions on Container Apps": { kind: "functionapp,linux,container,azurecontainerapps", onContainerApps: true },
};

export const certificates = [
	armCertificate({ name: "old", resourceGroup: "rg-plan", hostNames: ["*.contoso.com"], expirationDate: inDays(5) }),
	armCertificate({ name: "new", resourceGroup: "rg-plan", hostNames: ["*.contoso.com"], expirationDate: inDays(300) }),
];
const [old, fresh] = [thumbprintOf("old"), thumbprintOf("new")];

function inDays(days: number): string {
	return new Date(Date.now() + days * 86_400_000).toISOString();
}

const enabled = (clientCertMode: string) => ({ clientCertEnabled: true, clientCertMode });
const paths = (clientCertExclusionPaths: string | null) => ({ clientCertExclusionPaths });

/** Every setting in every direction, and every way in which a host name can be wrong. */
const cases: Readonly<Record<string, DriftCase>> = {
	"https-on": { properties: { httpsOnly: false }, policy: { httpsOnly: true }, finds: ["https-only"] },
	"https-off": { properties: { httpsOnly: true }, policy: { httpsOnly: false }, finds: ["https-only"] },
	"mode-required": {
		properties: { clientCertEnabled: false, clientCertMode: "Optional" },
		policy: { clientCertMode: "Required" },
		finds: ["client-cert-mode"],
	},
	"mode-optional": {
		properties: enabled("Required"),
		policy: { clientCertMode: "Optional" },
		finds: ["client-cert-mode"],
	},
	"mode-interactive": {
		properties: enabled("Optional"),
		policy: { clientCertMode: "OptionalInteractiveUser" },
		finds: ["client-cert-mode"],
	},
	"mode-ignore": {
		properties: enabled("OptionalInteractiveUser"),
		policy: { clientCertMode: "Ignore" },
		finds: ["client-cert-mode"],
	},
	"paths-set": {
		properties: paths(null),
		policy: { clientCertExclusionPaths: '/health;/it\'s;/a b;/"q";/$(id);/=x;/@y' },
		finds: ["client-cert-exclusion-paths"],
	},
	"paths-emptied": {
		properties: paths("/Admin, /x;/y"),
		policy: { clientCertExclusionPaths: "" },
		finds: ["client-cert-exclusion-paths"],
	},
	"paths-without-slash": {
		properties: paths("@/etc/hostname"),
		policy: { clientCertExclusionPaths: "/health" },
		finds: ["client-cert-exclusion-paths"],
	},
	"tls-raised": { config: { minTlsVersion: "1.0" }, policy: { minTlsVersion: "1.2" }, finds: ["min-tls-version"] },
	"tls-1.3": { config: { minTlsVersion: "1.2" }, policy: { minTlsVersion: "1.3" }, finds: ["min-tls-version"] },
	"http20-off": { config: { http20Enabled: true }, policy: { http20Enabled: false }, finds: ["http20"] },
	"http20-on": { config: { http20Enabled: false }, policy: { http20Enabled: true }, finds: ["http20"] },
	renegotiation: {
		properties: { ...enabled("Required"), ...paths("/health") },
		config: { http20Enabled: true, minTlsVersion: "1.3" },
		policy: { clientCertMode: "Required", clientCertExclusionPaths: "/health" },
		finds: ["tls-renegotiation"],
	},
	"host-names": {
		domains: {
			"bare.contoso.com": null,
			"old.contoso.com": old,
			"sni.contoso.com": fresh,
			"ip.contoso.com": { byIp: fresh },
			"stray.contoso.com": null,
			"bound-stray.contoso.com": fresh,
		},
		policy: {
			domainBindings: `absent.contoso.com=SniEnabled:${fresh};bare.contoso.com=SniEnabled;old.contoso.com=SniEnabled:${fresh};sni.contoso.com=IpBasedEnabled;ip.contoso.com=SniEnabled`,
		},
		finds: ["absent", "bare", "old", "sni", "ip", "stray", "bound-stray"].map(
			(name) => `domain-bindings ${name}.contoso.com`,
		),
	},
	"host-names-without-bindings": {
		domains: { "stray.contoso.com": null },
		policy: { domainBindings: "" },
		finds: ["domain-bindings stray.contoso.com"],
	},
	"mode-makes-room": {
		properties: { clientCertEnabled: false, ...paths("/health") },
		config: { http20Enabled: true, minTlsVersion: "1.3" },
		policy: { clientCertMode: "Required" },
		finds: ["client-cert-mode"],
	},
	bindings: {
		domains: { "bare.contoso.com": null, "ip.contoso.com": { byIp: fresh }, "old.contoso.com": old },
		policy: { customDomainTls: "SniEnabled", certificateMinDays: 30 },
		finds: [
			"custom-domain-tls bare.contoso.com",
			"custom-domain-tls ip.contoso.com",
			"certificate-expiry old.contoso.com",
		],
	},
	everything: {
		properties: { httpsOnly: false, clientCertEnabled: false, ...paths("/") },
		config: { http20Enabled: true, minTlsVersion: "1.1" },
		domains: { "www.contoso.com": null },
		policy: {
			...{ httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: "/health" },
			...{ minTlsVersion: "1.2", http20Enabled: false, domainBindings: "www.contoso.com=SniEnabled" },
		},
		finds: [
			...["https-only", "client-cert-mode", "client-cert-exclusion-paths", "min-tls-version", "http20"],
			"domain-bindings www.contoso.com",
		],
	},
};

/** The cases that azure-cli has commands for: it binds no host name of functions on Container Apps. */
export function casesFor(kindName: string): readonly (readonly [name: string, drift: DriftCase])[] {
	const all = Object.entries(cases);
	const isBound = ({ domains = {}, policy }: DriftCase) =>
		Object.values(domains).some((binding) => binding !== null) ||
		/=|Sni/.test(JSON.stringify(policy).replace("/=x", ""));
	return kinds[kindName]?.onContainerApps ? all.filter(([, drift]) => !isBound(drift)) : all;
}

/** A site of this kind that has drifted so, beside its production where it is a slot. */
export function makeSites(
	resourceGroup: string,
	kindName: string,
	caseName: string,
	slot: string | undefined,
): readonly ArmSite[] {
	const { kind, onContainerApps } = kinds[kindName] as (typeof kinds)[string];
	const { properties, config, domains = {} } = cases[caseName] as DriftCase;
	const environment = `/subscriptions/${defaultSubscription}/resourceGroups/rg-app/providers/Microsoft.App/managedEnvironments/env`;
	const identity = { resourceGroup, name: caseName.replace(".", "-"), kind };
	const site = armSite({
		...identity,
		...(slot === undefined ? {} : { slot, tags: { env: "test", "a b": `it's "q"` } }),
		domains: Object.fromEntries(Object.keys(domains).map((name) => [name, null])),
		properties: {
			...properties,
			serverFarmId: onContainerApps ? null : plan,
			...(onContainerApps ? { managedEnvironmentId: environment } : {}),
			siteConfig: { http20Enabled: config?.http20Enabled ?? false, minTlsVersion: null },
		},
	});
	site.properties.hostNameSslStates = site.properties.hostNameSslStates.map((state) => {
		const binding = domains[state.name];
		if (binding === undefined || binding === null) return state;
		if (typeof binding === "string") return { ...state, ...sslState(state.name, binding) };
		return { ...sslState(state.name, binding.byIp), sslState: "IpBasedEnabled" };
	});
	return slot === undefined
		? [site]
		: [armSite({ ...identity, tags: { env: "prod" }, properties: { serverFarmId: plan } }), site];
}

/** In another resource group than the sites: azure-cli looks for certificates there too. */
const plan = `/subscriptions/${defaultSubscription}/resourceGroups/rg-plan/providers/Microsoft.Web/serverfarms/plan`;
