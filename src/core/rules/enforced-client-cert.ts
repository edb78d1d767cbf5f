import { type Circumstances, drifted, inSync, notApplicable, type Rule, type Verdict } from "../evaluation/rule.ts";
import type { Change } from "../model/change.ts";
import { whatNeedsRenegotiation, whatRulesRenegotiationOut } from "../model/renegotiation.ts";
import type { Site } from "../model/site.ts";
import { planPaths } from "../probe/plan.ts";
import { type HostReading, nameProtocol, type Reply } from "../probe/reading.ts";
import { describeReplies, judgeReply } from "../probe/verdict.ts";
import { clientCertExclusionPaths } from "./client-cert-exclusion-paths.ts";
import { clientCertMode } from "./client-cert-mode.ts";
import { judgeHosts, lookForYourself, mendSettings, untold } from "./helpers/probed-hosts.ts";
import { makePossible } from "./helpers/renegotiation.ts";

/** Where a client certificate is required, nobody must get in without one, whatever protocol is spoken. */
export const enforcedClientCert: Rule<"clientCertMode"> = {
	id: "enforced-client-cert",
	setting: "clientCertMode",
	perHostName: true,
	confirms: ["client-cert-mode", "client-cert-exclusion-paths", "tls-renegotiation"],
	driftedWhen:
		"where `Required` is desired, a request without a client certificate gets past the front end of a host name by some protocol, or one with the given certificate does not",
	howSevere: "critical: open; high: closed to those with a certificate, too",
	learnMore: "https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth",
	needs: (_, desired) => (desired === "Required" ? ["door"] : []),
	check(site, desired, circumstances) {
		if (desired !== "Required") return [notApplicable("the policy requires no client certificate")];
		const { closed } = planPaths(site, circumstances.desired);
		if (closed.length === 0) return [notApplicable("the policies exclude every path")];
		return judgeHosts(circumstances, (host) => judge(host, new Set(closed), site, circumstances));
	},
};

function judge(host: HostReading, closed: ReadonlySet<string>, site: Site, circumstances: Circumstances): Verdict {
	const { hostName, gaveUp } = host;
	const asked = host.replies.filter(({ path, withCertificate }) => withCertificate || closed.has(path));
	const entries = asked.map((reply) => ({ reply, entry: judgeReply(reply, host, reply.withCertificate) }));
	const those = (got: "in" | "turned-away", withCertificate: boolean) =>
		entries.flatMap(({ reply, entry }) =>
			entry.got === got && reply.withCertificate === withCertificate ? [reply] : [],
		);
	const open = those("in", false);
	const shut = those("turned-away", true);
	const explanation = describeReplies(host, asked);
	if (open.length > 0) {
		const away = those("turned-away", false);
		return drifted(
			{
				severity: "critical",
				desired: "closed without a certificate",
				observed: away.length === 0 ? "open" : `open by ${nameProtocols(open)}`,
				explanation: `Callers without a client certificate get past the front end. ${explanation}`,
				remedy: mend(site, open, circumstances) ?? [lookForYourself(hostName)],
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
				remedy: mend(site, shut, circumstances) ?? [lookForYourself(hostName)],
			},
			hostName,
		);
	}
	const unclear = entries.find(({ entry }) => entry.got === "unclear")?.entry;
	if (unclear?.got === "unclear") return untold(host, unclear.reason);
	if (gaveUp !== null) return untold(host, gaveUp);
	return asked.length === 0 ? untold(host, "it speaks neither TLS 1.2 nor TLS 1.3") : inSync(hostName);
}

/** Once each, in the order in which they were tried. */
function nameProtocols(replies: readonly Reply[]): string {
	return [...new Set(replies.map(({ protocol }) => nameProtocol(protocol)))].join(", ");
}

/** Undefined where the settings are right. Some settings are right by themselves, and cannot work together over HTTP/2 or TLS 1.3. */
function mend(site: Site, wrong: readonly Reply[], circumstances: Circumstances): readonly Change[] | undefined {
	const mode = mendSettings(clientCertMode, site, circumstances);
	// The path / lays everything open, whatever the mode is.
	const excludesAll = site.clientCertExclusionPaths.reported && site.clientCertExclusionPaths.value.includes("/");
	const paths = excludesAll ? mendSettings(clientCertExclusionPaths, site, circumstances) : undefined;
	if (mode !== undefined || paths !== undefined) return [...(mode ?? []), ...(paths ?? [])];
	return mendRenegotiation(site, wrong, circumstances);
}

/** What is wrong by those protocols alone that have no renegotiation. */
export function mendRenegotiation(
	site: Site,
	wrong: readonly Reply[],
	{ desired }: Circumstances,
): readonly Change[] | undefined {
	const hasIt = ({ protocol: { http, tls } }: Reply) => http === "1.1" && tls === "1.2";
	if (whatNeedsRenegotiation(site).needs.length === 0 || wrong.some(hasIt)) return undefined;
	const { http20, tls13 } = whatRulesRenegotiationOut(site);
	const changes = makePossible(http20, tls13, desired);
	const staysWrong = wrong.some(({ protocol: { http, tls } }) => http === "1.1" && tls === "1.3");
	if (!staysWrong && changes.length > 0) return changes;
	const advice =
		"Exclusion paths need TLS renegotiation, which TLS 1.3 does not have, and no setting of App Service turns TLS 1.3 off: do without exclusion paths (a site of its own for what must be open), then scan again.";
	return [...changes, { change: "by-hand", advice }];
}
