import type { Webhook } from "./config/webhooks.ts";
import type { Policy } from "./core/policy.ts";
import { printable } from "./core/printable.ts";
import type { Problem } from "./core/problem.ts";
import { type Report, reportScan, reportSetUp, type Subscription } from "./core/report.ts";
import { summarize } from "./core/words.ts";
import { type Message, renderJson } from "./notify/json.ts";
import type { PolicySet } from "./policy-set.ts";
import { type ScanPorts, scanSubscription } from "./scan.ts";
import { chooseSubscriptions } from "./subscriptions.ts";

/** What a scheduled run needs from outside. */
export interface RunPorts extends ScanPorts {
	readPolicies(): Promise<PolicySet>;
	listSubscriptions(): Promise<readonly Subscription[]>;
	post(webhook: Webhook, body: string, headers: Message["headers"]): Promise<void>;
	log(line: string): void;
}

export interface RunSettings {
	/** Undefined: every subscription that can be listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
}

/** A site with more findings than this stands in a message several times, each time with the commands for its part. */
const findingsPerEntry = 50;

/**
 * Scans each subscription and posts what drifted to each webhook. One that fails holds up no other; at the end, one error
 * names everything that failed, so that the platform sees a failed run.
 */
export async function runScan(settings: RunSettings, ports: RunPorts): Promise<void> {
	const failures: string[] = [];
	if (settings.webhooks.length === 0)
		ports.log("No webhook is set (DRIFT_WEBHOOK_URL): nobody is told of what follows.");

	const policySet = await attempt("scan-failed", ports.readPolicies);
	if (policySet !== undefined) {
		await tellSetUp(policySet.problems);
		const choose = () => chooseSubscriptions(settings.subscriptions, ports.listSubscriptions);
		const subscriptions = (await attempt("subscription-unreadable", choose)) ?? [];
		for (const subscription of subscriptions) await scanOne(subscription, policySet.policies);
	}
	if (failures.length > 0) throw new Error(failures.join("\n"));

	/** Does what the whole run stands on; its failure is told to everybody and fails the run at its end. */
	async function attempt<T>(
		code: "scan-failed" | "subscription-unreadable",
		work: () => Promise<T>,
	): Promise<T | undefined> {
		try {
			return await work();
		} catch (error) {
			const { message } = error as Error;
			failures.push(message);
			await tellSetUp([{ code, scope: "/", message }]);
			return undefined;
		}
	}

	async function scanOne(subscription: Subscription, policies: readonly Policy[]): Promise<void> {
		const scan = await scanSubscription(subscription, policies, ports);
		ports.log(printable(summarize(scan.subscription, scan)));
		for (const { code, message } of scan.problems) {
			ports.log(printable(message));
			if (code === "subscription-unreadable") failures.push(printable(message));
		}
		await tell((webhook) => reportScan(scan, { portal: settings.portal, ...webhook }, findingsPerEntry));
	}

	async function tellSetUp(problems: readonly Problem[]): Promise<void> {
		for (const { message } of problems) ports.log(printable(message));
		await tell(() => reportSetUp(problems));
	}

	async function tell(reportFor: (webhook: Webhook) => Report): Promise<void> {
		for (const webhook of settings.webhooks) {
			const report = reportFor(webhook);
			const messageId = `msg_${report.scan?.id ?? ports.newId()}_${webhook.name}`;
			for (const { body, headers } of renderJson(report, messageId, ports.now(), webhook)) {
				await ports.post(webhook, body, headers).catch((error: Error) => failures.push(error.message));
			}
		}
	}
}
