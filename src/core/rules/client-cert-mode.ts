import { drifted, inSync, type Rule, unknown } from "../evaluation/rule.ts";
import type { Severity } from "../model/finding.ts";
import type { ClientCertMode } from "../model/site.ts";
import { explainRoom, makeRoom, needsForRoom } from "./helpers/renegotiation.ts";

/** Callers must be asked for a client certificate as the policy wants. */
export const clientCertMode: Rule<"clientCertMode"> = {
	id: "client-cert-mode",
	setting: "clientCertMode",
	description: "the mode is another; `Ignore` is `clientCertEnabled: false`, whatever ARM's `clientCertMode` says",
	severityNote: "critical: `Required` desired; high: `Ignore` observed; else medium",
	learnMore: "https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth",
	needs: (site, desired) => {
		const { clientCertMode: mode, clientCertExclusionPaths: paths } = site;
		const changes = mode.reported && mode.value !== desired && desired !== "Ignore";
		const mayNeed = desired === "OptionalInteractiveUser" || !paths.reported || paths.value.length > 0;
		return changes && mayNeed ? needsForRoom(site) : [];
	},
	check(site, desired, context) {
		if (!site.clientCertMode.reported) return [unknown(site.clientCertMode.reason)];
		const observed = site.clientCertMode.value;
		if (observed === desired) return [inSync()];
		const room = makeRoom(site, context);
		return [
			drifted({
				severity: modeSeverity(desired, observed),
				desired,
				observed,
				explanation: [meaning[observed], ...explainRoom(room)].join(" "),
				// The mode alone changes nothing while clientCertEnabled is false: https://github.com/MicrosoftDocs/azure-docs/issues/117956
				remedy: [
					{
						change: "site-properties",
						properties:
							desired === "Ignore"
								? { clientCertEnabled: false }
								: { clientCertEnabled: true, clientCertMode: desired },
					},
					...room,
				],
			}),
		];
	},
};

function modeSeverity(desired: ClientCertMode, observed: ClientCertMode): Severity {
	if (desired === "Required") return "critical";
	return observed === "Ignore" ? "high" : "medium";
}

const meaning: Record<ClientCertMode, string> = {
	Required: "Every request needs a client certificate: callers without one are turned away with 403.",
	Optional: "Callers are asked for a client certificate and may go on without one.",
	OptionalInteractiveUser: "Callers are not asked for a client certificate by default, and go on without one.",
	Ignore:
		"clientCertEnabled is false: callers are not asked for a certificate, and none reaches the app, whatever clientCertMode says.",
};
