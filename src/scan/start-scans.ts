import { reconcileProblems } from "../core/lifecycle/reconcile.ts";
import type { Problem } from "../core/model/problem.ts";
import { type Subscription, withoutThose } from "../core/model/scan.ts";
import { printable } from "../core/model/text.ts";
import type { Webhook } from "../core/model/webhook.ts";
import { beyondSubscriptions } from "../core/report/report.ts";
import { type DeliverDirectlyPorts, deliverDirectly } from "../notify/deliver-directly.ts";
import { type EnqueueNotificationsPorts, enqueueNotifications } from "../notify/enqueue.ts";
import { findProblems, type PolicySet } from "../policies/policy-set.ts";
import { type FindingStore, partitionOf } from "../storage/ports.ts";
import type { Log } from "../telemetry/log.ts";
import { type EnqueueScansPorts, enqueueScans } from "./enqueue-scans.ts";
import { chooseSubscriptions } from "./subscriptions.ts";

/** What the start of all scans needs from outside. */
export interface StartPorts extends EnqueueNotificationsPorts, DeliverDirectlyPorts, EnqueueScansPorts, Log {
	readPolicies(): Promise<PolicySet>;
	listSubscriptions(): Promise<readonly Subscription[]>;
	openFindingStore(partition: string, now: Date): Promise<FindingStore>;
}

export interface StartSettings {
	readonly portal: string;
	/** Undefined: every subscription that can be listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly webhooks: readonly Webhook[];
	/** After so long, a scan that is not done is not waited for. */
	readonly scanLifeMinutes: number;
}

/**
 * Puts one message for each subscription on the queue, and has told what is wrong beyond any one of them. At the end, one
 * error names everything that failed, so that the platform sees a failed run.
 */
export async function startScans(settings: StartSettings, ports: StartPorts): Promise<void> {
	const { subscriptions, webhooks } = settings;
	const failures: string[] = [];
	const problems: Problem[] = [];
	/** What went well, by the problem with scope `/` that there would be otherwise. */
	const well = new Set<Problem["code"]>();
	let chosen: readonly Subscription[] | undefined;
	if (webhooks.length === 0) {
		ports.log("webhook-missing", "No webhook is set (DRIFT_WEBHOOK_URL): nobody is told of what follows.");
	}

	const policySet = await attempt("scan-failed", "/", ports.readPolicies);
	problems.push(...(policySet === undefined ? [] : findProblems(policySet, ports.now())));
	// Without policies there is nothing to judge by.
	if (policySet !== undefined) {
		const choose = () => chooseSubscriptions(subscriptions, ports.listSubscriptions);
		chosen = await attempt("subscription-unreadable", "/", choose);
		const { started, running, failed } = await enqueueScans(chosen ?? [], settings.scanLifeMinutes, ports);
		for (const { subscription, message } of failed) fail("scan-failed", `/subscriptions/${subscription.id}`, message);
		const said = `${started.length} ${started.length === 1 ? "subscription is" : "subscriptions are"} to be scanned.`;
		ports.log("scans-queued", said, { started: started.length, running: running.length, failed: failed.length });
		for (const { subscription, scan } of running) {
			const since = scan.since.toISOString();
			const subject = { subscription: subscription.id };
			ports.log("scan-running", `Subscription ${subscription.id} is being scanned already, since ${since}.`, subject);
		}
	}

	try {
		const now = ports.now();
		const store = await ports.openFindingStore(partitionOf(beyondSubscriptions), now);
		const listed = subscriptions === undefined ? (chosen ?? store.subscriptions) : store.subscriptions;
		problems.push(...withoutThose(store.subscriptions, listed).map(explainLost));
		const isOver = ({ code, scope }: Problem) => {
			// Of the tables, all is known once they are read.
			if (code !== "scan-failed" && code !== "subscription-unreadable") return policySet !== undefined;
			return scope === "/" ? well.has(code) : chosen !== undefined;
		};
		const reconciled = reconcileProblems(store.open.problems, problems, now, isOver);
		await store.save(
			{ findings: [], problems: reconciled },
			{
				newSubscriptions: withoutThose(listed, store.subscriptions),
			},
		);
		await enqueueNotifications(beyondSubscriptions, webhooks, ports);
		await store.forget().catch((error: Error) => ports.logError("storage-failed", error.message));
	} catch (error) {
		failures.push((error as Error).message);
		if (problems.length > 0) await deliverDirectly(beyondSubscriptions, problems, settings, ports);
	}
	for (const { code, scope, message } of problems) ports.logError("problem", printable(message), { code, scope });
	if (failures.length > 0) throw new Error([...new Set(failures)].join("\n"));

	/** What fails is a problem that everybody is told, and fails the run at its end. */
	async function attempt<T>(code: Problem["code"], scope: string, work: () => Promise<T>): Promise<T | undefined> {
		try {
			const result = await work();
			if (scope === "/") well.add(code);
			return result;
		} catch (error) {
			fail(code, scope, (error as Error).message);
			return undefined;
		}
	}

	function fail(code: Problem["code"], scope: string, message: string): void {
		failures.push(message);
		problems.push({ code, scope, message });
	}
}

/** What is not listed any more resolves nothing, and must not look fine. */
function explainLost({ id, name }: Subscription): Problem {
	return {
		code: "subscription-unreadable",
		scope: `/subscriptions/${id}`,
		message: `Subscription ${name} (${id}) is not listed any more: it was disabled or deleted, or the identity may not read it. What was open there stays open. If it is gone for good, delete its row from DriftFinding (PartitionKey setup, RowKey subscription_${id.toLowerCase()}).`,
	};
}
