import type { Webhook } from "./config/webhooks.ts";
import { type Memory, type Settlement, settle } from "./core/open-findings.ts";
import { printable } from "./core/printable.ts";
import { reportScan } from "./core/report.ts";
import type { Scan } from "./core/scan.ts";
import { summarize } from "./core/words.ts";
import type { PolicySet } from "./policies/policy-set.ts";
import { type ScanPorts, scanSubscription } from "./scan.ts";
import type { ScanMessage } from "./scan-message.ts";
import { nothingCounted, type ScanRecord } from "./scan-record.ts";
import { type TellPorts, tell } from "./tell.ts";

/** What a scan that the queue asked for needs from outside. Whatever they throw is an error in one line. */
export interface RunPorts extends TellPorts {
	readPolicies(): Promise<PolicySet>;
	readMemory(subscriptionId: string): Promise<Memory>;
	writeRecord(record: ScanRecord): Promise<void>;
	deleteOldRecords(subscriptionId: string, now: Date): Promise<void>;
	/** After `deadline` nothing is asked any more. */
	openSubscription(subscriptionId: string, deadline: Date): ScanPorts;
	log(line: string): void;
	logError(line: string): void;
}

export interface RunSettings {
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
	/** How long one scan may ask ARM. */
	readonly scanMinutes: number;
}

/** The how many'th try of a scan it is. */
export interface Try {
	readonly number: number;
	readonly last: boolean;
}

/** A site with more findings than this stands in a message several times, each time with the commands for its part. */
const findingsPerEntry = 50;

/**
 * Scans one subscription, remembers what is open and tells what drifted. Throws when the scan should be tried again; what could
 * be read all the same is told by the last try only.
 */
export async function runScan(
	message: ScanMessage,
	attempt: Try,
	settings: RunSettings,
	ports: RunPorts,
): Promise<void> {
	const { subscription, scanId, requestedAt } = message;
	const startedAt = ports.now();
	const deadline = new Date(startedAt.getTime() + settings.scanMinutes * 60_000);
	const azure = ports.openSubscription(subscription.id, deadline);
	const logFailure = (error: Error) => ports.logError(error.message);
	const record = (facts: Pick<ScanRecord, "complete" | "counts" | "problems" | "failure">) => {
		const key = { subscriptionId: subscription.id, scanId, requestedAt, tries: attempt.number };
		const requests = azure.requestsSent();
		const problemCount = facts.problems.length;
		return ports.writeRecord({ ...key, startedAt, finishedAt: ports.now(), requests, problemCount, ...facts });
	};

	let scan: Scan | undefined;
	let firstSeen: Settlement["firstSeen"] | undefined;
	let brokeOff: string | null;
	try {
		const policySet = await ports.readPolicies();
		const memory = await ports.readMemory(subscription.id);
		const known = [...new Set(memory.findings.map(({ resourceId }) => resourceId))];
		scan = await scanSubscription({ id: scanId, subscription, policySet, scope: "/", known }, azure);
		brokeOff = scan.failure?.transient ? scan.failure.reason : null;
		if (brokeOff === null || attempt.last) firstSeen = await remember(memory, scan);
	} catch (error) {
		const failure = (error as Error).message;
		const { counts, problems } = scan ?? { counts: nothingCounted, problems: [] };
		// What failed first is the cause; that it cannot be recorded either is for the log.
		await record({ complete: false, counts, problems, failure }).catch(logFailure);
		throw error;
	}

	const { complete, counts, problems } = scan;
	const recorded = record({ complete, counts, problems, failure: brokeOff });
	// What cannot be recorded even by the last try is told all the same.
	await (attempt.last ? recorded.catch(logFailure) : recorded);
	ports.log(printable(summarize(subscription, scan)));
	for (const problem of problems) ports.logError(printable(problem.message));
	if (firstSeen !== undefined) await tellScan(scan, firstSeen, settings, ports);
	await ports.deleteOldRecords(subscription.id, startedAt).catch(logFailure);
	if (brokeOff !== null) throw new Error(printable(`Subscription ${subscription.id} could not be read: ${brokeOff}`));
}

/** Gives since when each finding is open. */
async function remember(memory: Memory, scan: Scan): Promise<Settlement["firstSeen"]> {
	const settlement = settle(memory.findings, scan);
	await memory.save(settlement, scan.finishedAt);
	return settlement.firstSeen;
}

async function tellScan(
	scan: Scan,
	firstSeen: Settlement["firstSeen"],
	{ portal, webhooks }: RunSettings,
	ports: RunPorts,
): Promise<void> {
	const options = { firstSeen, findingsPerEntry };
	const report = (webhook: Webhook) => reportScan(scan, { portal, ...webhook }, options);
	for (const failure of await tell(webhooks, report, ports)) ports.logError(failure);
}
