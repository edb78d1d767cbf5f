import type { Scope } from "./scope.ts";
import type { ClientCertMode, SiteKind, TlsVersion } from "./site.ts";

/** How a custom host name is to be bound to a certificate; `Bound` is either way. */
export const desiredSslStates = ["SniEnabled", "IpBasedEnabled", "Bound"] as const;
export type DesiredSslState = (typeof desiredSslStates)[number];

/** One custom host name that a site is to have. */
export interface DesiredBinding {
	/** In lower case. */
	readonly hostName: string;
	readonly sslState: DesiredSslState;
	/** Upper-case hexadecimal SHA-1; null for any certificate. */
	readonly thumbprint: string | null;
}

/** The settings that a policy can govern, each with the type of its desired value. */
export interface Settings {
	readonly httpsOnly: boolean;
	readonly clientCertMode: ClientCertMode;
	/** Sorted, in lower case. */
	readonly clientCertExclusionPaths: readonly string[];
	readonly customDomainTls: DesiredSslState;
	/** The custom host names, these and no others, sorted by name. */
	readonly domainBindings: readonly DesiredBinding[];
	/** For how many days the certificate of each bound host name must still be valid. */
	readonly certificateMinDays: number;
	/** At least this one. */
	readonly minTlsVersion: TlsVersion;
	readonly http20Enabled: boolean;
	/** Whether the site is also asked at its door. */
	readonly verify: boolean;
}
export type SettingName = keyof Settings;

/** Every setting, in the order in which they are shown; the compiler asks for one that is missing. */
const order: Record<SettingName, true> = {
	httpsOnly: true,
	clientCertMode: true,
	clientCertExclusionPaths: true,
	customDomainTls: true,
	domainBindings: true,
	certificateMinDays: true,
	minTlsVersion: true,
	http20Enabled: true,
	verify: true,
};
export const settingNames = Object.keys(order) as readonly SettingName[];

/** One cell of a policy. `any` stops inheriting; `invalid` is a text that could not be read, which wins or loses like a value. */
export type Field<T> =
	| { readonly is: "value"; readonly value: T }
	| { readonly is: "any" }
	| { readonly is: "invalid" };

/** A tag that a site must have; `value: null` asks for the tag with any value. */
interface TagSelector {
	readonly name: string;
	readonly value: string | null;
}

/** Desired state: one row of the table `DriftPolicy`, or one entry of a policy file. */
export interface Policy {
	readonly name: string;
	readonly scope: Scope;
	readonly tag?: TagSelector;
	readonly kind?: SiteKind;
	readonly settings: { readonly [S in SettingName]?: Field<Settings[S]> };
}

/** A setting's desired value as people write it into a policy. */
export function writeSetting<S extends SettingName>(setting: S, value: Settings[S]): string {
	return writers[setting](value);
}

const writers: { readonly [S in SettingName]: (value: Settings[S]) => string } = {
	httpsOnly: String,
	clientCertMode: String,
	clientCertExclusionPaths: (paths) => paths.join(";"),
	customDomainTls: String,
	domainBindings: (bindings) => bindings.map(writeBinding).join(";"),
	certificateMinDays: String,
	minTlsVersion: String,
	http20Enabled: String,
	verify: String,
};

function writeBinding({ hostName, sslState, thumbprint }: DesiredBinding): string {
	if (sslState === "Bound") return hostName;
	return `${hostName}=${sslState}${thumbprint === null ? "" : `:${thumbprint}`}`;
}

/** A policy's cells as people write them, by column; the scope always, else what is set. */
export function writePolicy({ scope, tag, kind, settings }: Policy): ReadonlyMap<string, string> {
	const fields = new Map<string, string>([["scope", scope]]);
	if (tag !== undefined) fields.set("tag", `${tag.name}=${tag.value ?? "*"}`);
	if (kind !== undefined) fields.set("kind", kind);
	for (const setting of settingNames) {
		const field = settings[setting];
		if (field !== undefined) fields.set(setting, writeField(setting, field));
	}
	return fields;
}

/** Stands for a cell that could not be read. */
export const invalidField = "(invalid)";

/** One cell as people write it. */
export function writeField<S extends SettingName>(setting: S, field: Field<Settings[S]>): string {
	if (field.is === "value") return writeSetting(setting, field.value);
	return field.is === "any" ? "Any" : invalidField;
}
