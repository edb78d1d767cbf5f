import { drifted, inSync, notApplicable, type Rule, type RuleContext, type Verdict } from "../evaluation/rule.ts";
import { describeExclusionPaths } from "../model/exclusion-paths.ts";
import type { Site } from "../model/site.ts";
import { type ProbePaths, planPaths } from "../probe/plan.ts";
import type { HostReading, Reply } from "../probe/reading.ts";
import { describeReplies, judgeReply } from "../probe/verdict.ts";
import { clientCertExclusionPaths } from "./client-cert-exclusion-paths.ts";
import { fixRenegotiation } from "./enforced-client-cert.ts";
import { checkManually, fixSettings, inconclusive, judgeHosts } from "./helpers/probed-hosts.ts";

/** The desired exclusion paths, and nothing beside them, must be open without a client certificate. */
export const enforcedExclusions: Rule<"clientCertExclusionPaths"> = {
	id: "enforced-exclusions",
	setting: "clientCertExclusionPaths",
	perHostName: true,
	verifies: ["client-cert-exclusion-paths", "tls-renegotiation"],
	description:
		"a desired exclusion path gets 403 without a client certificate; or, where `Required` is desired, a near miss of one (another first segment), or an exclusion path that is not desired, does not",
	severityNote: "high: a path is open that should not be; medium: one is closed that should be open",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#exclude-paths-from-requiring-authentication",
	needs: (site, desired) => (mayHavePaths(site, desired) ? ["probe"] : []),
	check(site, desired, context) {
		if (!mayHavePaths(site, desired)) return [notApplicable("no exclusion path is desired, and none is configured")];
		const paths = planPaths(site, context.desired);
		if (paths.excluded.length + paths.besides.length === 0) {
			return [notApplicable("no exclusion path is desired, and none of those configured is to be closed")];
		}
		return judgeHosts(context, (host) => judgeExclusions(host, paths, site, desired, context));
	},
};

function mayHavePaths({ clientCertExclusionPaths: observed }: Site, desired: readonly string[]): boolean {
	return desired.length > 0 || (observed.reported && observed.value.length > 0);
}

function judgeExclusions(
	host: HostReading,
	{ excluded, besides, left }: ProbePaths,
	site: Site,
	desired: readonly string[],
	context: RuleContext,
): Verdict {
	const { hostName, pathsStopReason } = host;
	const [mayBeOpen, mustBeClosed] = [new Set(excluded), new Set(besides)];
	const relevantReplies = host.replies.filter(({ path, withCertificate }) => {
		return !withCertificate && (mayBeOpen.has(path) || mustBeClosed.has(path));
	});
	const admissions = relevantReplies.map((reply) => ({
		reply,
		admission: judgeReply(reply, host, mayBeOpen.has(reply.path)),
	}));
	const those = (wanted: "admitted" | "rejected", paths: ReadonlySet<string>) =>
		admissions.flatMap(({ reply, admission }) =>
			admission.admission === wanted && paths.has(reply.path) ? [reply] : [],
		);
	const open = those("admitted", mustBeClosed);
	const closed = those("rejected", mayBeOpen);
	if (open.length + closed.length > 0) {
		const observed = [...mark("open", open), ...mark("closed", closed)];
		const wrong = [...open, ...closed];
		return drifted(
			{
				severity: open.length > 0 ? "high" : "medium",
				desired: describeExclusionPaths(desired),
				observed: describeExclusionPaths(observed),
				explanation: [
					...(open.length > 0 ? ["Callers without a client certificate reach what is not excluded."] : []),
					...(closed.length > 0 ? ["Callers of an excluded path need a certificate that they should not need."] : []),
					describeReplies(host, wrong),
				].join(" "),
				remedy: fixSettings(clientCertExclusionPaths, site, context) ??
					fixRenegotiation(site, wrong, context) ?? [checkManually(hostName)],
			},
			hostName,
		);
	}
	const unclear = admissions.find(({ admission }) => admission.admission === "unclear")?.admission;
	if (unclear?.admission === "unclear") return inconclusive(host, unclear.reason);
	if (pathsStopReason !== null) return inconclusive(host, pathsStopReason);
	if (left > 0) return inconclusive(host, `${left} exclusion paths are too many to be asked for, beside the others`);
	return relevantReplies.length === 0 ? inconclusive(host, "it speaks neither TLS 1.2 nor TLS 1.3") : inSync(hostName);
}

function mark(word: string, replies: readonly Reply[]): string[] {
	return [...new Set(replies.map(({ path }) => path))].map((path) => `${path} ${word}`);
}
