import { drifted, inSync, notApplicable, type Rule, type RuleContext, type Verdict } from "../evaluation/rule.ts";
import type { Change } from "../model/change.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "../model/renegotiation.ts";
import type { Site } from "../model/site.ts";
import { planPaths } from "../probe/plan.ts";
import { type HostReading, nameProtocol, type Reply } from "../probe/reading.ts";
import { describeReplies, judgeReply } from "../probe/verdict.ts";
import { clientCertExclusionPaths } from "./client-cert-exclusion-paths.ts";
import { clientCertMode } from "./client-cert-mode.ts";
import { checkManually, fixSettings, inconclusive, judgeHosts } from "./helpers/probed-hosts.ts";
import { makePossible } from "./helpers/renegotiation.ts";

/** Where a client certificate is required, nobody must get in without one, whatever protocol is spoken. */
export const enforcedClientCert: Rule<"clientCertMode"> = {
	id: "enforced-client-cert",
	setting: "clientCertMode",
	perHostName: true,
	verifies: ["client-cert-mode", "client-cert-exclusion-paths", "tls-renegotiation"],
	description:
		"where `Required` is desired, a request without a client certificate gets past the front end of a host name by some protocol, or one with the given certificate does not",
	severityNote: "critical: open; high: closed to those with a certificate, too",
	learnMore: "https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth",
	needs: (_, desired) => (desired === "Required" ? ["probe"] : []),
	check(site, desired, context) {
		if (desired !== "Required") return [notApplicable("the policy requires no client certificate")];
		const { closed } = planPaths(site, context.desired);
		if (closed.length === 0) return [notApplicable("the policies exclude every path")];
		return judgeHosts(context, (host) => judgeClientCert(host, new Set(closed), site, context));
	},
};

function judgeClientCert(host: HostReading, closed: ReadonlySet<string>, site: Site, context: RuleContext): Verdict {
	const { hostName, stopReason } = host;
	const relevantReplies = host.replies.filter(({ path, withCertificate }) => withCertificate || closed.has(path));
	const admissions = relevantReplies.map((reply) => ({
		reply,
		admission: judgeReply(reply, host, reply.withCertificate),
	}));
	const those = (wanted: "admitted" | "rejected", withCertificate: boolean) =>
		admissions.flatMap(({ reply, admission }) =>
			admission.admission === wanted && reply.withCertificate === withCertificate ? [reply] : [],
		);
	const open = those("admitted", false);
	const shut = those("rejected", true);
	const explanation = describeReplies(host, relevantReplies);
	if (open.length > 0) {
		const away = those("rejected", false);
		return drifted(
			{
				severity: "critical",
				desired: "closed without a certificate",
				observed: away.length === 0 ? "open" : `open by ${nameProtocols(open)}`,
				explanation: `Callers without a client certificate get past the front end. ${explanation}`,
				remedy: chooseRemedy(site, open, context) ?? [checkManually(hostName)],
			},
			hostName,
		);
	}
	if (shut.length > 0) {
		return drifted(
			{
				severity: "high",
				desired: "open with a certificate",
				observed: `closed with one by ${nameProtocols(shut)}`,
				explanation: `Callers with a client certificate do not get past the front end: it cannot be asked for there, or is not taken. ${explanation}`,
				remedy: chooseRemedy(site, shut, context) ?? [checkManually(hostName)],
			},
			hostName,
		);
	}
	const unclear = admissions.find(({ admission }) => admission.admission === "unclear")?.admission;
	if (unclear?.admission === "unclear") return inconclusive(host, unclear.reason);
	if (stopReason !== null) return inconclusive(host, stopReason);
	return relevantReplies.length === 0 ? inconclusive(host, "it speaks neither TLS 1.2 nor TLS 1.3") : inSync(hostName);
}

/** Once each, in the order in which they were tried. */
function nameProtocols(replies: readonly Reply[]): string {
	return [...new Set(replies.map(({ protocol }) => nameProtocol(protocol)))].join(", ");
}

/** Undefined where the settings are right. Some settings are right by themselves, and cannot work together over HTTP/2 or TLS 1.3. */
function chooseRemedy(site: Site, wrong: readonly Reply[], context: RuleContext): readonly Change[] | undefined {
	const mode = fixSettings(clientCertMode, site, context);
	// The path / lays everything open, whatever the mode is.
	const excludesAll = site.clientCertExclusionPaths.reported && site.clientCertExclusionPaths.value.includes("/");
	const paths = excludesAll ? fixSettings(clientCertExclusionPaths, site, context) : undefined;
	if (mode !== undefined || paths !== undefined) return [...(mode ?? []), ...(paths ?? [])];
	return fixRenegotiation(site, wrong, context);
}

/** What is wrong by those protocols alone that have no renegotiation. */
export function fixRenegotiation(
	site: Site,
	wrong: readonly Reply[],
	{ desired }: RuleContext,
): readonly Change[] | undefined {
	const hasIt = ({ protocol: { http, tls } }: Reply) => http === "1.1" && tls === "1.2";
	if (whatNeedsRenegotiation(site).needs.length === 0 || wrong.some(hasIt)) return undefined;
	const { http20, tls13 } = whatRulesRenegotiationOut(site);
	const changes = makePossible(http20, tls13, desired);
	const staysWrong = wrong.some(({ protocol: { http, tls } }) => http === "1.1" && tls === "1.3");
	if (!staysWrong && changes.length > 0) return changes;
	const advice =
		"Exclusion paths need TLS renegotiation, which TLS 1.3 does not have, and no setting of App Service turns TLS 1.3 off: do without exclusion paths (a site of its own for what must be open), then scan again.";
	return [...changes, { change: "manual-step", advice }];
}
