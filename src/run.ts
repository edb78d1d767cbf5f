import type { Webhook } from "./config/webhooks.ts";
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

	const { policies, problems } = await ports.readPolicies();
	for (const { message } of problems) ports.log(message);
	await tell((webhook) => (problems.length > 0 ? renderAll(reportSetUp(problems), webhook) : []));

	for (const subscription of await chooseSubscriptions(settings.subscriptions, ports.listSubscriptions)) {
		const scan = await scanSubscription(subscription, policies, ports);
		ports.log(summarize(scan.subscription, scan));
		for (const { code, message } of scan.problems) {
			ports.log(message);
			if (code === "subscription-unreadable") failures.push(message);
		}
		await tell((webhook) =>
			renderAll(reportScan(scan, { portal: settings.portal, ...webhook }, findingsPerEntry), webhook),
		);
	}
	if (failures.length > 0) throw new Error(failures.join("\n"));

	function renderAll(report: Report, webhook: Webhook): Message[] {
		return renderJson(report, `msg_${report.scan?.id ?? ports.newId()}_${webhook.name}`, ports.now(), webhook);
	}

	async function tell(render: (webhook: Webhook) => readonly Message[]): Promise<void> {
		for (const webhook of settings.webhooks) {
			for (const { body, headers } of render(webhook)) {
				await ports.post(webhook, body, headers).catch((error: Error) => failures.push(error.message));
			}
		}
	}
}
