import { drifted, inSync, type Rule, unknown } from "../evaluation/rule.ts";
import { coveringIn, describeExclusionPaths, explainBroadPaths, listSomePaths } from "../model/exclusion-paths.ts";
import type { Severity } from "../model/finding.ts";
import { explainRoom, makeRoom, needsForRoom } from "./helpers/renegotiation.ts";

/** Only the desired paths may do without a client certificate. */
export const clientCertExclusionPaths: Rule<"clientCertExclusionPaths"> = {
	id: "client-cert-exclusion-paths",
	setting: "clientCertExclusionPaths",
	description: "the sets differ, without case and order",
	severityNote: "critical: `/` added; high: a path added; medium: only missing",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#exclude-paths-from-requiring-authentication",
	needs: (site, desired) => {
		const { clientCertExclusionPaths: paths } = site;
		const changes = paths.reported && paths.value.join(";") !== desired.join(";");
		return changes && desired.length > 0 ? needsForRoom(site) : [];
	},
	check(site, desired, context) {
		if (!site.clientCertExclusionPaths.reported) return [unknown(site.clientCertExclusionPaths.reason)];
		const observed = site.clientCertExclusionPaths.value;
		const [isDesired, isObserved] = [new Set(desired), new Set(observed)];
		const added = observed.filter((path) => !isDesired.has(path));
		const missing = desired.filter((path) => !isObserved.has(path));
		if (added.length === 0 && missing.length === 0) return [inSync()];
		const room = makeRoom(site, context);
		return [
			drifted({
				severity: exclusionSeverity(added),
				desired: describeExclusionPaths(desired),
				observed: describeExclusionPaths(observed),
				explanation: [explainExclusionPaths(added, missing, observed, desired), ...explainRoom(room)]
					.filter(Boolean)
					.join(" "),
				remedy: [{ change: "site-properties", properties: { clientCertExclusionPaths: desired.join(";") } }, ...room],
			}),
		];
	},
};

function exclusionSeverity(added: readonly string[]): Severity {
	if (added.includes("/")) return "critical";
	return added.length > 0 ? "high" : "medium";
}

function explainExclusionPaths(
	added: readonly string[],
	missing: readonly string[],
	observed: readonly string[],
	desired: readonly string[],
): string {
	const coveringOf = coveringIn(observed);
	const shut = missing.filter((path) => coveringOf(path).length === 0);
	return [
		...(added.length > 0 && !added.includes("/")
			? [`Without a client certificate, callers reach everything that starts with ${listSomePaths(added, "or")}.`]
			: []),
		// Of these everybody should hear, though a policy may want them.
		...explainBroadPaths(observed, desired).slice(0, 5),
		...(shut.length > 0
			? [`Callers of ${listSomePaths(shut, "and")} need a certificate that they should not need.`]
			: []),
	].join(" ");
}
