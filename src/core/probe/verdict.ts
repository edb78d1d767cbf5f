import { type Answer, type HostReading, nameProtocol, type Protocol, type Reply } from "./reading.ts";

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
