/** When a subscription was last scanned to its end; null for never. */
export interface ScannedSubscription {
	readonly id: string;
	readonly lastCompleteScan: Date | null;
}

/** What a webhook cannot be told of: a subscription's ID, or null for what is beyond all. */
export interface Waiting {
	readonly webhook: string;
	readonly subscription: string | null;
	readonly reason: string;
	readonly since: Date;
}

/** As `GET /api/health` says it. */
export interface Health {
	readonly healthy: boolean;
	readonly subscriptions: readonly {
		readonly id: string;
		readonly lastCompleteScan: string | null;
		readonly ageSeconds: number | null;
	}[];
	readonly webhooks: readonly {
		readonly name: string;
		readonly waitsFor: readonly {
			readonly subscription: string | null;
			readonly reason: string;
			readonly since: string;
		}[];
	}[];
}

/** Healthy is who has scanned each subscription to its end within two periods of the schedule, and has kept no webhook waiting for longer. */
export function judgeHealth(
	subscriptions: readonly ScannedSubscription[],
	webhooks: readonly string[],
	waiting: readonly Waiting[],
	{ now, periodMs }: { readonly now: Date; readonly periodMs: number },
): Health {
	const isRecent = (time: Date | null) => time !== null && now.getTime() - time.getTime() <= 2 * periodMs;
	return {
		healthy:
			subscriptions.every(({ lastCompleteScan }) => isRecent(lastCompleteScan)) &&
			waiting.every(({ since }) => isRecent(since)),
		subscriptions: subscriptions.map(({ id, lastCompleteScan: last }) => ({
			id,
			lastCompleteScan: last?.toISOString() ?? null,
			ageSeconds: last === null ? null : Math.max(0, Math.round((now.getTime() - last.getTime()) / 1000)),
		})),
		webhooks: webhooks.map((name) => ({
			name,
			waitsFor: waiting
				.filter(({ webhook }) => webhook === name)
				.map(({ subscription, reason, since }) => ({ subscription, reason, since: since.toISOString() })),
		})),
	};
}
