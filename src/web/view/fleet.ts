import type { ScanState } from "../../core/evaluation/scan-result.ts";
import { type FindingState, stateOfFinding } from "../../core/lifecycle/state.ts";
import {
	type Severity,
	type StoredFinding,
	type StoredProblem,
	type StoredRecords,
	severities,
} from "../../core/model/finding.ts";
import { type Counts, type Subscription, sumCounts } from "../../core/model/scan.ts";
import { nameOf } from "../../core/model/site.ts";
import { type EnforcementCounts, sumEnforcement } from "../../core/probe/enforcement.ts";
import { renderBicepOfChanges } from "../../core/remediation/bicep.ts";
import {
	compareEntries,
	compareItems,
	compareText,
	cutEntry,
	type Item,
	openOf,
	planEntry,
	type SiteEntry,
} from "../../core/report/group-by-site.ts";
import {
	type CommandsReport,
	compareProblems,
	describeFinding,
	describeSite,
	reportCommands,
	type SiteFacts,
} from "../../core/report/report.ts";
import { type FindingFilter, passes } from "./filter.ts";

/** What is remembered of one subscription. */
interface SubscriptionRecords extends ScanState {
	readonly subscription: Subscription;
	readonly records: StoredRecords;
}

/** What is remembered of all subscriptions that somebody looks at. */
export interface Fleet {
	readonly subscriptions: readonly SubscriptionRecords[];
	/** What is wrong beyond any one of them. */
	readonly beyond: readonly StoredProblem[];
}

/** By what the sites are ordered; after it, the worst first. */
export const siteOrders = ["worst", "site", "group", "subscription", "since"] as const;
export type SiteOrder = (typeof siteOrders)[number];

export interface FleetQuery {
	readonly filter: FindingFilter;
	readonly order: SiteOrder;
	/** The other way round. */
	readonly isReversed: boolean;
	/** From 1 on; what is beyond the last is the last. */
	readonly page: number;
}

/** Where the estate stands, and one page of its sites. */
export interface FleetView {
	readonly subscriptions: readonly SubscriptionView[];
	/** Of the last scans. */
	readonly counts: Counts;
	/** Of those, what is configured against what is enforced; null where no site was asked at its door. */
	readonly enforcement: EnforcementCounts | null;
	/** How many findings are open and not exempt, whatever the filter leaves. */
	readonly severities: Readonly<Record<Severity, number>>;
	/** The first of them, and how many there are. */
	readonly problems: readonly StoredProblem[];
	readonly problemCount: number;
	readonly rows: readonly SiteView[];
	/** Of what the filter leaves. */
	readonly findingCount: number;
	readonly siteCount: number;
	readonly page: number;
	readonly pages: number;
}

/** How a subscription stands, without its findings. */
interface SubscriptionView extends ScanState {
	readonly subscription: Subscription;
	/** Whether the last scan, or one after it that told nothing, saw everything. */
	readonly isWhole: boolean;
}

/** A finding and how it stands. */
export interface FindingView extends ReturnType<typeof describeFinding> {
	readonly state: FindingState["state"];
	readonly endedAt: string | null;
}

/** A site, or a part of one that has very many findings. */
export interface SiteView extends SiteFacts {
	readonly subscription: Subscription;
	readonly findings: readonly FindingView[];
	/** Of the site, as far as the filter leaves them; the first one here is so many'th of them, from 1 on. */
	readonly findingCount: number;
	readonly firstFinding: number;
	/** Of what is here and open; null where nothing is. */
	readonly worst: Severity | null;
	/** When the oldest of what is here was first seen. */
	readonly since: Date;
	readonly remediation: CommandsReport;
	readonly rollback: CommandsReport;
	/** Empty where no command changes anything. */
	readonly bicep: string;
}

const sitesPerPage = 25;
/** Of one site in one row: its commands stand below one another. */
const findingsPerRow = 12;
/** Whoever has more of them has one cause to look for. */
const mostProblems = 50;

/** Makes of what is remembered what somebody wants to look at. */
export function viewFleet({ subscriptions, beyond }: Fleet, query: FleetQuery, portal: string): FleetView {
	const open = subscriptions.flatMap(({ records }) => records.findings.filter(isOpen));
	const problems = [...beyond, ...subscriptions.flatMap(({ records }) => records.problems)]
		.filter(({ status }) => status === "open")
		.toSorted(compareProblems);
	const rows = orderRows(
		subscriptions.flatMap((one) => listRows(one, query.filter)),
		query,
	);
	const pages = Math.max(1, Math.ceil(rows.length / sitesPerPage));
	const page = Math.min(query.page, pages);
	return {
		subscriptions: subscriptions.map(({ records, ...state }) => ({ ...state, isWhole: isWhole(state, records) })),
		counts: sumCounts(subscriptions.flatMap(({ lastScan }) => lastScan?.counts ?? [])),
		enforcement: sumEnforcement(subscriptions.flatMap(({ lastScan }) => lastScan?.enforcement ?? [])),
		severities: Object.fromEntries(
			severities.map((severity) => [severity, open.filter((finding) => finding.severity === severity).length]),
		) as Record<Severity, number>,
		problems: problems.slice(0, mostProblems),
		problemCount: problems.length,
		rows: rows.slice((page - 1) * sitesPerPage, page * sitesPerPage).map((row) => viewRow(row, portal)),
		findingCount: rows.reduce((sum, { entry }) => sum + entry.length, 0),
		siteCount: rows.filter(({ firstFinding }) => firstFinding === 1).length,
		page,
		pages,
	};
}

/** A finding as programs get it. */
export function viewFinding(finding: StoredFinding): FindingView {
	const { state } = stateOfFinding(finding);
	return { ...describeFinding(finding), state, endedAt: finding.endedAt?.toISOString() ?? null };
}

interface Row {
	readonly subscription: Subscription;
	readonly entry: SiteEntry;
	readonly firstFinding: number;
	/** What the filter leaves of the site. */
	readonly left: SiteEntry;
	/** All that is known of the site. */
	readonly whole: SiteEntry;
}

function listRows({ subscription, records }: SubscriptionRecords, filter: FindingFilter): Row[] {
	const bySite = Map.groupBy(
		records.findings.map((finding): Item => ({ finding })),
		({ finding }) => finding.site.id.toLowerCase(),
	);
	return [...bySite.values()].flatMap((some) => {
		const whole = some.toSorted(compareItems);
		const left = whole.filter(({ finding }) => passes(finding, filter));
		if (left.length === 0) return [];
		let firstFinding = 1;
		return cutEntry(left, findingsPerRow).map((entry): Row => {
			const row = { subscription, entry, firstFinding, left, whole };
			firstFinding += entry.length;
			return row;
		});
	});
}

function orderRows(rows: readonly Row[], { order, isReversed }: FleetQuery): readonly Row[] {
	const siteOf = ({ entry }: Row) => (entry[0] as Item).finding.site;
	const byText = (text: (row: Row) => string) => (a: Row, b: Row) =>
		compareText(text(a).toLowerCase(), text(b).toLowerCase());
	const compare: Record<SiteOrder, (a: Row, b: Row) => number> = {
		worst: (a, b) => compareEntries(a.entry, b.entry),
		site: byText((row) => nameOf(siteOf(row))),
		group: byText((row) => siteOf(row).resourceGroup),
		subscription: byText(({ subscription }) => subscription.name),
		since: (a, b) => sinceOf(a.entry).getTime() - sinceOf(b.entry).getTime(),
	};
	const direction = isReversed ? -1 : 1;
	return rows.toSorted(
		// The rows of one site stay behind one another.
		(a, b) => direction * compare[order](a, b) || compareEntries(a.left, b.left),
	);
}

function sinceOf(entry: SiteEntry): Date {
	return new Date(Math.min(...entry.map(({ finding }) => finding.firstSeen.getTime())));
}

function viewRow({ subscription, entry, firstFinding, left, whole }: Row, portal: string): SiteView {
	const { site, changes, remediation, rollback } = planEntry(entry, whole);
	const open = openOf(entry);
	return {
		...describeSite(site, portal),
		subscription,
		findings: entry.map(({ finding }) => viewFinding(finding)),
		findingCount: left.length,
		firstFinding,
		worst: open[0]?.severity ?? null,
		since: sinceOf(entry),
		remediation: reportCommands(remediation),
		rollback: reportCommands(rollback),
		bicep: remediation.commands.length > 0 ? renderBicepOfChanges(site, open, changes) : "",
	};
}

function isWhole({ lastScan }: ScanState, { problems }: StoredRecords): boolean {
	const hides = ({ status, code }: StoredProblem) =>
		status === "open" && (code === "subscription-unreadable" || code === "scan-failed");
	return lastScan?.complete === true && !problems.some(hides);
}

function isOpen({ status, exemption }: StoredFinding): boolean {
	return status === "open" && exemption === null;
}
