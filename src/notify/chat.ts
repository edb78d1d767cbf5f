import { printable } from "../core/printable.ts";
import type { FindingReport, ProblemReport, Report, SiteReport } from "../core/report.ts";
import type { Severity } from "../core/rule.ts";
import { describeExemption, headline, nameOf } from "../core/words.ts";

/** What a chat shows of a site: plain texts of a bounded length, in which nothing speaks to the chat itself. */
export interface ChatSite {
	readonly name: string;
	readonly facts: string;
	readonly findings: readonly ChatFinding[];
	/** For bash, one a line; exact, or not there at all. */
	readonly commands: readonly string[];
	readonly notes: readonly string[];
	readonly portalUrl: string;
}

export interface ChatFinding {
	readonly tone: Tone;
	/** `critical`, or `resolved`. */
	readonly label: string;
	/** The rule and its host name. */
	readonly what: string;
	/** Why it is told; null where the label says so. */
	readonly why: string | null;
	readonly desired: string;
	readonly observed: string;
	readonly explanation: string;
	/** The policy, since when, and who accepts it. */
	readonly origin: string;
}

/** How bad something is: `over` for what has ended, `accepted` for what is exempt. */
export type Tone = Severity | "over" | "accepted";

/** A chat's part holds few findings; so many of a site share one entry and its commands. */
export const findingsPerEntry = 3;

const longestCommands = 2500;

/** A site for a chat. `briefly`: only what must be said, for a site that fills a whole part otherwise. */
export function describeSite(site: SiteReport, briefly = false): ChatSite {
	const { commands, note } = briefly ? { commands: [], note: elsewhere(site) } : showCommands(site);
	const [first = [], more = 0] = briefly
		? [[], 0]
		: [site.remediation.warnings.slice(0, 4), site.remediation.warnings.length - 4];
	return {
		name: inert(nameOf(site), 200),
		facts: inert(`${site.kind}, resource group ${site.resourceGroup}`, 150),
		findings: site.findings.map((finding) => describeFinding(finding, briefly)),
		commands,
		notes: [
			...first.map((warning) => inert(warning, 400)),
			...(more > 0 ? [`${more} more to know: ${elsewhere(site)}`] : []),
			...(note === null ? [] : [note]),
		],
		portalUrl: new URL(site.portalUrl).href,
	};
}

function describeFinding(finding: FindingReport, briefly: boolean): ChatFinding {
	const { rule, target, reason, severity, desired, observed, explanation, policy, firstSeen, exemption } = finding;
	const since = `${firstSeen.slice(0, 16).replace("T", " ")} UTC`;
	const hasEnded = reason === "resolved" || reason === "removed";
	const accepted = exemption === null || hasEnded ? "" : `; ${describeExemption(exemption)}`;
	const tone = hasEnded ? "over" : exemption === null ? severity : "accepted";
	return {
		tone,
		label: hasEnded ? reason : severity,
		what: inert(target === null ? rule : `${rule} ${target}`, 300),
		why: hasEnded ? null : whyTold[reason],
		desired: inert(desired, briefly ? 150 : 300),
		observed: inert(observed, briefly ? 150 : 300),
		explanation: briefly ? "" : inert(explanation, 600),
		origin: inert(`policy ${policy}, first seen ${since}${accepted}`, briefly ? 150 : 400),
	};
}

const whyTold = {
	new: "new",
	changed: "changed",
	reopened: "drifted again",
	reminder: "still open",
	exempted: "exempt",
	"exemption-ended": "no longer exempt",
} as const;

export interface ChatProblem {
	readonly tone: Tone;
	readonly label: string;
	readonly message: string;
}

export function describeProblem({ code, reason, message }: ProblemReport): ChatProblem {
	const label = { new: code, reminder: `${code}, still so`, resolved: `${code}, resolved` }[reason];
	return { tone: reason === "resolved" ? "over" : "medium", label, message: inert(message, 1000) };
}

/** The head of a part: what it is about, what is told, and which part it is. */
export function describeReport(report: Report): { readonly title: string; readonly lines: readonly string[] } {
	const findings = report.sites.flatMap((site) => site.findings);
	const counted = (items: readonly { readonly reason: keyof typeof reasonWords }[], what: string) => {
		const byReason = Map.groupBy(items, ({ reason }) => reasonWords[reason]);
		const parts = [...byReason].map(([word, some]) => `${some.length} ${word}`);
		return parts.length === 0 ? [] : [`${what}: ${parts.join(", ")}`];
	};
	const told = [...counted(findings, "Drift"), ...counted(report.problems, "Problems")].join(". ");
	const name = report.subscription === null ? "set-up" : report.subscription.name;
	return {
		title: inert(`mtls-drift: ${name}`, 140),
		lines: [
			told,
			...(report.subscription === null ? [] : [inert(headline(report), 300)]),
			...(report.parts > 1 ? [`Part ${report.part} of ${report.parts}`] : []),
		],
	};
}

const reasonWords = {
	...whyTold,
	resolved: "resolved",
	removed: "gone with their sites",
} as const;

const tones: readonly Tone[] = ["critical", "high", "medium", "low", "accepted", "over"];

/** The worst of what a part lists. */
export function worstTone({ sites, problems }: Pick<Report, "sites" | "problems">): Tone {
	const all = [
		...sites.flatMap(({ findings }) => findings.map((finding) => describeFinding(finding, true).tone)),
		...problems.map((problem) => describeProblem(problem).tone),
	];
	return tones.find((tone) => all.includes(tone)) ?? "over";
}

/** A command is shown as it is or not at all: a part of one, or one with characters that a chat takes for its own, must not be pasted. */
function showCommands(site: SiteReport): { readonly commands: readonly string[]; readonly note: string | null } {
	const { bash } = site.remediation;
	const text = bash.join("\n");
	const isFit = Buffer.byteLength(text) <= longestCommands && !speaks.test(text);
	return isFit ? { commands: bash, note: null } : { commands: [], note: `The commands: ${elsewhere(site)}` };
}

function elsewhere({ resourceId }: SiteReport): string {
	return inert(`run mtls-drift scan --scope '${resourceId}'`, 700);
}

/** What Slack takes for a mention, Teams for one, and Adaptive Cards for a function. */
const speaks = /<(?=[!@#]|\/?at\b)|\{(?=\{)/i;

/** One line of at most so many bytes, with what is invisible, or could speak, made plain. */
function inert(text: string, maxBytes: number): string {
	// Whatever is beyond would be cut anyhow.
	const plain = printable(text.slice(0, maxBytes).toWellFormed()).replaceAll(new RegExp(speaks, "gi"), "$& ");
	if (Buffer.byteLength(plain) <= maxBytes && text.length <= maxBytes) return plain;
	let kept = "";
	let bytes = Buffer.byteLength("…");
	for (const character of plain) {
		bytes += Buffer.byteLength(character);
		if (bytes > maxBytes) break;
		kept += character;
	}
	return `${kept}…`;
}
