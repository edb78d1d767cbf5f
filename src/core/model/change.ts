import type { DesiredSslState } from "./policy.ts";
import type { ArmClientCertMode, BoundState, TlsVersion } from "./site.ts";

/** Properties of a site as ARM names them. */
export interface SiteProperties {
	readonly httpsOnly?: boolean;
	readonly clientCertEnabled?: boolean;
	readonly clientCertMode?: ArmClientCertMode;
	/** Joined by `;`; the empty text for none. */
	readonly clientCertExclusionPaths?: string;
}

/** Properties of a site's `config/web` as ARM names them. */
export interface ConfigProperties {
	readonly minTlsVersion?: TlsVersion;
	readonly http20Enabled?: boolean;
}

/** One step that brings a setting to its desired value. */
export type Change =
	| { readonly change: "site-properties"; readonly properties: SiteProperties }
	| { readonly change: "site-config"; readonly properties: ConfigProperties }
	| { readonly change: "host-name"; readonly hostName: string; readonly action: "add" | "delete" }
	| {
			readonly change: "binding";
			readonly hostName: string;
			readonly sslState: DesiredSslState;
			/** The one that is bound, or the best where none is; the best that outlives the bound one; or just this one. */
			readonly certificate: "keep" | "newer" | { readonly thumbprint: string };
	  }
	/** What people have to decide, since no command can. */
	| { readonly change: "manual-step"; readonly advice: string };

/** A host name and the certificate to bind it to. */
export interface Binding {
	readonly hostName: string;
	readonly sslState: BoundState;
	readonly thumbprint: string;
	/** Null where it is not bound yet. */
	readonly before: FormerBinding | null;
}

/** How a host name is bound before a change. */
export interface FormerBinding {
	readonly sslState: BoundState;
	/** Null where ARM does not tell. */
	readonly thumbprint: string | null;
	/** Whether `az webapp config ssl bind` finds the certificate; null where the certificates could not be read. */
	readonly isFound: boolean | null;
}

/** A host name that is taken from the site, its binding with it. */
interface Deletion {
	readonly hostName: string;
	readonly before: FormerBinding | null;
}

/** All changes of one site together: what is to be set, and nothing twice. */
export interface MergedChanges {
	readonly properties: SiteProperties;
	readonly config: ConfigProperties;
	readonly addedHostNames: readonly string[];
	readonly bindings: readonly Binding[];
	/** Bindings to take away, the host names staying. */
	readonly unbindings: readonly Omit<Binding, "before">[];
	readonly deletedHostNames: readonly Deletion[];
	/** The tags of a slot whose bindings change, or may be brought back: azure-cli leaves those of production there. Else null. */
	readonly tags: Readonly<Record<string, string>> | null;
	/** What no command does, each with what to do instead. */
	readonly manualSteps: readonly string[];
}
