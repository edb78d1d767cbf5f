import { coveringIn } from "../model/exclusion-paths.ts";
import { isHostName } from "../model/host-name.ts";
import type { Site } from "../model/site.ts";
import type { DesiredState } from "../policy/precedence.ts";

/** What to ask each host name of a site. */
export interface ProbePlan {
	/** Whether to ask by plain http, too. */
	readonly plainHttp: boolean;
	/** To be asked for without a certificate by each protocol, before all else; none: a handshake is enough. */
	readonly paths: readonly string[];
	/** To be asked for with a certificate, where there is one. */
	readonly pathsWithCertificate: readonly string[];
	/** The same as `paths`, but at last: behind these an app may let its callers wait. */
	readonly lastPaths: readonly string[];
}

/** The paths of a site, by what should come of a request without a certificate. */
export interface ProbePaths {
	/** Are to need a certificate: the root, and one under no exclusion. */
	readonly closed: readonly string[];
	/** Are to need none. */
	readonly excluded: readonly string[];
	/** Are to need one: near misses of those that are excluded, and what is excluded and should not be. */
	readonly besides: readonly string[];
	/** How many exclusion paths, desired or configured, are not asked for. */
	readonly left: number;
}

/** Of a site's desired exclusion paths; whoever has more of them has another problem. */
const mostPaths = 50;

export function planPaths(site: Site, desired: DesiredState): ProbePaths {
	const { clientCertMode: mode, clientCertExclusionPaths: paths } = desired;
	const isRequired = mode.state === "desired" && mode.value === "Required";
	const wanted = paths.state === "desired" ? paths.value : [];
	const observed = site.clientCertExclusionPaths.reported ? site.clientCertExclusionPaths.value : [];
	const coveringOf = coveringIn([...wanted, ...observed]);
	const isFree = (path: string) => coveringOf(path).length === 0;
	const isExcludedByPolicy = coveringIn(wanted);
	const excluded = wanted.slice(0, mostPaths);
	const left = wanted.length - excluded.length;
	if (!isRequired || wanted.includes("/")) return { closed: [], excluded, besides: [], left };
	// What is excluded against the wish may cover it: then it is open where it should not be.
	const isBeside = (path: string) => isExcludedByPolicy(path).length === 0;
	const findNearMiss = (rest: string) => firstFree(rest, isFree) ?? firstFree(rest, isBeside) ?? [];
	const nearMisses = excluded.flatMap((path) => findNearMiss(path.slice(1)));
	const undesired =
		paths.state === "desired"
			? observed.filter((path) => path !== "/" && path.startsWith("/") && isExcludedByPolicy(path).length === 0)
			: [];
	return {
		closed: ["/", ...(firstFree("mtls-drift-verify", isFree) ?? [])],
		excluded,
		besides: [...new Set([...nearMisses, ...undesired.slice(0, mostPaths)])],
		left: left + Math.max(0, undesired.length - mostPaths),
	};
}

/** The rest of a path under another first segment, one that no exclusion path covers. */
function firstFree(rest: string, isFree: (path: string) => boolean): string[] | undefined {
	const starts = ["not-", ..."abcdefghijklmnopqrstuvwxyz0123456789"].map((start) => `/${start}${rest}`);
	const found = starts.find(isFree);
	return found === undefined ? undefined : [found];
}

/** Which host names of a site to ask, and what; or why it cannot be asked at all. */
export function planProbe(
	site: Site,
	desired: DesiredState,
):
	| { readonly canBeProbed: true; readonly hostNames: readonly string[]; readonly plan: ProbePlan }
	| { readonly canBeProbed: false; readonly reason: string } {
	if (site.isStopped) {
		return { canBeProbed: false, reason: "the site is stopped: App Service answers in its place" };
	}
	if (!site.hostNames.reported) return { canBeProbed: false, reason: site.hostNames.reason };
	const { closed, excluded, besides } = planPaths(site, desired);
	const { httpsOnly } = desired;
	const others = [...excluded, ...besides];
	const plan = {
		plainHttp: httpsOnly.state === "desired" && httpsOnly.value,
		paths: closed.length === 0 ? others : closed,
		pathsWithCertificate: closed.slice(0, 1),
		lastPaths: closed.length === 0 ? [] : others,
	};
	return { canBeProbed: true, hostNames: site.hostNames.value, plan };
}

/** Why a host name is not asked. What ARM tells can be anything, and goes into DNS and onto the wire. */
export function whyNotProbed(hostName: string): string | undefined {
	if (hostName.startsWith("*.")) return "a wildcard names no host that could be asked";
	return isHostName(hostName.toLowerCase()) ? undefined : "that is no host name";
}
