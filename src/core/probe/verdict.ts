import { type Answer, type HostReading, nameProtocol, type Protocol, type Reply } from "./reading.ts";

/** What became of a caller. */
export type Admission =
	| { readonly admission: "admitted" }
	| { readonly admission: "rejected" }
	| { readonly admission: "unclear"; readonly reason: string };

const rejected: Admission = { admission: "rejected" };
const admitted: Admission = { admission: "admitted" };

/**
 * Whether a request got past the front end. Apps answer 403, too: what has another page than the one that a caller without a
 * certificate gets at the root is the app's own. `isAllowed`: whether such a caller is let in by right, as on an excluded path.
 */
export function judgeReply(
	{ protocol, path, answer, withCertificate }: Reply,
	host: HostReading,
	isAllowed: boolean,
): Admission {
	if (answer.came === "alert") return rejected;
	if (answer.came === "refusal") return { admission: "unclear", reason: "nobody listens at port 443" };
	if (answer.came === "cut-off") {
		// Some servers say no like that: each time, while those with a certificate get on.
		return !withCertificate && isCutOffWithoutCertificate(host, protocol)
			? rejected
			: { admission: "unclear", reason: "the connection was cut off" };
	}
	if (answer.came === "nothing") return { admission: "unclear", reason: answer.reason };
	if (answer.blocker !== null) return { admission: "unclear", reason: answer.blocker };
	const root = host.replies.find(
		(other) => !other.withCertificate && other.path === "/" && nameProtocol(other.protocol) === nameProtocol(protocol),
	)?.answer;
	// Some proxies answer so to who shows no certificate, and some apps to who asks for nothing in particular.
	const isAmbiguous = answer.status === 400 && (!isAllowed || (root?.came === "response" && root.status === 400));
	if (isAmbiguous)
		return {
			admission: "unclear",
			reason: `${path} got 400, which an app answers, and a proxy that turns callers away`,
		};
	if (answer.status !== 403) return admitted;
	// Where the root breaks off the handshake, a page is behind it.
	if (withCertificate && root?.came === "alert") return admitted;
	const isFrontEnds = root?.came === "response" && root.blocker === null && root.status === 403;
	if (!isFrontEnds && isAllowed) {
		// Where anybody gets to the root, the front end turns nobody away.
		if (root?.came === "response" && root.blocker === null) return admitted;
		return {
			admission: "unclear",
			reason: `${path} got 403, and whether it came from the front end or from the app cannot be told`,
		};
	}
	if (!isFrontEnds || root.page === answer.page) return rejected;
	if (isAllowed) return admitted;
	return {
		admission: "unclear",
		reason: `${path} got 403, but another page than / does: whether it came from the front end or from the app cannot be told`,
	};
}

function isCutOffWithoutCertificate({ replies }: HostReading, protocol: Protocol): boolean {
	const same = replies.filter((reply) => nameProtocol(reply.protocol) === nameProtocol(protocol));
	const without = same.filter(({ withCertificate }) => !withCertificate);
	const hasGotOn = same.some(
		({ withCertificate, answer }) =>
			withCertificate && answer.came === "response" && answer.status !== 403 && answer.blocker === null,
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
