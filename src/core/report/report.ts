import type { Scan, ScanFacts } from "../evaluation/scan-result.ts";
import type {
	FindingNotification,
	FindingReason,
	Notifications,
	ProblemNotification,
	ProblemReason,
} from "../lifecycle/notification-diff.ts";
import { toStoredFindings } from "../lifecycle/stored-findings.ts";
import type { Severity, StoredExemption, StoredFinding, StoredSite } from "../model/finding.ts";
import { type Problem, problemCodes, shorten } from "../model/problem.ts";
import type { Counts, Subscription } from "../model/scan.ts";
import type { SiteKind } from "../model/site.ts";
import { renderBash } from "../remediation/bash.ts";
import type { Steps } from "../remediation/plan.ts";
import { renderPowerShell } from "../remediation/powershell.ts";
import { compareEntries, compareItems, compareText, cutEntry, planEntry, type SiteEntry } from "./group-by-site.ts";

/** The `data` of the message `mtls-drift.report.v1`: what people and programs are told of one subscription. */
export interface Report {
	readonly subscription: Subscription | null;
	readonly scan: ScanReport | null;
	readonly sites: readonly SiteReport[];
	readonly problems: readonly ProblemReport[];
	readonly part: number;
	readonly parts: number;
}

/** The facts of a scan, with times in ISO 8601. */
export interface ScanReport {
	readonly id: string;
	readonly startedAt: string;
	readonly finishedAt: string;
	readonly complete: boolean;
	readonly counts: Counts;
}

export interface SiteFacts {
	readonly resourceId: string;
	readonly name: string;
	readonly slot: string | null;
	readonly resourceGroup: string;
	readonly kind: SiteKind;
	readonly portalUrl: string;
}

export interface SiteReport extends SiteFacts {
	readonly findings: readonly FindingReport[];
	readonly remediation: CommandsReport;
	readonly rollback: CommandsReport;
}

export interface FindingReport {
	readonly rule: string;
	readonly target: string | null;
	readonly reason: FindingReason;
	readonly severity: Severity;
	readonly desired: string;
	readonly observed: string;
	readonly explanation: string;
	readonly policy: string;
	readonly firstSeen: string;
	readonly exemption: ExemptionReport | null;
	readonly learnMore: string;
}

export interface ExemptionReport extends Omit<StoredExemption, "expiresOn"> {
	readonly expiresOn: string;
}

export interface CommandsReport {
	readonly bash: readonly string[];
	readonly powershell: readonly string[];
	readonly warnings: readonly string[];
}

export interface ProblemReport extends Problem {
	readonly reason: ProblemReason;
}

/** What a report is about; both null for what is beyond any one subscription. */
export type Subject =
	| { readonly subscription: Subscription; readonly scan: ScanReport }
	| { readonly subscription: null; readonly scan: null };

export const beyondSubscriptions: Subject = { subscription: null, scan: null };

interface ReportOptions {
	/** For example `https://portal.azure.com`. */
	readonly portal: string;
	/** Cuts a site with more findings into several entries, each with the commands for its part. */
	readonly findingsPerEntry?: number;
}

/** Reports news: what is open first, the worst site first. */
export function composeReport(
	{ subscription, scan }: Subject,
	notifications: Notifications,
	options: ReportOptions,
): Report {
	const { portal, findingsPerEntry = Number.POSITIVE_INFINITY } = options;
	const bySite = Map.groupBy(notifications.findings, ({ finding }) => finding.site.id.toLowerCase());
	const entries = [...bySite.values()].map((some) => some.toSorted(compareItems));
	return {
		subscription,
		scan,
		sites: entries
			.toSorted(compareEntries)
			.flatMap((whole) => cutEntry(whole, findingsPerEntry).map((entry) => reportSite(entry, whole, portal))),
		problems: notifications.problems.toSorted(compareProblemNotifications).map(({ reason, problem }) => {
			const { code, scope, message } = shorten(problem);
			return { code, reason, scope, message };
		}),
		part: 1,
		parts: 1,
	};
}

/** Everything that a scan found, as if nobody had been told of any of it. */
export function notificationsOfScan(scan: Scan): Notifications {
	return {
		findings: toStoredFindings(scan).map((finding) => ({
			reason: finding.exemption === null ? "new" : "exempted",
			finding,
		})),
		problems: notificationsOfProblems(scan.problems, scan.startedAt),
	};
}

/** Problems as if nobody had been told of any. */
export function notificationsOfProblems(problems: readonly Problem[], firstSeen: Date): Notifications["problems"] {
	return problems.map((problem) => ({
		reason: "new",
		problem: { ...problem, firstSeen, status: "open", endedAt: null },
	}));
}

export function reportFacts({
	id,
	startedAt,
	finishedAt,
	complete,
	counts,
}: Omit<ScanFacts, "enforcement">): ScanReport {
	return { id, startedAt: startedAt.toISOString(), finishedAt: finishedAt.toISOString(), complete, counts };
}

function compareProblemNotifications({ problem: a }: ProblemNotification, { problem: b }: ProblemNotification): number {
	return Number(a.status === "resolved") - Number(b.status === "resolved") || compareProblems(a, b);
}

/** Orders what hides most before the rest. */
export function compareProblems(a: Problem, b: Problem): number {
	return (
		problemCodes.indexOf(a.code) - problemCodes.indexOf(b.code) ||
		compareText(a.scope.toLowerCase(), b.scope.toLowerCase())
	);
}

/** A part of what is told of a site. */
function reportSite(entry: SiteEntry<FindingNotification>, whole: SiteEntry, portal: string): SiteReport {
	const { site, remediation, rollback } = planEntry(entry, whole);
	return {
		...describeSite(site, portal),
		findings: entry.map(reportFinding),
		remediation: reportCommands(remediation),
		rollback: reportCommands(rollback),
	};
}

/** Which site it is, in the words of the message. */
export function describeSite(site: StoredSite, portal: string): SiteFacts {
	const { id: resourceId, name, slot, resourceGroup, kind } = site;
	return { resourceId, name, slot, resourceGroup, kind, portalUrl: `${portal}/#resource${resourceId}` };
}

export function reportCommands({ commands, warnings }: Steps): CommandsReport {
	return { bash: commands.map(renderBash), powershell: commands.map(renderPowerShell), warnings };
}

function reportFinding({ reason, finding }: FindingNotification): FindingReport {
	const { rule, target, ...facts } = describeFinding(finding);
	return { rule, target, reason, ...facts };
}

/** What there is to say of a finding, whoever asks. */
export function describeFinding(finding: StoredFinding): Omit<FindingReport, "reason"> {
	const { rule, target, severity, desired, policy, firstSeen, exemption, learnMore, status } = finding;
	return {
		rule,
		target,
		severity,
		desired,
		observed: status === "removed" ? "absent" : finding.observed,
		explanation: explainState(finding),
		policy,
		firstSeen: firstSeen.toISOString(),
		exemption: exemption === null ? null : { ...exemption, expiresOn: exemption.expiresOn.toISOString() },
		learnMore,
	};
}

function explainState({ status, explanation, observed }: StoredFinding): string {
	if (status === "open") return explanation;
	if (status === "removed") return "The site is gone: Azure Resource Manager answers 404 for it.";
	return `It is in sync again, or no longer governed. Last observed as drift: ${observed}.`;
}
