import { renderBash } from "./bash.ts";
import type { Change } from "./change.ts";
import { compareFindings, compareSeverity, type Finding } from "./evaluate.ts";
import type { Exemption } from "./exemption.ts";
import { identityOf } from "./open-findings.ts";
import { type Problem, shorten } from "./problem.ts";
import { planRemediation } from "./remediation.ts";
import type { Severity } from "./rule.ts";
import type { Counts, Scan, Subscription } from "./scan.ts";
import { type Scope, scopeCovers } from "./scope.ts";
import type { Site, SiteKind } from "./site.ts";

/** The `data` of the message `mtls-drift.report.v1`: what people and programs are told of one subscription. */
export interface Report {
	readonly subscription: Subscription | null;
	readonly scan: {
		readonly id: string;
		readonly startedAt: string;
		readonly finishedAt: string;
		readonly complete: boolean;
		readonly counts: Counts;
	} | null;
	readonly sites: readonly SiteReport[];
	readonly problems: readonly ProblemReport[];
	readonly part: number;
	readonly parts: number;
}

export interface SiteReport {
	readonly resourceId: string;
	readonly name: string;
	readonly slot: string | null;
	readonly resourceGroup: string;
	readonly kind: SiteKind;
	readonly portalUrl: string;
	readonly findings: readonly FindingReport[];
	readonly remediation: CommandsReport;
	readonly rollback: CommandsReport;
}

interface FindingReport {
	readonly rule: string;
	readonly target: string | null;
	/** How it stands: open, or accepted. */
	readonly reason: "new" | "exempted";
	readonly severity: Severity;
	readonly desired: string;
	readonly observed: string;
	readonly explanation: string;
	readonly policy: string;
	readonly firstSeen: string;
	readonly exemption: ExemptionReport | null;
	readonly learnMore: string;
}

export interface ExemptionReport extends Pick<Exemption, "name" | "category" | "reason" | "owner"> {
	readonly expiresOn: string;
}

interface CommandsReport {
	readonly bash: readonly string[];
	readonly powershell: readonly string[];
	readonly warnings: readonly string[];
}

interface ProblemReport extends Problem {
	readonly reason: "new";
}

/** What a receiver wants to hear of, and where its portal is. */
export interface Audience {
	/** For example `https://portal.azure.com`. */
	readonly portal: string;
	readonly minSeverity: Severity;
	readonly scope: Scope;
}

interface ReportOptions {
	/** When each finding was first seen, by its identity; without it, in this scan. */
	readonly firstSeen?: ReadonlyMap<string, Date>;
	/** Cuts a site with more findings into several entries. */
	readonly findingsPerEntry?: number;
}

/** Reports a scan, worst sites first. */
export function reportScan(scan: Scan, audience: Audience, options: ReportOptions = {}): Report {
	const { firstSeen = new Map<string, Date>(), findingsPerEntry = Number.POSITIVE_INFINITY } = options;
	const sites = scan.assessments
		.filter(({ site }) => scopeCovers(audience.scope, site.id))
		.map(({ site, findings }) => ({
			site,
			findings: findings.filter(({ severity }) => compareSeverity(severity, audience.minSeverity) <= 0),
			all: findings,
		}))
		.filter(({ findings }) => findings.length > 0)
		.toSorted(compareEntries)
		.flatMap(({ site, findings, all }) =>
			cut(findings, findingsPerEntry).map((part) => {
				const changes = changesFor(part, all);
				return reportSite(site, part, changes, scan, audience, firstSeen);
			}),
		);
	return {
		subscription: scan.subscription,
		scan: reportFacts(scan),
		sites,
		problems: reportProblems(scan.problems.filter(({ scope }) => concerns(scope, audience.scope))),
		part: 1,
		parts: 1,
	};
}

/** Reports that a scan was given up; its counts are of what its last try read. */
export function reportFailedScan(
	subscription: Subscription,
	scan: ScanFacts,
	problem: Problem,
	audienceScope: Scope,
): Report {
	const problems = reportProblems([problem].filter(({ scope }) => concerns(scope, audienceScope)));
	return { subscription, scan: reportFacts({ ...scan, complete: false }), sites: [], problems, part: 1, parts: 1 };
}

type ScanFacts = Pick<Scan, "id" | "startedAt" | "finishedAt" | "complete" | "counts">;

function reportFacts({ id, startedAt, finishedAt, complete, counts }: ScanFacts): NonNullable<Report["scan"]> {
	return { id, startedAt: startedAt.toISOString(), finishedAt: finishedAt.toISOString(), complete, counts };
}

/** Reports what is wrong beyond any one subscription: with the tables, or with listing the subscriptions. */
export function reportSetUp(problems: readonly Problem[]): Report {
	return { subscription: null, scan: null, sites: [], problems: reportProblems(problems), part: 1, parts: 1 };
}

function reportProblems(problems: readonly Problem[]): ProblemReport[] {
	return problems.map((problem) => {
		const { code, scope, message } = shorten(problem);
		return { code, reason: "new", scope, message };
	});
}

/** Problems at, above and below the audience's scope, and those of the tables, concern it. */
function concerns(problemScope: string, audienceScope: Scope): boolean {
	return (
		!problemScope.startsWith("/") ||
		scopeCovers(audienceScope, problemScope) ||
		scopeCovers(problemScope, audienceScope)
	);
}

/** With one finding at least, the worst open one first. */
type Entry = { readonly site: Site; readonly findings: readonly Finding[] };

function compareEntries(a: Entry, b: Entry): number {
	const worst = compareFindings(a.findings[0] as Finding, b.findings[0] as Finding);
	return worst || (a.site.id.toLowerCase() < b.site.id.toLowerCase() ? -1 : 1);
}

/** Cuts findings into parts of about a size. Those of one host name stay together, since their commands become one. */
function cut(findings: readonly Finding[], size: number): Finding[][] {
	if (findings.length <= size) return [[...findings]];
	const parts: Finding[][] = [];
	const whole = findings.filter(({ target }) => target === null).map((finding) => [finding]);
	const byHostName = Map.groupBy(
		findings.filter(({ target }) => target !== null),
		({ target }) => target?.toLowerCase(),
	);
	for (const some of [...whole, ...byHostName.values()].toSorted((a, b) =>
		compareFindings(a[0] as Finding, b[0] as Finding),
	)) {
		const last = parts.at(-1);
		if (last !== undefined && last.length + some.length <= size) last.push(...some);
		else parts.push(some);
	}
	return parts.map((part) => part.toSorted(compareFindings));
}

/**
 * What mends the listed findings. What is accepted is left as it is. Whatever else is open on one of their host names is mended
 * with it, listed or not: a name that is to go must not be bound first.
 */
function changesFor(listed: readonly Finding[], all: readonly Finding[]): Change[] {
	const open = listed.filter(({ exemption }) => exemption === null);
	const hostNames = new Set(open.map(({ target }) => target?.toLowerCase()));
	return all
		.filter(
			(finding) =>
				open.includes(finding) ||
				(finding.exemption === null && finding.target !== null && hostNames.has(finding.target.toLowerCase())),
		)
		.flatMap(({ remedy }) => remedy);
}

function reportSite(
	site: Site,
	findings: readonly Finding[],
	changes: readonly Change[],
	scan: Scan,
	audience: Audience,
	firstSeen: ReadonlyMap<string, Date>,
): SiteReport {
	const { commands, warnings } = planRemediation(site, changes, scan.certificates, scan.finishedAt);
	return {
		resourceId: site.id,
		name: site.name,
		slot: site.slot,
		resourceGroup: site.resourceGroup,
		kind: site.kind,
		portalUrl: `${audience.portal}/#resource${site.id}`,
		findings: findings.map((finding) => {
			const identity = identityOf(site.id, finding.rule, finding.target);
			return reportFinding(finding, firstSeen.get(identity) ?? scan.startedAt);
		}),
		remediation: { bash: commands.map(renderBash), powershell: [], warnings },
		rollback: { bash: [], powershell: [], warnings: [] },
	};
}

function reportFinding(finding: Finding, firstSeen: Date): FindingReport {
	const { rule, target, severity, desired, observed, explanation, policy, exemption, learnMore } = finding;
	return {
		rule,
		target,
		reason: exemption === null ? "new" : "exempted",
		severity,
		desired,
		observed,
		explanation,
		policy,
		firstSeen: firstSeen.toISOString(),
		exemption: exemption === null ? null : reportExemption(exemption),
		learnMore,
	};
}

function reportExemption({ name, category, reason, owner, expiresOn }: Exemption): ExemptionReport {
	return { name, category, reason, owner, expiresOn: expiresOn.toISOString() };
}
