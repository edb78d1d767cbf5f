import type { Severity } from "../../core/model/finding.ts";
import { nameOf } from "../../core/model/site.ts";
import { printable } from "../../core/model/text.ts";
import { renderBash } from "../../core/remediation/bash.ts";
import { describeExemption, summarize } from "../../core/report/format.ts";
import type { ExemptionReport, FindingReport, ProblemReport, Report, SiteReport } from "../../core/report/report.ts";

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
	readonly rule: string;
	/** Microsoft's page on it. */
	readonly learnMore: string;
	/** The host name; empty where it is the site as such. */
	readonly target: string;
	/** Why it is told; null where the label says so. */
	readonly why: string | null;
	readonly desired: string;
	readonly observed: string;
	/** Whether that is how it was, and not how it is. */
	readonly isPast: boolean;
	readonly explanation: string;
	/** The policy, since when, and who accepts it. */
	readonly origin: string;
}

/** How bad something is: `over` for what has ended, `exempt` for what an exemption accepts. */
export type Tone = Severity | "over" | "exempt";

/** A chat's part holds few findings; so many of a site share one entry and its commands. */
export const findingsPerEntry = 3;

const longestCommands = 2500;
const mostWarnings = 4;
/** The longest legal names, percent-encoded, come to some 1,200. */
const longestUrl = 1500;

const conjunction = new Intl.ListFormat("en-GB");

/** A site for a chat. `briefly`: only what must be said, for a site that fills a whole part otherwise. */
export function toChatSite(site: SiteReport, briefly = false): ChatSite {
	const { bash, warnings } = site.remediation;
	const commands = briefly || !canBePasted(bash.join("\n"), longestCommands) ? [] : bash;
	const shown = briefly ? [] : warnings.slice(0, mostWarnings);
	const more = warnings.length - shown.length;
	const left = [
		...(briefly ? ["what it means"] : []),
		...(commands.length < bash.length ? ["the commands"] : []),
		...(more > 0 ? [`${more} ${briefly ? "" : "more "}${more === 1 ? "warning" : "warnings"}`] : []),
	];
	return {
		// Room for the longest legal names, of three bytes a character.
		name: inert(nameOf(site), 400),
		facts: inert(`${site.kind}, resource group ${site.resourceGroup}`, 300),
		findings: site.findings.map((finding) => toChatFinding(finding, briefly)),
		commands,
		notes: [
			...shown.map((warning) => inert(warning, 400)),
			...(left.length === 0 ? [] : [`For ${conjunction.format(left)}, run ${scanOf(site)}`]),
		],
		portalUrl: linkTo(site),
	};
}

/** The site in the portal; the portal as such where nothing legal is so long. */
function linkTo({ portalUrl }: SiteReport): string {
	const { href, origin } = new URL(portalUrl);
	return href.length <= longestUrl ? href : origin;
}

function toChatFinding(finding: FindingReport, briefly: boolean): ChatFinding {
	const { rule, target, reason, severity, desired, observed, explanation, policy, firstSeen, exemption } = finding;
	const { learnMore } = finding;
	const exempt = exemption === null || hasEnded(reason) ? "" : `; ${inert(shorten(exemption), briefly ? 100 : 600)}`;
	return {
		tone: toneOf(finding),
		label: hasEnded(reason) ? reason : severity,
		rule: inert(rule, 50),
		learnMore: new URL(learnMore).href,
		target: inert(target ?? "", 260),
		why: hasEnded(reason) ? null : reasonLabels[reason],
		desired: inert(desired, briefly ? 100 : 300),
		observed: inert(observed, briefly ? 100 : 300),
		isPast: reason === "resolved",
		explanation: briefly ? "" : inert(explanation, 600),
		origin: `policy ${inert(policy, 100)}, first seen ${showTime(firstSeen)}${exempt}`,
	};
}

/** Of a long name there is no more than leaves room for the reason. */
function shorten({ name, owner, expiresOn, ...rest }: ExemptionReport): string {
	return describeExemption({
		...rest,
		name: inert(name, 100),
		owner: inert(owner, 100),
		expiresOn: showTime(expiresOn),
	});
}

/** Of ISO 8601: to the minute. */
function showTime(time: string): string {
	return `${time.slice(0, 16).replace("T", " ")} UTC`;
}

const reasonLabels = {
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

export function toChatProblem({ code, reason, message }: ProblemReport): ChatProblem {
	const label = { new: code, reminder: `${code}, still so`, resolved: `${code}, resolved` }[reason];
	return { tone: toneOfProblem({ reason }), label, message: inert(message, 1000) };
}

/** The head of a part: what it is about, what is told, and which part it is. */
export function toChatHeader(report: Report): { readonly title: string; readonly lines: readonly string[] } {
	const findings = report.sites.flatMap((site) => site.findings);
	const counted = (items: readonly { readonly reason: keyof typeof reasonWords }[], what: string) => {
		const byReason = Map.groupBy(items, ({ reason }) => reasonWords[reason]);
		const parts = [...byReason].map(([word, some]) => `${some.length} ${word}`);
		return parts.length === 0 ? [] : [`${what}: ${parts.join(", ")}`];
	};
	const changes = [...counted(findings, "Drift"), ...counted(report.problems, "Problems")].join(". ");
	const { subscription, scan } = report;
	return {
		title: inert(`mtls-drift: ${subscription === null ? "set-up" : subscription.name}`, 210),
		lines: [
			changes,
			// Without its name, which the title has.
			...(subscription === null || scan === null
				? []
				: [inert(summarize({ ...subscription, name: subscription.id }, scan), 300)]),
			...(report.parts > 1 ? [`Part ${report.part} of ${report.parts}`] : []),
		],
	};
}

const reasonWords = {
	...reasonLabels,
	resolved: "resolved",
	removed: "gone with their sites",
} as const;

const tones: readonly Tone[] = ["critical", "high", "medium", "low", "exempt", "over"];

function toneOf({ reason, severity, exemption }: Pick<FindingReport, "reason" | "severity" | "exemption">): Tone {
	if (hasEnded(reason)) return "over";
	return exemption === null ? severity : "exempt";
}

function toneOfProblem({ reason }: Pick<ProblemReport, "reason">): Tone {
	return reason === "resolved" ? "over" : "medium";
}

function hasEnded(reason: FindingReport["reason"]): reason is "resolved" | "removed" {
	return reason === "resolved" || reason === "removed";
}

/** The worst of what a part lists. */
export function worstTone({ sites, problems }: Pick<Report, "sites" | "problems">): Tone {
	const all = [...sites.flatMap(({ findings }) => findings.map(toneOf)), ...problems.map(toneOfProblem)];
	return tones.find((tone) => all.includes(tone)) ?? "over";
}

/** A command is shown as it is or not at all: a part of one, or one with characters that a chat takes for its own, must not be pasted. */
function canBePasted(text: string, maxBytes: number): boolean {
	return Buffer.byteLength(text) <= maxBytes && text.isWellFormed() && !speaks.test(text);
}

/** The command that tells all of a site; of everything, where the site cannot be named. */
function scanOf({ resourceId }: SiteReport): string {
	const command = renderBash(["mtls-drift", "scan", "--scope", resourceId]);
	return canBePasted(command, 1000) ? command : "mtls-drift scan";
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
