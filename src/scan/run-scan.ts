import type { Scan } from "../core/evaluation/scan-result.ts";
import { reconcile } from "../core/lifecycle/reconcile.ts";
import { isLeaseValid, nothingCounted, type RunningScan } from "../core/model/scan.ts";
import { printable } from "../core/model/text.ts";
import type { Webhook } from "../core/model/webhook.ts";
import type { ProbePlan } from "../core/probe/plan.ts";
import type { HostReading } from "../core/probe/reading.ts";
import { summarize } from "../core/report/format.ts";
import { reportFacts } from "../core/report/report.ts";
import { type EnqueueNotificationsPorts, enqueueNotifications } from "../notify/enqueue.ts";
import type { PolicySet } from "../policies/policy-set.ts";
import type { Attempt } from "../storage/messages/queue-message.ts";
import type { ScanMessage } from "../storage/messages/scan-message.ts";
import { type FindingStore, partitionOf, type ScanRecord } from "../storage/ports.ts";
import type { Log } from "../telemetry/log.ts";
import { measureScan } from "../telemetry/measure-scan.ts";
import type { Measurement, Trace } from "../telemetry/signals.ts";
import { type SubscriptionPorts, scanSubscription } from "./scan-subscription.ts";

/** What a scan that the queue asked for needs from outside. Whatever they throw is an error in one line. */
export interface RunPorts extends EnqueueNotificationsPorts, Log {
	readPolicies(): Promise<PolicySet>;
	openFindingStore(partition: string, now: Date): Promise<FindingStore>;
	writeScanRecord(record: ScanRecord): Promise<void>;
	deleteOldScanRecords(subscriptionId: string, now: Date): Promise<void>;
	/** After `deadline` nothing is asked any more. */
	openSubscription(subscriptionId: string, deadline: Date): SubscriptionPorts;
	/** After `deadline` no host is asked any more. */
	probeHost(hostName: string, plan: ProbePlan, deadline: Date): Promise<HostReading>;
	now(): Date;
	readonly trace: Trace;
	measure(measurement: Measurement): void;
}

export interface RunSettings {
	readonly webhooks: readonly Webhook[];
	/** How long one scan may ask ARM. */
	readonly scanMinutes: number;
	/** After so long, a scan that is not done is not waited for. */
	readonly scanLifeMinutes: number;
}

/**
 * Scans one subscription, remembers what has changed and has it told. Throws when the scan should be tried again; what the
 * last try could read all the same is told with its failure.
 */
export async function runScan(
	message: ScanMessage,
	attempt: Attempt,
	settings: RunSettings,
	ports: RunPorts,
): Promise<void> {
	const { subscription, scanId, requestedAt } = message;
	const startedAt = ports.now();
	const deadline = new Date(startedAt.getTime() + settings.scanMinutes * 60_000);
	const azure = ports.openSubscription(subscription.id, deadline);
	const probeHost = (hostName: string, plan: ProbePlan) => ports.probeHost(hostName, plan, deadline);
	const logFailure = (error: Error) => ports.logError("storage-failed", error.message);
	const record = (facts: Pick<ScanRecord, "complete" | "counts" | "problems" | "failure">) => {
		const key = { subscriptionId: subscription.id, scanId, requestedAt, tries: attempt.number };
		const requests = azure.requestsSent();
		const problemCount = facts.problems.length;
		return ports.writeScanRecord({ ...key, startedAt, finishedAt: ports.now(), requests, problemCount, ...facts });
	};

	/** Of this try; the SDK's own tries included. */
	const measureRequests = () => {
		const attributes = { subscription: subscription.id };
		ports.measure({ name: "mtls_drift.arm.requests", value: azure.requestsSent(), attributes });
		ports.measure({ name: "mtls_drift.arm.throttled", value: azure.requestsThrottled(), attributes });
	};

	let scan: Scan | undefined;
	let store: FindingStore;
	let brokeOff: string | null;
	try {
		const policySet = await ports.readPolicies();
		store = await ports.openFindingStore(partitionOf(message), startedAt);
		if (isSuperseded(message, store.state.running, settings.scanLifeMinutes, startedAt)) {
			const said = `Subscription ${subscription.id} is being scanned already: scan ${scanId} is let go.`;
			ports.log("scan-skipped", said, { subscription: subscription.id, scan: scanId });
			return;
		}
		const expectedIds = [...new Set(store.open.findings.map(({ site }) => site.id))];
		scan = await scanSubscription(
			{ id: scanId, subscription, policySet, scope: "/", expectedIds },
			{ ...azure, probeHost, trace: ports.trace },
		);
		brokeOff = scan.failure?.transient ? scan.failure.reason : null;
		if (brokeOff === null || attempt.last) {
			const { name } = subscription;
			// What came to no site counted nothing: zeros would look fine.
			const facts = scan.complete || scan.counts.sites > 0 ? scan : null;
			await store.save(reconcile(store.open, scan), { ended: { id: scanId, name, facts } });
		}
	} catch (error) {
		const failure = (error as Error).message;
		const { counts, problems } = scan ?? { counts: nothingCounted, problems: [] };
		measureRequests();
		// What failed first is the cause; that it cannot be recorded either is for the log.
		await record({ complete: false, counts, problems, failure }).catch(logFailure);
		throw error;
	}

	const { complete, counts, problems } = scan;
	measureRequests();
	const recorded = record({ complete, counts, problems, failure: brokeOff });
	// What cannot be recorded even by the last try is told all the same.
	await (attempt.last ? recorded.catch(logFailure) : recorded);
	const explain = (reason: string) => printable(`Subscription ${subscription.id} could not be read: ${reason}`);
	// What is tried again has not come to its end: nothing of it is counted.
	if (brokeOff !== null && !attempt.last) throw new Error(explain(brokeOff));
	ports.log("scan-done", printable(summarize(subscription, scan)), {
		...{ subscription: subscription.id, scan: scanId, complete, counts, requests: scan.requests },
		throttled: azure.requestsThrottled(),
		durationMs: scan.finishedAt.getTime() - scan.startedAt.getTime(),
	});
	for (const measurement of measureScan(scan)) ports.measure(measurement);
	for (const { code, scope, message } of problems) ports.logError("problem", printable(message), { code, scope });
	if (brokeOff !== null) throw new Error(explain(brokeOff));
	await enqueueNotifications({ subscription, scan: reportFacts(scan) }, settings.webhooks, ports);
	await store.forget().catch(logFailure);
	await ports.deleteOldScanRecords(subscription.id, startedAt).catch(logFailure);
}

/**
 * Whether another scan of the subscription was asked for in the same moment, and is the one that is written down. Where this one
 * waited for so long that it was taken for lost, it is still the first whose turn has come.
 */
function isSuperseded(
	{ scanId, requestedAt }: ScanMessage,
	running: RunningScan | null,
	scanLifeMinutes: number,
	now: Date,
): boolean {
	if (running === null || running.id === scanId || !isLeaseValid(running, scanLifeMinutes, now)) return false;
	return isLeaseValid({ since: requestedAt }, scanLifeMinutes, running.since);
}
