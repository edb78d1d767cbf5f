/** What ARM told about a setting. "Not reported" is a value of its own: it is neither on nor off. */
export type Reported<T> =
	| { readonly reported: true; readonly value: T }
	| { readonly reported: false; readonly reason: string };

/** The kinds of site that a policy can select. */
export const siteKinds = ["webapp", "functionapp", "logicapp"] as const;
export type SiteKind = (typeof siteKinds)[number];

/** ARM's words, and `Ignore` for `clientCertEnabled: false`, whatever ARM's `clientCertMode` says then. */
export const clientCertModes = ["Required", "Optional", "OptionalInteractiveUser", "Ignore"] as const;
export type ClientCertMode = (typeof clientCertModes)[number];

/** The modes that ARM itself knows. */
export type ArmClientCertMode = Exclude<ClientCertMode, "Ignore">;

/** How a host name is bound to a certificate, in ARM's words. */
export const sslStates = ["SniEnabled", "IpBasedEnabled", "Disabled"] as const;
export type SslState = (typeof sslStates)[number];
export type BoundState = Exclude<SslState, "Disabled">;

/** TLS versions as ARM writes them, from oldest to newest. */
export const tlsVersions = ["1.0", "1.1", "1.2", "1.3"] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** A host name that someone added to the site, and its TLS binding. */
export interface CustomHostName {
	readonly name: string;
	readonly sslState: Reported<SslState>;
	/** Upper-case hexadecimal SHA-1 of the bound certificate. */
	readonly thumbprint: string | null;
}

/** A web app, function app or logic app, or a deployment slot of one, as far as mTLS is concerned. */
export interface Site {
	/** The ARM resource ID as ARM spells it. */
	readonly id: string;
	readonly subscriptionId: string;
	readonly resourceGroup: string;
	readonly name: string;
	readonly slot: string | null;
	readonly kind: SiteKind;
	/** ARM's own `kind`, for example `functionapp,linux`: azure-cli picks its verbs by this text. */
	readonly armKind: string | null;
	/** Functions on Azure Container Apps: azure-cli has no update verb that takes them. */
	readonly onContainerApps: boolean;
	readonly location: string;
	/** The App Service plan, where there is one, and its resource group. */
	readonly planId: string | null;
	readonly planResourceGroup: string | null;
	/** The plan's tier, for example `Free`, `Shared`, `Basic`. */
	readonly tier: string | null;
	readonly tags: Readonly<Record<string, string>>;
	readonly httpsOnly: Reported<boolean>;
	readonly clientCertMode: Reported<ClientCertMode>;
	/** Sorted, in lower case, without duplicates: App Service compares them without case. */
	readonly clientCertExclusionPaths: Reported<readonly string[]>;
	/** The client-certificate settings word for word, so that what is changed can be brought back. */
	readonly verbatim: VerbatimClientCert;
	/** Every name by which callers reach it, Azure's own included, without that of the deployment site (scm). */
	readonly hostNames: Reported<readonly string[]>;
	/** Whether somebody has stopped it: then App Service answers in its place. */
	readonly isStopped: boolean;
	/** Without Azure's own host names, which serve TLS although ARM reports them as `Disabled`. */
	readonly customHostNames: Reported<readonly CustomHostName[]>;
	/** The list of sites does not tell it: `config/web` does. */
	readonly minTlsVersion: Reported<TlsVersion>;
	readonly http20Enabled: Reported<boolean>;
}

/** What ARM holds of settings that are read for what they mean. */
interface VerbatimClientCert {
	/** Also while it means nothing, since `clientCertEnabled` is false; null where ARM tells none that is known. */
	readonly mode: ArmClientCertMode | null;
	/** In ARM's spelling and order; empty where there are none, or none were reported. */
	readonly exclusionPaths: string;
}

/** What a site's `config/web` tells. */
export type SiteConfig = Pick<Site, "minTlsVersion" | "http20Enabled">;

/** One entry of the inventory: a site, or something that was listed and could not be read as one. */
export type SiteReading =
	| { readonly readable: true; readonly site: Site }
	| { readonly readable: false; readonly reason: string };

/** A site as people call it: `app`, or `app/slot`. */
export function nameOf({ name, slot }: Pick<Site, "name" | "slot">): string {
	return slot === null ? name : `${name}/${slot}`;
}
