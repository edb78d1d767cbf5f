import { parseExclusionPaths } from "../../src/core/exclusion-paths.ts";
import type { Change } from "../../src/core/remediation.ts";
import type { Site } from "../../src/core/site.ts";
import { reported } from "./site.ts";

/** A thumbprint for a binding that had none. */
export const newThumbprint = "A".repeat(40);

/** What the site would be once ARM has taken the change. */
export function applyChange(site: Site, change: Change): Site {
	if (change.change === "binding") {
		const { hostName, sslState, thumbprint } = change;
		if (!site.customHostNames.reported) return site;
		const hostNames = site.customHostNames.value.map((known) =>
			known.name === hostName
				? { name: hostName, sslState: reported(sslState), thumbprint: thumbprint ?? newThumbprint }
				: known,
		);
		return { ...site, customHostNames: reported(hostNames) };
	}
	if (change.change === "by-hand") return site;
	if (change.change === "site-config") {
		const { minTlsVersion, http20Enabled } = change.properties;
		return {
			...site,
			...(minTlsVersion === undefined ? {} : { minTlsVersion: reported(minTlsVersion) }),
			...(http20Enabled === undefined ? {} : { http20Enabled: reported(http20Enabled) }),
		};
	}
	const { httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths } = change.properties;
	const changed = { ...site };
	if (httpsOnly !== undefined) changed.httpsOnly = reported(httpsOnly);
	if (clientCertEnabled === false) changed.clientCertMode = reported("Ignore");
	if (clientCertEnabled === true && clientCertMode !== undefined) changed.clientCertMode = reported(clientCertMode);
	if (clientCertExclusionPaths !== undefined) {
		changed.clientCertExclusionPaths = reported(parseExclusionPaths(clientCertExclusionPaths));
	}
	return changed;
}
