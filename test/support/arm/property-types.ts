import { clientCertModes, sslStates, tlsVersions } from "../../../src/core/model/site.ts";

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === "boolean";
const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isObject: Check = (value) => typeof value === "object" && !Array.isArray(value);
const isOneOf =
	(words: readonly string[]): Check =>
	(value) =>
		words.includes(value as string);

const isHostNameSslState: Check = (value) => {
	if (!isObject(value)) return false;
	const { name, sslState, thumbprint = null, toUpdate = null } = value as Record<string, unknown>;
	return (
		isText(name) &&
		isOneOf(sslStates)(sslState) &&
		(thumbprint === null || isText(thumbprint)) &&
		(toUpdate === null || isBoolean(toUpdate))
	);
};

/** What a PUT or PATCH of a site may set, by the types of recorded values. Anything else App Service does not know, and ignores. */
export const siteTypes: Readonly<Record<string, Check>> = {
	...Object.fromEntries(
		[
			...["enabled", "reserved", "isXenon", "hyperV", "httpsOnly", "clientCertEnabled", "clientAffinityEnabled"],
			...["hostNamesDisabled", "scmSiteAlsoStopped", "storageAccountRequired", "vnetRouteAllEnabled"],
			...["vnetImagePullEnabled", "vnetContentShareEnabled", "vnetBackupRestoreEnabled", "endToEndEncryptionEnabled"],
		].map((name) => [name, isBoolean]),
	),
	...Object.fromEntries(
		[
			...["serverFarmId", "clientCertExclusionPaths", "redundancyMode", "publicNetworkAccess"],
			...["keyVaultReferenceIdentity", "virtualNetworkSubnetId", "managedEnvironmentId", "customDomainVerificationId"],
		].map((name) => [name, isText]),
	),
	containerSize: isNumber,
	dailyMemoryTimeQuota: isNumber,
	siteConfig: isObject,
	clientCertMode: isOneOf(clientCertModes.filter((mode) => mode !== "Ignore")),
	hostNameSslStates: (value) => Array.isArray(value) && value.every(isHostNameSslState),
};

/** The same of a site's config, as far as the stand-in keeps one. */
export const configTypes: Readonly<Record<string, Check>> = {
	minTlsVersion: isOneOf(tlsVersions),
	http20Enabled: isBoolean,
};

/** What Resource Manager itself reads of a resource; any other member it refuses. */
export const resourceMembers: ReadonlySet<string> = new Set([
	...["id", "name", "type", "kind", "location", "tags", "properties", "identity", "sku", "plan", "zones", "etag"],
	...["extendedLocation", "managedBy", "systemData", "scale"],
]);
