import type { DesiredState } from "./desired-state.ts";
import { coveringIn } from "./exclusion-paths.ts";
import { isHostName } from "./host-name.ts";
import type { Site } from "./site.ts";

/** One way to speak TLS and HTTP; each is tried by itself. */
export interface Protocol {
	readonly tls: "1.2" | "1.3";
	readonly http: "1.1" | "2";
}

export const protocols: readonly Protocol[] = [
	{ tls: "1.2", http: "1.1" },
	{ tls: "1.3", http: "1.1" },
	{ tls: "1.2", http: "2" },
	{ tls: "1.3", http: "2" },
];

export function nameProtocol({ http, tls }: Protocol): string {
	return `HTTP/${http} with TLS ${tls}`;
}

/** What came back of one request. */
export type Answer =
	| HttpAnswer
	/** The server broke off the TLS handshake and said so. */
	| { readonly came: "alert"; readonly reason: string }
	/** Nobody listens there. */
	| { readonly came: "refusal" }
	/** The server ended the connection without a word. */
	| { readonly came: "cut-off" }
	/** No answer, or none that could be read. */
	| { readonly came: "nothing"; readonly reason: string };

export interface HttpAnswer {
	readonly came: "response";
	readonly status: number;
	readonly location: string | null;
	/** Why it says nothing of the settings; null where it does. */
	readonly hindrance: string | null;
	/** Of 403: by which two pages are told apart, without what changes from request to request. Else empty. */
	readonly page: string;
}

/** What came back of one request by https. */
export interface Reply {
	readonly protocol: Protocol;
	readonly withCertificate: boolean;
	readonly path: string;
	readonly answer: Answer;
}

/** The certificate that a host serves. */
export interface ServedCertificate {
	/** Upper-case hexadecimal SHA-1. */
	readonly thumbprint: string;
	readonly namesHost: boolean;
	readonly validFrom: Date;
	readonly expiresAt: Date;
	/** Why it does not chain to a root that is trusted; null where it does. */
	readonly distrust: string | null;
}

/** What a host said when it was asked. */
export interface HostReading {
	readonly hostName: string;
	/** Why no more was asked; null when it was asked all but the last paths. */
	readonly gaveUp: string | null;
	/** Why not all of the last paths were asked for; null when they were. */
	readonly gaveUpPaths: string | null;
	/** By plain http; null where it was not asked. */
	readonly plainHttp: Answer | null;
	/** Without those of the protocols that the host does not speak. */
	readonly replies: readonly Reply[];
	/** Null where no handshake came to its end. */
	readonly served: ServedCertificate | null;
}

/** What a site said at its door; `asked: false`: nobody went there, or could. */
export type DoorReading =
	| { readonly asked: true; readonly hosts: readonly HostReading[] }
	| { readonly asked: false; readonly reason: string };

export const notAsked: DoorReading = { asked: false, reason: "nobody asked at its door" };

/** What to ask each host name of a site. */
export interface DoorPlan {
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
export interface DoorPaths {
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

export function planPaths(site: Site, desired: DesiredState): DoorPaths {
	const { clientCertMode: mode, clientCertExclusionPaths: paths } = desired;
	const isRequired = mode.state === "desired" && mode.value === "Required";
	const wanted = paths.state === "desired" ? paths.value : [];
	const observed = site.clientCertExclusionPaths.reported ? site.clientCertExclusionPaths.value : [];
	const coveringOf = coveringIn([...wanted, ...observed]);
	const isFree = (path: string) => coveringOf(path).length === 0;
	const isOpenByWish = coveringIn(wanted);
	const excluded = wanted.slice(0, mostPaths);
	const left = wanted.length - excluded.length;
	if (!isRequired || wanted.includes("/")) return { closed: [], excluded, besides: [], left };
	// What is excluded against the wish may cover it: then it is open where it should not be.
	const isBeside = (path: string) => isOpenByWish(path).length === 0;
	const findNearMiss = (rest: string) => firstFree(rest, isFree) ?? firstFree(rest, isBeside) ?? [];
	const nearMisses = excluded.flatMap((path) => findNearMiss(path.slice(1)));
	const undesired =
		paths.state === "desired"
			? observed.filter((path) => path !== "/" && path.startsWith("/") && isOpenByWish(path).length === 0)
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
export function planDoor(
	site: Site,
	desired: DesiredState,
):
	| { readonly canBeAsked: true; readonly hostNames: readonly string[]; readonly plan: DoorPlan }
	| { readonly canBeAsked: false; readonly reason: string } {
	if (site.isStopped) {
		return { canBeAsked: false, reason: "the site is stopped: App Service answers in its place" };
	}
	if (!site.hostNames.reported) return { canBeAsked: false, reason: site.hostNames.reason };
	const { closed, excluded, besides } = planPaths(site, desired);
	const { httpsOnly } = desired;
	const others = [...excluded, ...besides];
	const plan = {
		plainHttp: httpsOnly.state === "desired" && httpsOnly.value,
		paths: closed.length === 0 ? others : closed,
		pathsWithCertificate: closed.slice(0, 1),
		lastPaths: closed.length === 0 ? [] : others,
	};
	return { canBeAsked: true, hostNames: site.hostNames.value, plan };
}

/** Why a host name is not asked. What ARM tells can be anything, and goes into DNS and onto the wire. */
export function whyNotAsked(hostName: string): string | undefined {
	if (hostName.startsWith("*.")) return "a wildcard names no host that could be asked";
	return isHostName(hostName.toLowerCase()) ? undefined : "that is no host name";
}

/** A host that was not asked, or not to the end. */
export function unasked(hostName: string, gaveUp: string): HostReading {
	return { hostName, gaveUp, gaveUpPaths: gaveUp, plainHttp: null, replies: [], served: null };
}

/** Folds an HTTP response into an answer. `body` may be cut. */
export function readResponse(
	path: string,
	response: {
		readonly status: number;
		readonly location: string | null;
		readonly contentType: string | null;
		/** Whether the header `x-ms-forbidden-ip` is there. */
		readonly forbidsAddress: boolean;
		readonly body: string;
	},
): HttpAnswer {
	const { status, location, contentType, forbidsAddress, body } = response;
	const page = status === 403 ? `${contentType ?? ""}\n${withoutIncidents(body, path)}` : "";
	return { came: "response", status, location, hindrance: findHindrance(status, forbidsAddress, body), page };
}

const longestPage = 2000;

/** A page may name the path, the time or the request: words with a digit go. */
function withoutIncidents(body: string, path: string): string {
	const words = body.replaceAll(path, "").replaceAll("/", "").split(/\s+/);
	return words
		.filter((word) => !/\d/.test(word))
		.join(" ")
		.slice(0, longestPage);
}

/** 408 and 421 are of the connection, 495 and 496 a proxy's words for a client certificate, the others of a server in trouble. */
const silent = new Set([408, 421, 429, 495, 496, 502, 503, 504]);

/**
 * What App Service answers whatever the client-certificate settings are, and what comes of a server that is overloaded or down.
 * Sources: https://github.com/microsoft/clarity/issues/1133 (403 with x-ms-forbidden-ip),
 * https://kevinlocke.name/bits/2018/09/05/azure-kudu-error-403-without-referer (the page of a stopped app).
 */
function findHindrance(status: number, forbidsAddress: boolean, body: string): string | null {
	if (status === 403 && forbidsAddress) {
		return "it answered 403 because of its access restrictions (x-ms-forbidden-ip): from here, the door itself cannot be seen";
	}
	if (status === 403 && /web app is stopped/i.test(body)) return "it answered 403 because the web app is stopped";
	if (silent.has(status)) return `it answered ${status}, which tells nothing of who may come in`;
	return null;
}

/** What became of a caller. */
export type Entry =
	| { readonly got: "in" }
	| { readonly got: "turned-away" }
	| { readonly got: "unclear"; readonly reason: string };

const turnedAway: Entry = { got: "turned-away" };
const wentIn: Entry = { got: "in" };

/**
 * Whether a request got past the front end. Apps answer 403, too: what has another page than the one that a caller without a
 * certificate gets at the root is the app's own. `mayDo`: whether such a caller is let in by right, as on an excluded path.
 */
export function judgeReply(
	{ protocol, path, answer, withCertificate }: Reply,
	host: HostReading,
	mayDo: boolean,
): Entry {
	if (answer.came === "alert") return turnedAway;
	if (answer.came === "refusal") return { got: "unclear", reason: "nobody listens at port 443" };
	if (answer.came === "cut-off") {
		// Some servers say no like that: each time, while those with a certificate get on.
		return !withCertificate && isCutOffForWantOfOne(host, protocol)
			? turnedAway
			: { got: "unclear", reason: "the connection was cut off" };
	}
	if (answer.came === "nothing") return { got: "unclear", reason: answer.reason };
	if (answer.hindrance !== null) return { got: "unclear", reason: answer.hindrance };
	const root = host.replies.find(
		(other) => !other.withCertificate && other.path === "/" && nameProtocol(other.protocol) === nameProtocol(protocol),
	)?.answer;
	// Some proxies answer so to who shows no certificate, and some apps to who asks for nothing in particular.
	const isAmbiguous = answer.status === 400 && (!mayDo || (root?.came === "response" && root.status === 400));
	if (isAmbiguous)
		return { got: "unclear", reason: `${path} got 400, which an app answers, and a proxy that turns callers away` };
	if (answer.status !== 403) return wentIn;
	// Where the root breaks off the handshake, a page is behind it.
	if (withCertificate && root?.came === "alert") return wentIn;
	const isFrontEnds = root?.came === "response" && root.hindrance === null && root.status === 403;
	if (!isFrontEnds && mayDo) {
		// Where anybody gets to the root, the front end turns nobody away.
		if (root?.came === "response" && root.hindrance === null) return wentIn;
		return {
			got: "unclear",
			reason: `${path} got 403, and whether it came from the front end or from the app cannot be told`,
		};
	}
	if (!isFrontEnds || root.page === answer.page) return turnedAway;
	if (mayDo) return wentIn;
	return {
		got: "unclear",
		reason: `${path} got 403, but another page than / does: whether it came from the front end or from the app cannot be told`,
	};
}

function isCutOffForWantOfOne({ replies }: HostReading, protocol: Protocol): boolean {
	const same = replies.filter((reply) => nameProtocol(reply.protocol) === nameProtocol(protocol));
	const without = same.filter(({ withCertificate }) => !withCertificate);
	const hasGotOn = same.some(
		({ withCertificate, answer }) =>
			withCertificate && answer.came === "response" && answer.status !== 403 && answer.hindrance === null,
	);
	return hasGotOn && without.length > 1 && without.every(({ answer }) => answer.came === "cut-off");
}

/** What was sent and what came back, as sentences. */
export function describeReplies({ hostName }: HostReading, replies: readonly Reply[]): string {
	const some = Map.groupBy(replies, ({ path, withCertificate }) => `${withCertificate} ${path}`);
	return [...some.values()]
		.slice(0, 6)
		.map((group) => {
			const [{ path, withCertificate }] = group as [Reply];
			const byAnswer = Map.groupBy(group, ({ answer }) => nameAnswer(answer));
			const answers = [...byAnswer].map(
				([answer, same]) => `${answer} (${same.map(({ protocol }) => nameProtocol(protocol)).join(", ")})`,
			);
			const shown = path.length <= 100 ? path : `${path.slice(0, 100)}…`;
			return `GET https://${hostName}${shown} ${withCertificate ? "with" : "without"} a client certificate got ${answers.join(", ")}.`;
		})
		.join(" ");
}

/** In a few words. */
export function nameAnswer(answer: Answer): string {
	if (answer.came === "response") return String(answer.status);
	if (answer.came === "alert") return "a failed handshake";
	if (answer.came === "cut-off") return "cut off";
	return answer.came === "refusal" ? "connection refused" : "no answer";
}
