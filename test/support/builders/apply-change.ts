import type { CertificateReading } from "../../../src/core/model/certificate.ts";
import type { Change, MergedChanges } from "../../../src/core/model/change.ts";
import { parseExclusionPaths } from "../../../src/core/model/exclusion-paths.ts";
import type { CustomHostName, Site } from "../../../src/core/model/site.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { hostName, reported } from "./site.ts";

/** What the site would be once ARM has taken the changes. */
export function applyChanges(
	site: Site,
	changes: readonly Change[],
	certificates: CertificateReading,
	now: Date,
): Site {
	return applyMerged(site, mergeChanges(site, changes, certificates, now));
}

/** The same of changes that have been merged. */
export function applyMerged(site: Site, merged: MergedChanges): Site {
	const { httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths } = merged.properties;
	const { minTlsVersion, http20Enabled } = merged.config;
	const mode = clientCertMode ?? site.verbatim.mode;
	const changed = {
		...site,
		verbatim: { mode, exclusionPaths: clientCertExclusionPaths ?? site.verbatim.exclusionPaths },
	};
	if (httpsOnly !== undefined) changed.httpsOnly = reported(httpsOnly);
	if (clientCertEnabled === false) changed.clientCertMode = reported("Ignore");
	if (clientCertEnabled === true && mode !== null) changed.clientCertMode = reported(mode);
	if (clientCertExclusionPaths !== undefined) {
		changed.clientCertExclusionPaths = reported(parseExclusionPaths(clientCertExclusionPaths));
	}
	if (minTlsVersion !== undefined) changed.minTlsVersion = reported(minTlsVersion);
	if (http20Enabled !== undefined) changed.http20Enabled = reported(http20Enabled);
	if (!site.customHostNames.reported) return changed;

	const hostNames = new Map(site.customHostNames.value.map((known) => [known.name.toLowerCase(), known]));
	for (const name of merged.addedHostNames) hostNames.set(name.toLowerCase(), hostName(name, "Disabled"));
	for (const { hostName: name, sslState, thumbprint } of merged.bindings) {
		// ARM cannot bind a name that the site does not have.
		const known = hostNames.get(name.toLowerCase()) as CustomHostName;
		hostNames.set(name.toLowerCase(), { ...known, sslState: reported(sslState), thumbprint });
	}
	for (const { hostName: name } of merged.unbindings) {
		hostNames.set(name.toLowerCase(), { ...(hostNames.get(name.toLowerCase()) as CustomHostName), ...unbound });
	}
	for (const { hostName: name } of merged.deletedHostNames) hostNames.delete(name.toLowerCase());
	return { ...changed, customHostNames: reported([...hostNames.values()]) };
}

const unbound = { sslState: reported("Disabled" as const), thumbprint: null };
