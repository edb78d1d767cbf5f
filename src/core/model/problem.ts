/** Something that kept the scan from telling the truth, with the words of the message. */
export interface Problem {
	readonly code: (typeof problemCodes)[number];
	/** An ARM ID, `DriftPolicy/ROW/COLUMN` or `DriftExemption/ROW/COLUMN`. Two problems with the same code and scope are the same problem. */
	readonly scope: string;
	/** What happened, to what, and what to do. */
	readonly message: string;
}

export const problemCodes = [
	"subscription-unreadable",
	"site-unreadable",
	"list-incomplete",
	"scan-failed",
	"policy-missing",
	"policy-invalid",
	"policy-conflict",
	"policy-contradiction",
	"exemption-invalid",
] as const;

/** Names can be long and many; a message that nobody reads to its end tells nothing more. */
const longestMessage = 4000;

/** The problem with no more of its message than people would read. */
export function shorten(problem: Problem): Problem {
	const { message } = problem;
	return message.length <= longestMessage ? problem : { ...problem, message: `${message.slice(0, longestMessage)}…` };
}
