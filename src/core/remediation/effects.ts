import type { MergedChanges, SiteProperties } from "../model/change.ts";
import { parseExclusionPaths } from "../model/exclusion-paths.ts";
import type { StoredSite } from "../model/finding.ts";
import type { Reported } from "../model/site.ts";

/** What the settings of a site will be once its changes are made. */
export function afterChanges(site: StoredSite, { properties, config }: MergedChanges): StoredSite {
	const { httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths: paths } = properties;
	const mode = clientCertMode ?? site.verbatim.mode;
	const set = <T>(value: T | undefined, before: Reported<T>): Reported<T> =>
		value === undefined ? before : { reported: true, value };
	return {
		...site,
		httpsOnly: set(httpsOnly, site.httpsOnly),
		clientCertMode: set(modeFrom(clientCertEnabled, mode), site.clientCertMode),
		clientCertExclusionPaths: set(
			paths === undefined ? undefined : parseExclusionPaths(paths),
			site.clientCertExclusionPaths,
		),
		verbatim: { mode, exclusionPaths: paths ?? site.verbatim.exclusionPaths },
		http20Enabled: set(config.http20Enabled, site.http20Enabled),
		minTlsVersion: set(config.minTlsVersion, site.minTlsVersion),
	};
}

/** The site with those settings of another state of it that some changes touch. */
export function copySettings(
	site: StoredSite,
	from: StoredSite,
	{ properties, config }: Pick<MergedChanges, "properties" | "config">,
): StoredSite {
	const { httpsOnly, clientCertEnabled, clientCertExclusionPaths } = properties;
	const mode = clientCertEnabled === undefined ? site : from;
	const paths = clientCertExclusionPaths === undefined ? site : from;
	return {
		...site,
		httpsOnly: (httpsOnly === undefined ? site : from).httpsOnly,
		clientCertMode: mode.clientCertMode,
		clientCertExclusionPaths: paths.clientCertExclusionPaths,
		verbatim: { mode: mode.verbatim.mode, exclusionPaths: paths.verbatim.exclusionPaths },
		minTlsVersion: (config.minTlsVersion === undefined ? site : from).minTlsVersion,
		http20Enabled: (config.http20Enabled === undefined ? site : from).http20Enabled,
	};
}

function modeFrom(enabled: boolean | undefined, mode: StoredSite["verbatim"]["mode"]) {
	if (enabled === undefined) return undefined;
	return enabled ? (mode ?? undefined) : "Ignore";
}

/** What takes changes back: each setting as ARM holds it now, each host name bound as it is. */
export function revertChanges(site: StoredSite, changes: MergedChanges): MergedChanges {
	const { config, addedHostNames, bindings, deletedHostNames } = changes;
	const manualSteps: string[] = [];
	const former: Former = (isChanged, setting, value) => {
		if (isChanged && !value.reported) {
			manualSteps.push(`No command brings ${setting} back: its value is not known (${value.reason}).`);
		}
		return isChanged && value.reported ? value.value : undefined;
	};
	const minTlsVersion = former(config.minTlsVersion !== undefined, "minTlsVersion", site.minTlsVersion);
	const http20Enabled = former(config.http20Enabled !== undefined, "http20Enabled", site.http20Enabled);
	const properties = revertProperties(site, changes.properties, former, manualSteps);

	const added = new Set(addedHostNames.map((name) => name.toLowerCase()));
	const rebindings = [...bindings, ...deletedHostNames].flatMap(({ hostName, before }) => {
		if (before === null) return [];
		const { sslState, thumbprint, isFound } = before;
		const [is, isNot] = [
			`${hostName} is bound as ${sslState}`,
			`No command binds ${hostName} again as it is (${sslState})`,
		];
		if (thumbprint === null) manualSteps.push(`${isNot}: ARM does not tell which certificate it has.`);
		else if (isFound === false) {
			manualSteps.push(`${isNot}: its certificate ${thumbprint} is not where azure-cli looks for one.`);
		} else if (isFound === null) {
			const caveat = "the certificates could not be read, so the command that brings this back may not find it";
			manualSteps.push(`${is} to the certificate ${thumbprint}; ${caveat}.`);
		}
		if (thumbprint === null || isFound === false) return [];
		// Whoever undoes the way back finds the host name as the change left it.
		const changed = bindings.find((binding) => binding.hostName === hostName);
		return [{ hostName, sslState, thumbprint, before: changed === undefined ? null : { ...changed, isFound: true } }];
	});
	const unbindings = bindings
		.filter(({ hostName, before }) => before === null && !added.has(hostName.toLowerCase()))
		.map(({ hostName, sslState, thumbprint }) => ({ hostName, sslState, thumbprint }));
	return {
		properties,
		config: {
			...(minTlsVersion === undefined ? {} : { minTlsVersion }),
			...(http20Enabled === undefined ? {} : { http20Enabled }),
		},
		addedHostNames: deletedHostNames.map(({ hostName }) => hostName),
		bindings: rebindings,
		unbindings,
		deletedHostNames: addedHostNames.map((hostName) => ({ hostName, before: null })),
		tags: rebindings.length + unbindings.length > 0 ? changes.tags : null,
		manualSteps,
	};
}

/** The value before the changes; undefined where nothing changes, or where there is no value to bring back, which is noted. */
type Former = <T>(isChanged: boolean, setting: string, value: Reported<T>) => T | undefined;

function revertProperties(
	site: StoredSite,
	changed: SiteProperties,
	former: Former,
	manualSteps: string[],
): SiteProperties {
	const { verbatim } = site;
	const httpsOnly = former(changed.httpsOnly !== undefined, "httpsOnly", site.httpsOnly);
	const mode = former(changed.clientCertEnabled !== undefined, "clientCertMode", site.clientCertMode);
	const arePathsChanged = changed.clientCertExclusionPaths !== undefined;
	const paths = former(arePathsChanged, "clientCertExclusionPaths", site.clientCertExclusionPaths);
	if (mode !== undefined && changed.clientCertMode !== undefined && verbatim.mode === null) {
		manualSteps.push(
			`clientCertMode stays ${changed.clientCertMode}, which means nothing while client certificates are disabled: what it was is not known.`,
		);
	}
	return {
		...(httpsOnly === undefined ? {} : { httpsOnly }),
		...(mode === undefined ? {} : { clientCertEnabled: mode !== "Ignore" }),
		// It means nothing while disabled, but somebody may enable it again without a look.
		...(mode === undefined || changed.clientCertMode === undefined || verbatim.mode === null
			? {}
			: { clientCertMode: verbatim.mode }),
		...(paths === undefined ? {} : { clientCertExclusionPaths: verbatim.exclusionPaths }),
	};
}
