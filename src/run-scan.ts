import type { Webhook } from "./config/webhooks.ts";
import { type Memory, type Settlement, settle } from "./core/open-findings.ts";
import { printable } from "./core/printable.ts";
import { reportScan } from "./core/report.ts";
import type { Scan } from "./core/scan.ts";
import { summarize } from "./core/words.ts";
import type { PolicySet } from "./policy-set.ts";
import { type ScanPorts, scanSubscription } from "./scan.ts";
import type { ScanMessage } from "./scan-message.ts";
import { nothingCounted, type ScanRecord } from "./scan-record.ts";
import { type TellPorts, tell } from "./tell.ts";

/** What a scan that the queue asked for needs from outside. Whatever they throw is an error in one line. */
export interface RunPorts extends TellPorts {
	readPolicies(): Promise<PolicySet>;
	readMemory(subscriptionId: string): Promise<Memory>;
	writeRecord(record: ScanRecord): Promise<void>;
	/** After `deadline`, sites are no longer asked for one by one. */
	openSubscription(subscriptionId: string, deadline: Date): ScanPorts;
	log(line: string): void;
	logError(line: string): void;
}

export interface RunSettings {
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
	/** How long one scan may ask for single sites. */
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
	const record = (facts: Pick<ScanRecord, "complete" | "counts" | "problems" | "failure">) => {
		const key = { subscriptionId: subscription.id, scanId, requestedAt, tries: attempt.number };
		const requests = azure.requestsSent();
		return ports.writeRecord({ ...key, startedAt, finishedAt: ports.now(), requests, ...facts });
	};

	let remembered: Remembered;
	try {
		remembered = await scanAndRemember(message, attempt, azure, ports);
	} catch (error) {
		const failure = (error as Error).message;
		// What failed first is the cause; that it cannot be recorded either is for the log.
		await record({ complete: false, counts: nothingCounted, problems: [], failure }).catch((unrecorded: Error) =>
			ports.logError(unrecorded.message),
		);
		throw error;
	}

	const { scan, firstSeen, brokeOff } = remembered;
	const { complete, counts, problems } = scan;
	await record({ complete, counts, problems, failure: brokeOff });
	ports.log(printable(summarize(subscription, scan)));
	for (const problem of problems) ports.logError(printable(problem.message));
	if (firstSeen !== undefined) {
		const options = { firstSeen, findingsPerEntry };
		const report = (webhook: Webhook) => reportScan(scan, { portal: settings.portal, ...webhook }, options);
		for (const failure of await tell(settings.webhooks, `msg_${scanId}`, report, ports)) ports.logError(failure);
	}
	if (brokeOff !== null) throw new Error(printable(`Subscription ${subscription.id} could not be read: ${brokeOff}`));
}

interface Remembered {
	readonly scan: Scan;
	/** Since when each finding is open; undefined where the scan will be tried again, and nothing was remembered. */
	readonly firstSeen: Settlement["firstSeen"] | undefined;
	/** Why the scan could not read all sites, where trying again can help. */
	readonly brokeOff: string | null;
}

async function scanAndRemember(
	{ scanId, subscription }: ScanMessage,
	attempt: Try,
	azure: ScanPorts,
	ports: RunPorts,
): Promise<Remembered> {
	const { policies } = await ports.readPolicies();
	const memory = await ports.readMemory(subscription.id);
	const known = [...new Set(memory.findings.map(({ resourceId }) => resourceId))];
	const scan = await scanSubscription({ id: scanId, subscription, policies, scope: "/", known }, azure);
	const brokeOff = scan.failure?.transient ? scan.failure.reason : null;
	if (brokeOff !== null && !attempt.last) return { scan, firstSeen: undefined, brokeOff };
	const settlement = settle(memory.findings, scan);
	await memory.save(settlement, scan.finishedAt);
	return { scan, firstSeen: settlement.firstSeen, brokeOff };
}
