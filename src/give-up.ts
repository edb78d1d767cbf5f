import type { Webhook } from "./config/webhooks.ts";
import { printable } from "./core/printable.ts";
import type { Problem } from "./core/problem.ts";
import { reportFailedScan } from "./core/report.ts";
import type { ScanMessage } from "./scan-message.ts";
import { nothingCounted, type ScanKey, type ScanRecord } from "./scan-record.ts";
import { type TellPorts, tell } from "./tell.ts";

/** What giving up a scan needs from outside. Whatever they throw is an error in one line. */
export interface GiveUpPorts extends TellPorts {
	/** Undefined: no try left a record. */
	readRecord(key: ScanKey): Promise<ScanRecord | undefined>;
	writeRecord(record: ScanRecord): Promise<void>;
	logError(line: string): void;
}

/** Records and tells that a scan failed, after its last try, with the cause that this try left. */
export async function giveUp(
	{ subscription, scanId, requestedAt }: ScanMessage,
	webhooks: readonly Webhook[],
	ports: GiveUpPorts,
): Promise<void> {
	const key = { subscriptionId: subscription.id, scanId, requestedAt };
	const logFailure = (error: Error) => ports.logError(error.message);
	// Without the storage account, people are told all the same.
	const read = await ports.readRecord(key).catch(logFailure);
	const record = read ?? { ...key, ...nothingKnown(ports.now()) };
	const cause =
		record.failure === null
			? "No cause is recorded: it was killed, ran out of time, or could not write DriftScan."
			: `Try ${record.tries} ended with: ${record.failure}.`;
	const problem: Problem = {
		code: "scan-failed",
		scope: `/subscriptions/${subscription.id}`,
		message: `The scan of subscription ${subscription.id} was given up. ${cause} The next run of the timer scans again.`,
	};
	ports.logError(printable(problem.message));
	// The same message can come twice.
	const others = record.problems.filter(({ code }) => code !== problem.code);
	const problems = [problem, ...others];
	const problemCount = record.problemCount - record.problems.length + others.length + 1;
	await ports.writeRecord({ ...record, complete: false, problems, problemCount }).catch(logFailure);
	const report = (webhook: Webhook) =>
		reportFailedScan(subscription, { id: scanId, ...record }, problem, webhook.scope);
	for (const failure of await tell(webhooks, report, ports)) ports.logError(failure);
}

function nothingKnown(now: Date): Omit<ScanRecord, keyof ScanKey> {
	const nothing = { complete: false, counts: nothingCounted, requests: 0, problems: [], problemCount: 0 };
	return { startedAt: now, finishedAt: now, ...nothing, tries: 0, failure: null };
}
