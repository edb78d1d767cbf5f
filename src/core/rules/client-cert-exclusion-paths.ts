import { describeExclusionPaths } from "../exclusion-paths.ts";
import { drifted, inSync, type Rule, type Severity, unknown } from "../rule.ts";

/** Only the desired paths may do without a client certificate. */
export const clientCertExclusionPaths: Rule<"clientCertExclusionPaths"> = {
	id: "client-cert-exclusion-paths",
	setting: "clientCertExclusionPaths",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#exclude-paths-from-requiring-authentication",
	check(site, desired) {
		if (!site.clientCertExclusionPaths.reported) return [unknown(site.clientCertExclusionPaths.reason)];
		const observed = site.clientCertExclusionPaths.value;
		const added = observed.filter((path) => !desired.includes(path));
		const missing = desired.filter((path) => !observed.includes(path));
		if (added.length === 0 && missing.length === 0) return [inSync()];
		return [
			drifted({
				severity: severityOf(added),
				desired: describeExclusionPaths(desired),
				observed: describeExclusionPaths(observed),
				explanation: [...explainAdded(added), ...explainMissing(missing)].join(" "),
				remedy: [{ change: "site-properties", properties: { clientCertExclusionPaths: desired.join(";") } }],
			}),
		];
	},
};

function severityOf(added: readonly string[]): Severity {
	if (added.includes("/")) return "critical";
	return added.length > 0 ? "high" : "medium";
}

function explainAdded(added: readonly string[]): string[] {
	if (added.length === 0) return [];
	if (added.includes("/")) return ["The path / covers every path: no caller needs a client certificate."];
	return [`Without a client certificate, callers reach everything that starts with ${listSome(added, "or")}.`];
}

function explainMissing(missing: readonly string[]): string[] {
	return missing.length === 0
		? []
		: [`Callers of ${listSome(missing, "and")} need a certificate that they should not need.`];
}

/** The first few, each cut where it is long: the whole set stands beside the explanation. */
function listSome(paths: readonly string[], conjunction: string): string {
	const shown = paths.slice(0, 5).map((path) => (path.length <= 100 ? path : `${path.slice(0, 100)}…`));
	if (paths.length > 5) shown.push(`${paths.length - 5} more`);
	return shown.join(` ${conjunction} `);
}
