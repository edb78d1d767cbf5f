import type { Site as ArmSite, SiteConfigResource } from "@azure/arm-appservice";
import * as z from "zod";
import { parseExclusionPaths } from "../core/model/exclusion-paths.ts";
import { isAzureHostName } from "../core/model/host-name.ts";
import { parseSiteId } from "../core/model/resource-id.ts";
import {
	type ArmClientCertMode,
	type ClientCertMode,
	type CustomHostName,
	clientCertModes,
	type Reported,
	type Site,
	type SiteConfig,
	type SiteKind,
	type SiteReading,
	type SslState,
	sslStates,
	type TlsVersion,
	tlsVersions,
} from "../core/model/site.ts";

/** What the SDK hands over: its types promise more than ARM keeps, so nothing is believed of any property. */
type Unproven<T> = { readonly [K in keyof T]?: unknown };

/** Folds ARM's site into ours. A property that is absent, or holds a word nobody knows, is "not reported", never "off". */
export function parseSite(arm: Unproven<ArmSite>): SiteReading {
	const id = typeof arm.id === "string" ? arm.id : "";
	const parts = parseSiteId(id);
	if (parts === undefined) {
		const shown = (JSON.stringify(arm.id) ?? "none").slice(0, 200);
		return { readable: false, reason: `ARM lists something whose ID is not that of a site: ${shown}` };
	}
	const armKind = textOrNull(arm.kind);
	return {
		readable: true,
		site: {
			...parts,
			id,
			kind: kindOf(armKind),
			armKind,
			onContainerApps: textOrNull(arm.managedEnvironmentId) !== null,
			location: textOrNull(arm.location) ?? "",
			planId: textOrNull(arm.serverFarmId),
			planResourceGroup: /\/resourceGroups\/([^/]+)\//i.exec(textOrNull(arm.serverFarmId) ?? "")?.[1] ?? null,
			tier: textOrNull(arm.sku),
			tags: readTags(arm.tags),
			httpsOnly: readBoolean(arm.httpsOnly, "httpsOnly"),
			clientCertMode: readClientCertMode(arm),
			clientCertExclusionPaths: readExclusionPaths(arm.clientCertExclusionPaths),
			verbatim: {
				mode: readArmMode(arm.clientCertMode) ?? null,
				exclusionPaths: textOrNull(arm.clientCertExclusionPaths) ?? "",
			},
			isStopped: textOrNull(arm.state)?.toLowerCase() === "stopped",
			...readHostNames(arm),
			...readSiteConfig(arm.siteConfig),
		},
	};
}

/** Folds a site's config, as a list of sites or `config/web` tells it, into ours. */
export function readSiteConfig(config: unknown): SiteConfig {
	const { minTlsVersion, http20Enabled } = (config ?? {}) as Unproven<SiteConfigResource>;
	const version = tlsVersions.find((known): known is TlsVersion => known === minTlsVersion);
	return {
		minTlsVersion:
			version === undefined ? notReported("minTlsVersion", minTlsVersion) : { reported: true, value: version },
		http20Enabled: readBoolean(http20Enabled, "http20Enabled"),
	};
}

/** ARM's kind is a list of words in any order, for example `functionapp,linux,workflowapp`. */
function kindOf(armKind: string | null): SiteKind {
	const words = (armKind ?? "")
		.toLowerCase()
		.split(",")
		.map((word) => word.trim());
	if (words.includes("workflowapp")) return "logicapp";
	return words.includes("functionapp") ? "functionapp" : "webapp";
}

function readClientCertMode(arm: Unproven<ArmSite>): Reported<ClientCertMode> {
	const enabled = readBoolean(arm.clientCertEnabled, "clientCertEnabled");
	if (!enabled.reported) return enabled;
	// While disabled, ARM reports Required all the same: the mode means nothing then.
	if (!enabled.value) return { reported: true, value: "Ignore" };
	const mode = readArmMode(arm.clientCertMode);
	return mode === undefined ? notReported("clientCertMode", arm.clientCertMode) : { reported: true, value: mode };
}

function readArmMode(value: unknown): ArmClientCertMode | undefined {
	return clientCertModes.find((known): known is ArmClientCertMode => known === value && known !== "Ignore");
}

function readExclusionPaths(value: unknown): Reported<readonly string[]> {
	if (value === null) return { reported: true, value: [] };
	if (typeof value !== "string") return notReported("clientCertExclusionPaths", value);
	return { reported: true, value: parseExclusionPaths(value) };
}

// Made once: to make a schema costs more than to read a site by it.
// azure-cli takes a word that starts with @ for the name of a file to read.
const hostName = z
	.string()
	.max(255)
	.regex(/^(?!@)/);
const namesShape = z.array(hostName);
const statesShape = z.array(z.looseObject({ name: hostName }));

function readHostNames(arm: Unproven<ArmSite>): Pick<Site, "hostNames" | "customHostNames"> {
	const { hostNames, hostNameSslStates } = arm;
	const defaultHostName = textOrNull(arm.defaultHostName)?.toLowerCase();
	const notReportedHostNames = (what: string, value: unknown) => {
		const reading = notReported(what, value);
		return { hostNames: reading, customHostNames: reading };
	};
	const names = namesShape.safeParse(hostNames);
	if (!names.success) return notReportedHostNames("hostNames", hostNames);
	const states = statesShape.safeParse(hostNameSslStates);
	if (!states.success) return notReportedHostNames("hostNameSslStates", hostNameSslStates);

	const bindings = new Map<string, CustomHostName>();
	// Names of the site that have no entry among the states are listed first, and replaced where there is one.
	for (const name of names.data) {
		bindings.set(name.toLowerCase(), { name, sslState: readSslState(name, undefined), thumbprint: null });
	}
	for (const { name, sslState, thumbprint, hostType } of states.data) {
		if (hostType === "Repository") bindings.delete(name.toLowerCase());
		else
			bindings.set(name.toLowerCase(), {
				name,
				sslState: readSslState(name, sslState),
				thumbprint: readThumbprint(thumbprint),
			});
	}
	const all = [...bindings.values()];
	const custom = all.filter(({ name }) => {
		const plain = name.toLowerCase().replace(/\.$/, "");
		// In an App Service Environment, the default host name can have any suffix.
		return plain !== defaultHostName && !isAzureHostName(plain);
	});
	return {
		hostNames: { reported: true, value: all.map(({ name }) => name) },
		customHostNames: { reported: true, value: custom },
	};
}

function readSslState(hostName: string, value: unknown): Reported<SslState> {
	const state = sslStates.find((known) => known === value);
	return state === undefined ? notReported(`the binding of ${hostName}`, value) : { reported: true, value: state };
}

function readThumbprint(value: unknown): string | null {
	return typeof value === "string" && /^[\da-f]{40}$/i.test(value) ? value.toUpperCase() : null;
}

function readTags(value: unknown): Record<string, string> {
	if (typeof value !== "object" || value === null) return {};
	return Object.fromEntries(Object.entries(value).filter((tag): tag is [string, string] => typeof tag[1] === "string"));
}

function readBoolean(value: unknown, name: string): Reported<boolean> {
	return typeof value === "boolean" ? { reported: true, value } : notReported(name, value);
}

function textOrNull(value: unknown): string | null {
	return typeof value === "string" ? value : null;
}

function notReported(what: string, value: unknown): { readonly reported: false; readonly reason: string } {
	const reason =
		value === undefined || value === null
			? `ARM did not report ${what}`
			: `ARM reported ${JSON.stringify(value).slice(0, 80)} as ${what}, which mtls-drift does not know`;
	return { reported: false, reason };
}
