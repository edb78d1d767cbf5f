import { type Circumstances, drifted, inSync, notApplicable, type Rule, type Verdict } from "../evaluation/rule.ts";
import { describeExclusionPaths } from "../model/exclusion-paths.ts";
import type { Site } from "../model/site.ts";
import { type DoorPaths, planPaths } from "../probe/plan.ts";
import type { HostReading, Reply } from "../probe/reading.ts";
import { describeReplies, judgeReply } from "../probe/verdict.ts";
import { clientCertExclusionPaths } from "./client-cert-exclusion-paths.ts";
import { mendRenegotiation } from "./enforced-client-cert.ts";
import { judgeHosts, lookForYourself, mendSettings, untold } from "./helpers/probed-hosts.ts";

/** The desired exclusion paths, and nothing beside them, must be open without a client certificate. */
export const enforcedExclusions: Rule<"clientCertExclusionPaths"> = {
	id: "enforced-exclusions",
	setting: "clientCertExclusionPaths",
	perHostName: true,
	confirms: ["client-cert-exclusion-paths", "tls-renegotiation"],
	driftedWhen:
		"a desired exclusion path gets 403 without a client certificate; or, where `Required` is desired, a near miss of one (another first segment), or an exclusion path that is not desired, does not",
	howSevere: "high: a path is open that should not be; medium: one is closed that should be open",
	learnMore:
		"https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#exclude-paths-from-requiring-authentication",
	needs: (site, desired) => (mayHavePaths(site, desired) ? ["door"] : []),
	check(site, desired, circumstances) {
		if (!mayHavePaths(site, desired)) return [notApplicable("no exclusion path is desired, and none is configured")];
		const paths = planPaths(site, circumstances.desired);
		if (paths.excluded.length + paths.besides.length === 0) {
			return [notApplicable("no exclusion path is desired, and none of those configured is to be closed")];
		}
		return judgeHosts(circumstances, (host) => judge(host, paths, site, desired, circumstances));
	},
};

function mayHavePaths({ clientCertExclusionPaths: observed }: Site, desired: readonly string[]): boolean {
	return desired.length > 0 || (observed.reported && observed.value.length > 0);
}

function judge(
	host: HostReading,
	{ excluded, besides, left }: DoorPaths,
	site: Site,
	desired: readonly string[],
	circumstances: Circumstances,
): Verdict {
	const { hostName, gaveUpPaths } = host;
	const [mayDo, mustNot] = [new Set(excluded), new Set(besides)];
	const asked = host.replies.filter(({ path, withCertificate }) => {
		return !withCertificate && (mayDo.has(path) || mustNot.has(path));
	});
	const entries = asked.map((reply) => ({ reply, entry: judgeReply(reply, host, mayDo.has(reply.path)) }));
	const those = (got: "in" | "turned-away", paths: ReadonlySet<string>) =>
		entries.flatMap(({ reply, entry }) => (entry.got === got && paths.has(reply.path) ? [reply] : []));
	const open = those("in", mustNot);
	const closed = those("turned-away", mayDo);
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
				remedy: mendSettings(clientCertExclusionPaths, site, circumstances) ??
					mendRenegotiation(site, wrong, circumstances) ?? [lookForYourself(hostName)],
			},
			hostName,
		);
	}
	const unclear = entries.find(({ entry }) => entry.got === "unclear")?.entry;
	if (unclear?.got === "unclear") return untold(host, unclear.reason);
	if (gaveUpPaths !== null) return untold(host, gaveUpPaths);
	if (left > 0) return untold(host, `${left} exclusion paths are too many to be asked for, beside the others`);
	return asked.length === 0 ? untold(host, "it speaks neither TLS 1.2 nor TLS 1.3") : inSync(hostName);
}

function mark(word: string, replies: readonly Reply[]): string[] {
	return [...new Set(replies.map(({ path }) => path))].map((path) => `${path} ${word}`);
}
