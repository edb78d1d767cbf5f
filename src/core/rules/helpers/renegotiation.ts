import type { Need, RuleContext } from "../../evaluation/rule.ts";
import type { Change, ConfigProperties } from "../../model/change.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "../../model/renegotiation.ts";
import type { Site } from "../../model/site.ts";
import type { Desired, DesiredState } from "../../policy/precedence.ts";

/** The same once the client-certificate settings are as desired. What is accepted as it is stays as it is. */
export function whatWillNeedRenegotiation(site: Site, { desired, isAccepted }: RuleContext) {
	const { clientCertMode: mode, clientCertExclusionPaths: paths } = desired;
	return whatNeedsRenegotiation({
		clientCertMode:
			mode.state === "desired" && !isAccepted("client-cert-mode")
				? { reported: true, value: mode.value }
				: site.clientCertMode,
		clientCertExclusionPaths:
			paths.state === "desired" && !isAccepted("client-cert-exclusion-paths")
				? { reported: true, value: paths.value }
				: site.clientCertExclusionPaths,
	});
}

/**
 * What else has to change, so that certificates can be asked for once the client-certificate settings are as desired; nothing where
 * they are asked for by renegotiation already, which is a matter of its own.
 */
export function makeRoom(site: Site, context: RuleContext): readonly Change[] {
	if (whatNeedsRenegotiation(site).needs.length > 0) return [];
	if (whatWillNeedRenegotiation(site, context).needs.length === 0) return [];
	const { http20, tls13 } = whatRulesRenegotiationOut(site);
	return makePossible(http20, tls13, context.desired);
}

/** What of that a command does, as a sentence. */
export function explainRoom(changes: readonly Change[]): readonly string[] {
	const { http20Enabled, minTlsVersion } = Object.assign(
		{},
		...changes.map((change) => (change.change === "site-config" ? change.properties : {})),
	) as ConfigProperties;
	const also = [
		...(http20Enabled === undefined ? [] : ["turns HTTP/2 off"]),
		...(minTlsVersion === undefined ? [] : [`makes TLS ${minTlsVersion} the minimum`]),
	].join(" and ");
	if (also === "") return [];
	return [
		`What the policy wants needs TLS renegotiation, so mending it also ${also}: certificates could not be asked for else.`,
	];
}

/** What `makeRoom` has to know. */
export function needsForRoom({ minTlsVersion, http20Enabled }: Site): readonly Need[] {
	return minTlsVersion.reported && http20Enabled.reported ? [] : ["config"];
}

/** Turns off what rules renegotiation out. Where a policy wants it on, or may want it, that would only make another drift. */
export function makePossible(http20: boolean, tls13: boolean, desired: DesiredState): Change[] {
	return [
		...(http20 ? disable(desired.http20Enabled, (wanted) => wanted, "HTTP/2 on", { http20Enabled: false }) : []),
		...(tls13
			? disable(desired.minTlsVersion, (wanted) => wanted === "1.3", "TLS 1.3 as the minimum", { minTlsVersion: "1.2" })
			: []),
	];
}

function disable<T>(
	desired: Desired<T>,
	isWanted: (value: T) => boolean,
	what: string,
	properties: ConfigProperties,
): Change[] {
	if (desired.state === "unknown") {
		const advice = `Whether the policies want ${what} is unknown (${desired.reason}), and the desired client-certificate settings cannot work with it: mend the policies first.`;
		return [{ change: "manual-step", advice }];
	}
	if (desired.state === "desired" && isWanted(desired.value)) {
		const advice = `Policy "${desired.policy}" wants ${what}, with which the desired client-certificate settings cannot work: change one of them.`;
		return [{ change: "manual-step", advice }];
	}
	return [{ change: "site-config", properties }];
}
