import pLimit from "p-limit";
import { type Health, judgeHealth, type Waiting } from "../core/lifecycle/health.ts";
import type { Subscription } from "../core/model/scan.ts";
import type { Webhook } from "../core/model/webhook.ts";
import { type Failing, partitionOf } from "../storage/ports.ts";
import { chooseSubscriptions } from "./subscriptions.ts";

/** What a look at the app's own health needs from outside. Whatever they throw is an error in one line. */
export interface HealthPorts {
	listSubscriptions(): Promise<readonly Subscription[]>;
	/** When the last scan that saw everything ended; null where there is none. `since` is where to look first. */
	readLastCompleteScan(subscriptionId: string, since: Date): Promise<Date | null>;
	/** Why a webhook cannot be told; null where it can. */
	readFailing(webhook: string, partition: string): Promise<Failing | null>;
	now(): Date;
}

export interface HealthSettings {
	readonly subscriptions: readonly string[] | undefined;
	readonly webhooks: readonly Pick<Webhook, "name">[];
	/** Of the schedule, in milliseconds. */
	readonly periodMs: number;
}

const readAtOnce = 16;

/** How well each subscription is scanned and each webhook told. */
export async function checkHealth(
	{ subscriptions: wanted, webhooks, periodMs }: HealthSettings,
	ports: HealthPorts,
): Promise<Health> {
	const now = ports.now();
	const subscriptions = await chooseSubscriptions(wanted, ports.listSubscriptions);
	const limit = pLimit(readAtOnce);
	const since = new Date(now.getTime() - 2 * periodMs);
	const scanned = subscriptions.map(({ id }) =>
		limit(async () => ({ id, lastCompleteScan: await ports.readLastCompleteScan(id, since) })),
	);
	const waiting = [...subscriptions, null].flatMap((subscription) =>
		webhooks.map(({ name: webhook }) =>
			limit(async (): Promise<Waiting[]> => {
				const failing = await ports.readFailing(webhook, partitionOf({ subscription }));
				const { reason, since: from } = failing ?? {};
				if (reason === undefined || from === undefined) return [];
				return [{ webhook, subscription: subscription?.id ?? null, reason, since: from }];
			}),
		),
	);
	// All at once: what is rejected while something else is awaited would end the worker.
	const [ages, waits] = await Promise.all([Promise.all(scanned), Promise.all(waiting)]);
	const names = webhooks.map(({ name }) => name);
	return judgeHealth(ages, names, waits.flat(), { now, periodMs });
}
