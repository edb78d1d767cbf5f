import { reconcileProblems } from "../core/lifecycle/reconcile.ts";
import type { Problem } from "../core/model/problem.ts";
import { nothingCounted } from "../core/model/scan.ts";
import { printable } from "../core/model/text.ts";
import type { Webhook } from "../core/model/webhook.ts";
import { reportFacts } from "../core/report/report.ts";
import { type DeliverDirectlyPorts, deliverDirectly } from "../notify/deliver-directly.ts";
import { type EnqueueNotificationsPorts, enqueueNotifications } from "../notify/enqueue.ts";
import type { ScanMessage } from "../storage/messages/scan-message.ts";
import { type FindingStore, partitionOf, type ScanKey, type ScanRecord } from "../storage/ports.ts";

/** What giving up a scan needs from outside. Whatever they throw is an error in one line. */
export interface AbandonPorts extends EnqueueNotificationsPorts, DeliverDirectlyPorts {
	/** Undefined: no try left a record. */
	readScanRecord(key: ScanKey): Promise<ScanRecord | undefined>;
	writeScanRecord(record: ScanRecord): Promise<void>;
	openFindingStore(partition: string, now: Date): Promise<FindingStore>;
}

export interface AbandonSettings {
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
}

/** Records and has told that a scan failed, after its last try, with the cause that this try left and what it saw all the same. */
export async function abandonScan(
	{ subscription, scanId, requestedAt }: ScanMessage,
	settings: AbandonSettings,
	ports: AbandonPorts,
): Promise<void> {
	const key = { subscriptionId: subscription.id, scanId, requestedAt };
	const logFailure = (error: Error) => ports.logError("storage-failed", error.message);
	// Without the storage account, people are told all the same.
	const read = await ports.readScanRecord(key).catch(logFailure);
	const record = read ?? { ...key, ...emptyRecord(requestedAt) };
	const cause =
		record.failure === null
			? "No cause is recorded: it was killed, ran out of time, or could not write to the storage account."
			: `Try ${record.tries} ended with: ${record.failure}.`;
	const problem: Problem = {
		code: "scan-failed",
		scope: `/subscriptions/${subscription.id}`,
		message: `The scan of subscription ${subscription.id} was given up. ${cause} The next run of the timer scans again.`,
	};
	ports.logError("scan-abandoned", printable(problem.message), { subscription: subscription.id, scan: scanId });
	// The same message can come twice.
	const others = record.problems.filter(({ code }) => code !== problem.code);
	const problems = [problem, ...others];
	const problemCount = record.problemCount - record.problems.length + others.length + 1;
	await ports.writeScanRecord({ ...record, complete: false, problems, problemCount }).catch(logFailure);

	const subject = { subscription, scan: reportFacts({ ...record, id: scanId, complete: false }) };
	try {
		const now = ports.now();
		const store = await ports.openFindingStore(partitionOf(subject), now);
		const nothingEnds = () => false;
		const changes = { findings: [], problems: reconcileProblems(store.open.problems, [problem], now, nothingEnds) };
		await store.save(changes, { ended: { id: scanId, name: subscription.name, facts: null } });
		await enqueueNotifications(subject, settings.webhooks, ports);
	} catch (error) {
		logFailure(error as Error);
		await deliverDirectly(subject, [problem], settings, ports);
	}
}

function emptyRecord(requestedAt: Date): Omit<ScanRecord, keyof ScanKey> {
	const nothing = { complete: false, counts: nothingCounted, requests: 0, problems: [], problemCount: 0 };
	return { startedAt: requestedAt, finishedAt: requestedAt, ...nothing, tries: 0, failure: null };
}
