import { createHash } from "node:crypto";
import { findNotifications } from "../core/lifecycle/notification-diff.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Webhook } from "../core/model/webhook.ts";
import { composeReport, notificationsOfProblems, type Subject } from "../core/report/report.ts";
import type { Log } from "../telemetry/log.ts";
import type { Measurement } from "../telemetry/signals.ts";
import type { Delivery } from "./post.ts";
import { headersOf, sinks } from "./sinks/index.ts";

/** What telling without a memory needs from outside. */
export interface DeliverDirectlyPorts extends Pick<Log, "logError"> {
	post(webhook: Webhook, body: string, headers: Readonly<Record<string, string>>): Promise<Delivery>;
	now(): Date;
	measure(measurement: Measurement): void;
}

/**
 * Posts problems to all webhooks at once, for when the storage account itself fails: nothing is remembered, so that each
 * run tells the same again, within an hour under the same ID.
 */
export async function deliverDirectly(
	subject: Subject,
	problems: readonly Problem[],
	{ webhooks, portal }: { readonly webhooks: readonly Webhook[]; readonly portal: string },
	ports: DeliverDirectlyPorts,
): Promise<void> {
	// To the hour: what is posted again within it is the same to the byte.
	const now = new Date(ports.now().setUTCMinutes(0, 0, 0));
	const records = { findings: [], problems: notificationsOfProblems(problems, now).map(({ problem }) => problem) };
	await Promise.all(
		webhooks.map(async (webhook) => {
			const notifications = findNotifications(records, { findings: [], problems: [] }, webhook, { now, everyHours: 0 });
			const report = composeReport(subject, notifications, { portal });
			for (const { body } of sinks[webhook.kind].render(report, now)) {
				const content = JSON.stringify([webhook.name, body]);
				const id = `msg_${createHash("sha256").update(content).digest("hex")}`;
				const delivery = await ports.post(webhook, body, headersOf(webhook, { id, body }, ports.now()));
				const { outcome } = delivery;
				ports.measure({ name: "mtls_drift.deliveries", value: 1, attributes: { webhook: webhook.name, outcome } });
				if (outcome === "delivered") continue;
				ports.logError("webhook-failed", delivery.reason, { webhook: webhook.name });
				return;
			}
		}),
	);
}
