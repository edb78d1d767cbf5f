import { createHash } from "node:crypto";

/** A site as ARM sends it: the properties this product reads are typed, the rest is there to be ignored. */
export interface ArmSite {
	id: string;
	name: string;
	type: "Microsoft.Web/sites" | "Microsoft.Web/sites/slots";
	kind: string | null;
	location: string;
	/** Not there at all where there are none. */
	tags?: Record<string, string>;
	properties: ArmSiteProperties;
}

export interface ArmSiteProperties {
	[other: string]: unknown;
	httpsOnly: boolean;
	clientCertEnabled: boolean;
	clientCertMode: string;
	clientCertExclusionPaths: string | null;
	hostNames: string[];
	hostNameSslStates: ArmHostNameSslState[];
	defaultHostName: string;
	serverFarmId: string | null;
	sku: string;
}

export interface ArmHostNameSslState {
	name: string;
	sslState: string;
	thumbprint: string | null;
	hostType: "Standard" | "Repository";
	[other: string]: unknown;
}

/** What this product reads of `config/web`. */
export interface ArmSiteConfig {
	minTlsVersion?: string;
	http20Enabled?: boolean;
}

/** What tells a site from the default one, in short. */
export interface SiteOptions {
	subscription?: string;
	resourceGroup?: string;
	name?: string;
	slot?: string;
	kind?: string | null;
	location?: string;
	tags?: Record<string, string>;
	/** Custom host names, each with the thumbprint that it is bound to by SNI, or null. */
	domains?: Record<string, string | null>;
	/** Anything else, as ARM names it. */
	properties?: Record<string, unknown>;
}

export const defaultSubscription = "00000000-0000-0000-0000-000000000001";

/** A site as `az webapp create` leaves it, nulls and surprises included: mode Required while disabled, default hosts Disabled. */
export function armSite(options: SiteOptions = {}): ArmSite {
	const { subscription = defaultSubscription, resourceGroup = "rg-app", name = "app", slot, kind = "app" } = options;
	const { location = "West Europe", tags, domains = {}, properties = {} } = options;
	const base = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Web`;
	const host = slot === undefined ? name : `${name}-${slot}`;
	const defaultHostName = `${host}.azurewebsites.net`;
	return {
		id: `${base}/sites/${name}${slot === undefined ? "" : `/slots/${slot}`}`,
		name: slot === undefined ? name : `${name}/${slot}`,
		type: slot === undefined ? "Microsoft.Web/sites" : "Microsoft.Web/sites/slots",
		kind,
		location,
		...(tags === undefined ? {} : { tags }),
		properties: {
			name: slot === undefined ? name : `${name}(${slot})`,
			state: "Running",
			hostNames: [...Object.keys(domains), defaultHostName],
			webSpace: `${resourceGroup}-WestEuropewebspace`,
			repositorySiteName: name,
			owner: null,
			usageState: "Normal",
			enabled: true,
			adminEnabled: true,
			enabledHostNames: [...Object.keys(domains), defaultHostName, `${host}.scm.azurewebsites.net`],
			availabilityState: "Normal",
			sslCertificates: null,
			csrs: [],
			hostNameSslStates: [
				...Object.entries(domains).map(([domain, thumbprint]) => sslState(domain, thumbprint)),
				sslState(defaultHostName, null),
				{ ...sslState(`${host}.scm.azurewebsites.net`, null), hostType: "Repository" },
			],
			serverFarmId: `${base}/serverfarms/plan`,
			reserved: kind?.includes("linux") ?? false,
			isXenon: false,
			hyperV: false,
			lastModifiedTimeUtc: "2026-11-01T09:14:52.9666667",
			siteConfig: {
				numberOfWorkers: 1,
				netFrameworkVersion: null,
				linuxFxVersion: kind?.includes("linux") ? "NODE|24-lts" : "",
				alwaysOn: false,
				http20Enabled: false,
				minTlsVersion: null,
				scmMinTlsVersion: null,
				functionAppScaleLimit: 0,
			},
			functionAppConfig: null,
			slotName: null,
			trafficManagerHostNames: null,
			sku: "Standard",
			hostingEnvironmentProfile: null,
			clientAffinityEnabled: true,
			clientCertEnabled: false,
			clientCertMode: "Required",
			clientCertExclusionPaths: null,
			clientCertExclusionEndPoints: null,
			hostNamesDisabled: false,
			kind,
			managedEnvironmentId: null,
			containerSize: 0,
			suspendedTill: null,
			resourceGroup,
			defaultHostName,
			slotSwapStatus: null,
			httpsOnly: false,
			redundancyMode: "None",
			publicNetworkAccess: null,
			storageAccountRequired: false,
			keyVaultReferenceIdentity: "SystemAssigned",
			virtualNetworkSubnetId: null,
			...properties,
		},
	};
}

/** A host name as ARM reports it: bound by SNI where there is a thumbprint. */
export function sslState(name: string, thumbprint: string | null): ArmHostNameSslState {
	return {
		name,
		sslState: thumbprint === null ? "Disabled" : "SniEnabled",
		ipBasedSslResult: null,
		virtualIP: null,
		thumbprint,
		certificateResourceId: null,
		toUpdate: null,
		toUpdateIpBasedSsl: null,
		ipBasedSslState: "NotConfigured",
		hostType: "Standard",
	};
}

/** A certificate as ARM sends it. */
export interface ArmCertificate {
	id: string;
	name: string;
	type: "Microsoft.Web/certificates";
	location: string;
	properties: { hostNames: string[]; thumbprint: string; expirationDate: string; [other: string]: unknown };
}

export interface CertificateOptions {
	subscription?: string;
	resourceGroup?: string;
	name?: string;
	location?: string;
	hostNames?: string[];
	thumbprint?: string;
	expirationDate?: string;
}

export function armCertificate(options: CertificateOptions = {}): ArmCertificate {
	const { subscription = defaultSubscription, resourceGroup = "rg-app", name = "certificate" } = options;
	const {
		location = "West Europe",
		hostNames = ["www.contoso.com"],
		expirationDate = "2036-01-01T00:00:00+00:00",
	} = options;
	return {
		id: `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/certificates/${name}`,
		name,
		type: "Microsoft.Web/certificates",
		location,
		properties: {
			password: null,
			friendlyName: "",
			subjectName: hostNames[0],
			hostNames,
			issuer: "Contoso CA",
			issueDate: "2026-01-01T00:00:00+00:00",
			expirationDate,
			thumbprint: options.thumbprint ?? thumbprintOf(name),
			valid: null,
			cerBlob: null,
			keyVaultSecretStatus: "Initialized",
			serverFarmId: null,
			resourceGroup,
		},
	};
}

/** The same made-up thumbprint for the same name. */
export function thumbprintOf(name: string): string {
	return createHash("sha1").update(name).digest("hex").toUpperCase();
}
