import { findNotifications, type Notifications } from "../core/lifecycle/notification-diff.ts";
import type { FindingState, ProblemState } from "../core/lifecycle/state.ts";
import type { StoredRecords } from "../core/model/finding.ts";
import type { Webhook } from "../core/model/webhook.ts";
import { composeReport, type Subject } from "../core/report/report.ts";
import { type NotifyMessage, writeNotifyMessage } from "../storage/messages/notify-message.ts";
import type { Attempt } from "../storage/messages/queue-message.ts";
import { type PendingPart, partitionOf, type WebhookStore } from "../storage/ports.ts";
import type { Log } from "../telemetry/log.ts";
import type { Measurement } from "../telemetry/signals.ts";
import { believedOpen, pickStates, sortPending, splitOut, statesByIdentity, withoutPending } from "./outbox.ts";
import type { Delivery } from "./post.ts";
import { headersOf, sinks } from "./sinks/index.ts";

/** What telling a webhook needs from outside. Whatever they throw is an error in one line. */
export interface DeliverPorts extends Log {
	/** `partition` is a subscription's ID, or `setup` for what is beyond all. */
	openWebhookStore(webhook: string, partition: string, now: Date): Promise<WebhookStore>;
	/** What is open, and all else that is known where any of `believed` is not open. */
	readStored(partition: string, believed: readonly (FindingState | ProblemState)[]): Promise<StoredRecords>;
	post(webhook: Webhook, body: string, headers: Readonly<Record<string, string>>): Promise<Delivery>;
	/** Puts a message on the queue of tellings, hidden for so long. */
	sendNotifyMessage(message: string, delaySeconds?: number): Promise<void>;
	pause(milliseconds: number): Promise<unknown>;
	now(): Date;
	newId(): string;
	measure(measurement: Measurement): void;
}

export interface DeliverSettings {
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
	readonly reminderHours: number;
	/** How long one invocation may post. */
	readonly notifyMinutes: number;
}

/** A webhook that asks for more patience is left alone for so long, and nobody waits. */
const longestPauseSeconds = 30;
const triesAtOnce = 3;
/** Nobody is left alone for longer, whatever is asked: what drifts meanwhile is to be told, and the URL may be another by then. */
const longestDelaySeconds = 3600;
/** The clocks of two machines differ: who comes back too early is sent away until the next scan. */
const toleranceSeconds = 5;
/** So many parts in a row that are refused for what they hold are not refused for that. */
const maxRejectionsInARow = 3;

/**
 * Tells one webhook what it has not been told, and records each part as told once it was taken. Throws when the queue should
 * try again soon; what is refused for good is tried again by the message of the next scan.
 */
export async function deliver(
	message: NotifyMessage,
	attempt: Attempt,
	settings: DeliverSettings,
	ports: DeliverPorts,
): Promise<void> {
	const webhook = settings.webhooks.find(({ name }) => name === message.webhook);
	if (webhook !== undefined) return await deliverTo(webhook, message, attempt, settings, ports);
	ports.log("webhook-gone", `The webhook "${message.webhook}" is not set any more: it is not told.`, {
		webhook: message.webhook,
	});
}

async function deliverTo(
	webhook: Webhook,
	{ subject, isDelayed = false }: NotifyMessage,
	attempt: Attempt,
	settings: DeliverSettings,
	ports: DeliverPorts,
): Promise<void> {
	const { name, kind } = webhook;
	const startedAt = ports.now();
	const deadline = new Date(startedAt.getTime() + settings.notifyMinutes * 60_000);
	const partition = partitionOf(subject);
	const store = await ports.openWebhookStore(name, partition, startedAt);
	const about = newer(subject, store.failing?.subject ?? null);
	if (store.failing?.notBefore != null && store.failing.notBefore > startedAt) {
		await store.fail({ ...store.failing, subject: about }, startedAt);
		const until = store.failing.notBefore.toISOString();
		ports.log("webhook-waiting", `${store.failing.reason}; it asked not to be told before ${until}.`, {
			webhook: name,
		});
		return;
	}
	const records = await ports.readStored(partition, believedOpen(store));
	const reminders = { now: startedAt, everyHours: settings.reminderHours };
	const notifications = () => findNotifications(records, store.notified, webhook, reminders);

	const { again, last, apart, stale } = sortPending(store, notifications(), kind);
	await store.drop([...stale, ...apart]);
	let rejectionsInARow = 0;
	let deliveries = 0;
	const rejected: PendingPart[] = [];
	if (await stopsAt(again)) return;
	const parts = compose(withoutPending(notifications(), [...last, ...rejected]), apart);
	if (parts.length > 0) await store.put(parts);
	if (await stopsAt(parts, true)) return;
	if (await stopsAt(last)) return;
	if (deliveries > 0) {
		const subject = { webhook: name, subscription: about.subscription?.id ?? null };
		ports.log("webhook-notified", `webhook "${name}" was told, by ${deliveries} posts.`, {
			...subject,
			posts: deliveries,
		});
	}
	if (rejected.length === 0 && store.failing !== null) await store.recover();
	await store.forget().catch((error: Error) => ports.logError("storage-failed", error.message));

	/** One message of all, and one for each site and problem of what is to be taken apart. */
	function compose(some: Notifications, toSplitOut: readonly PendingPart[]): PendingPart[] {
		const { rest, single } = splitOut(some, toSplitOut);
		const at = ports.now();
		const messages = [rest, ...single].flatMap((one) => render(one, at));
		const unique = ports.newId();
		return messages.map((part, index) => ({
			...part,
			key: `part_${at.toISOString()}_${String(index + 1).padStart(5, "0")}_${unique}`,
		}));
	}

	function render(some: Notifications, at: Date): Omit<PendingPart, "key">[] {
		if (some.findings.length + some.problems.length === 0) return [];
		const { findingsPerEntry, render: renderParts } = sinks[kind];
		const report = composeReport(about, some, { portal: settings.portal, findingsPerEntry });
		const id = ports.newId();
		const states = statesByIdentity(some);
		return renderParts(report, at).map((part, index) => ({
			kind,
			composedAt: at,
			id: `msg_${id}_${index + 1}`,
			body: part.body,
			states: pickStates(part, states),
			isDeliveryUncertain: false,
			rejections: 0,
		}));
	}

	/**
	 * Posts one part after the other; `isBegun` says that the first is recorded as about to be posted. Gives whether to stop
	 * there: because of the webhook as such, or of the time. What one part is refused for keeps back no other.
	 */
	async function stopsAt(some: readonly PendingPart[], isBegun = false): Promise<boolean> {
		let begun = isBegun ? some[0] : undefined;
		for (const [index, part] of some.entries()) {
			if (ports.now() >= deadline) {
				await leaveTheRest();
				return true;
			}
			if (part !== begun && !part.isDeliveryUncertain) await store.begin(part);
			const delivery = await postPatiently(part);
			const isLate = ports.now() >= deadline;
			begun = isLate || some[index + 1]?.isDeliveryUncertain ? undefined : some[index + 1];
			if (delivery.outcome === "delivered") {
				rejectionsInARow = 0;
				deliveries += 1;
				await store.confirm(part, ports.now(), begun);
				continue;
			}
			if (delivery.outcome === "unanswered") {
				await postpone(delivery.reason, true);
				return true;
			}
			const { cause, reason, retryAfterSeconds } = delivery;
			rejectionsInARow += 1;
			if (cause === "message" && rejectionsInARow < maxRejectionsInARow) {
				rejected.push(part);
				ports.logError("webhook-failed", reason, { webhook: name });
				await store.reject({ ...part, rejections: part.rejections + 1 }, begun);
				await store.fail({ reason }, ports.now());
				continue;
			}
			await store.reject({ ...part, rejections: part.rejections + Number(cause === "message") });
			await postpone(reason, cause === "moment", retryAfterSeconds);
			return true;
		}
		return false;
	}

	async function postPatiently(part: PendingPart): Promise<Delivery> {
		for (let tries = 1; ; tries += 1) {
			const delivery = await ports.post(webhook, part.body, headersOf(webhook, part, ports.now()));
			const { outcome } = delivery;
			ports.measure({ name: "mtls_drift.deliveries", value: 1, attributes: { webhook: name, outcome } });
			if (delivery.outcome !== "refused" || delivery.retryAfterSeconds === null) return delivery;
			const { cause, retryAfterSeconds } = delivery;
			if (cause !== "moment" || retryAfterSeconds > longestPauseSeconds || tries === triesAtOnce) return delivery;
			await ports.pause(retryAfterSeconds * 1000);
		}
	}

	/** Leaves the webhook for later: after what it asked for, with the queue's next try, or with the next scan. */
	async function postpone(
		reason: string,
		isForMoment: boolean,
		retryAfterSeconds: number | null = null,
	): Promise<void> {
		const now = ports.now();
		if (isForMoment && retryAfterSeconds !== null && retryAfterSeconds > longestPauseSeconds) {
			const seconds = Math.min(Math.ceil(retryAfterSeconds), longestDelaySeconds);
			// Whoever has waited as it was asked once, and is sent away again, waits for the next scan.
			if (!isDelayed) {
				const message = writeNotifyMessage({ webhook: name, subject: about, isDelayed: true });
				await ports.sendNotifyMessage(message, seconds + toleranceSeconds);
			}
			await store.fail({ reason, notBefore: new Date(now.getTime() + seconds * 1000) }, now);
			ports.logError("webhook-failed", `${reason}; it is left alone for ${seconds} s, as it asked.`, { webhook: name });
			return;
		}
		await store.fail({ reason }, now);
		if (isForMoment && !attempt.last) throw new Error(reason);
		ports.logError("webhook-postponed", `${reason}; it is told again after the next scan.`, { webhook: name });
	}

	/** The time is up: whoever got anywhere goes on in another invocation. */
	async function leaveTheRest(): Promise<void> {
		if (deliveries > 0) return await ports.sendNotifyMessage(writeNotifyMessage({ webhook: name, subject: about }));
		const said = `webhook "${name}": the time was up before anything was told; it is told after the next scan.`;
		ports.logError("webhook-postponed", said, { webhook: name });
	}
}

/** Of two scans, the one that ended later. */
function newer(subject: Subject, other: Subject | null): Subject {
	return (other?.scan?.finishedAt ?? "") > (subject.scan?.finishedAt ?? "") ? (other as Subject) : subject;
}
