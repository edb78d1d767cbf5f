import type { Webhook } from "./config/webhooks.ts";
import { identityOf, identityOfFinding, identityOfProblem, type Known } from "./core/known.ts";
import { reportNews, type Subject } from "./core/report.ts";
import {
	type FindingState,
	findNews,
	hasEnded,
	identityOfState,
	type News,
	type ProblemState,
	stateOfFinding,
	stateOfProblem,
} from "./core/telling.ts";
import type { PendingPart, States, WebhookMemory } from "./memory.ts";
import type { RenderedPart } from "./notify/parts.ts";
import type { Delivery } from "./notify/post.ts";
import { headersOf, sinks } from "./notify/sinks.ts";
import type { Try } from "./run-scan.ts";
import { type TellMessage, writeTellMessage } from "./tell-message.ts";

/** What telling a webhook needs from outside. Whatever they throw is an error in one line. */
export interface TellPorts {
	/** `place` is a subscription's ID, or `setup` for what is beyond all. */
	readWebhook(webhook: string, place: string, now: Date): Promise<WebhookMemory>;
	/** What is open, and all else that is known where any of `believed` is not open. */
	readKnown(place: string, believed: readonly (FindingState | ProblemState)[]): Promise<Known>;
	post(webhook: Webhook, body: string, headers: Readonly<Record<string, string>>): Promise<Delivery>;
	/** Puts a message on the queue of tellings, hidden for so long. */
	sendTelling(message: string, delaySeconds?: number): Promise<void>;
	pause(milliseconds: number): Promise<unknown>;
	now(): Date;
	newId(): string;
	log(line: string): void;
	logError(line: string): void;
}

export interface TellSettings {
	readonly portal: string;
	readonly webhooks: readonly Webhook[];
	readonly reminderHours: number;
	/** How long one invocation may post. */
	readonly tellMinutes: number;
}

/** A webhook that asks for more patience is left alone for so long, and nobody waits. */
const longestPauseSeconds = 30;
const triesAtOnce = 3;
/** Nobody is left alone for longer, whatever is asked. */
const longestDelaySeconds = 24 * 3600;

/** Where the memory of a subject is kept. */
export function placeOf({ subscription }: Pick<Subject, "subscription">): string {
	return subscription === null ? "setup" : subscription.id.toLowerCase();
}

/**
 * Tells one webhook what it has not been told, and records each part as told once it was taken. Throws when the queue should
 * try again soon; what is refused for good is tried again by the message of the next scan.
 */
export async function tellWebhook(
	{ webhook: name, subject }: TellMessage,
	attempt: Try,
	settings: TellSettings,
	ports: TellPorts,
): Promise<void> {
	const webhook = settings.webhooks.find((one) => one.name === name);
	if (webhook === undefined) {
		ports.log(`The webhook "${name}" is not set any more: it is not told.`);
		return;
	}
	const startedAt = ports.now();
	const deadline = new Date(startedAt.getTime() + settings.tellMinutes * 60_000);
	const place = placeOf(subject);
	const memory = await ports.readWebhook(name, place, startedAt);
	if (memory.failing?.notBefore != null && memory.failing.notBefore > startedAt) {
		ports.log(`${memory.failing.reason}; it asked not to be told before ${memory.failing.notBefore.toISOString()}.`);
		return;
	}
	const known = await ports.readKnown(place, believedOpen(memory));
	const reminders = { now: startedAt, everyHours: settings.reminderHours };
	const news = () => findNews(known, memory.told, webhook, reminders);

	const { again, stale } = sortPending(memory.pending, news());
	await memory.drop(stale);
	const leftover = await postParts(again);
	if (leftover.stopped) return;
	const rest = withoutPending(news(), leftover.refused);
	const parts = compose(subject, rest, webhook);
	if (parts.length > 0) await memory.put(parts);
	const fresh = await postParts(parts);
	if (fresh.stopped) return;
	const isTold = leftover.refused.length + fresh.refused.length === 0;
	if (isTold && memory.failing !== null) await memory.recover();
	await memory.forget();

	function compose(about: Subject, some: News, to: Webhook): PendingPart[] {
		if (some.findings.length + some.problems.length === 0) return [];
		const { findingsPerEntry, render } = sinks[to.kind];
		const report = reportNews(about, some, { portal: settings.portal, findingsPerEntry });
		const at = ports.now();
		const id = ports.newId();
		const states = statesByIdentity(some);
		return render(report, at).map((part, index) => ({
			key: `part_${at.toISOString()}_${String(index + 1).padStart(5, "0")}`,
			id: `msg_${id}_${index + 1}`,
			body: part.body,
			states: pickStates(part, states),
			refusal: null,
		}));
	}

	/** Posts one after the other. Stops where the webhook as such, or the time, is the matter; what one part is refused for keeps back no other. */
	async function postParts(
		some: readonly PendingPart[],
	): Promise<{ readonly stopped: boolean; readonly refused: readonly PendingPart[] }> {
		const refused: PendingPart[] = [];
		for (const [index, part] of some.entries()) {
			if (ports.now() >= deadline) {
				await memory.refuse(unmarked(some.slice(index)), "the time was up before it was posted");
				await ports.sendTelling(writeTellMessage({ webhook: name, subject }));
				return { stopped: true, refused };
			}
			const delivery = await postPatiently(part);
			if (delivery.outcome === "delivered") {
				await memory.confirm(part, ports.now());
				continue;
			}
			if (delivery.outcome === "refused" && delivery.cause === "message") {
				await memory.refuse(unmarked([part]), delivery.reason);
				await memory.fail(delivery.reason, ports.now(), null);
				ports.logError(delivery.reason);
				refused.push(part);
				continue;
			}
			// Of a part without an answer nobody knows; those after it were not posted.
			const unsent = some.slice(delivery.outcome === "refused" ? index : index + 1);
			await memory.refuse(unmarked(unsent), delivery.reason);
			await giveWay(delivery);
			return { stopped: true, refused };
		}
		return { stopped: false, refused };
	}

	async function postPatiently(part: PendingPart): Promise<Delivery> {
		for (let tries = 1; ; tries += 1) {
			const delivery = await ports.post(
				webhook as Webhook,
				part.body,
				headersOf(webhook as Webhook, part, ports.now()),
			);
			if (delivery.outcome !== "refused" || delivery.retryAfterSeconds === null) return delivery;
			const { cause, retryAfterSeconds } = delivery;
			if (cause !== "moment" || retryAfterSeconds > longestPauseSeconds || tries === triesAtOnce) return delivery;
			await ports.pause(retryAfterSeconds * 1000);
		}
	}

	/** Leaves the webhook for later: after what it asked for, with the queue's next try, or with the next scan. */
	async function giveWay(delivery: Exclude<Delivery, { outcome: "delivered" }>): Promise<void> {
		const { reason } = delivery;
		const asked = delivery.outcome === "refused" ? delivery.retryAfterSeconds : null;
		const isForMoment = delivery.outcome === "unanswered" || delivery.cause === "moment";
		const now = ports.now();
		if (isForMoment && asked !== null && asked > longestPauseSeconds) {
			const delaySeconds = Math.min(Math.ceil(asked), longestDelaySeconds);
			await memory.fail(reason, now, new Date(now.getTime() + delaySeconds * 1000));
			await ports.sendTelling(writeTellMessage({ webhook: name, subject }), delaySeconds);
			ports.logError(`${reason}; it is told again in ${delaySeconds} s, as it asked.`);
			return;
		}
		await memory.fail(reason, now, null);
		if (isForMoment && !attempt.last) throw new Error(reason);
		ports.logError(`${reason}; it is told again after the next scan.`);
	}
}

/** What the webhook takes for open, or will once it was posted what waits. */
function believedOpen({ told, pending }: WebhookMemory): readonly (FindingState | ProblemState)[] {
	const waiting = pending.flatMap(({ states }) => [...states.findings, ...states.problems]);
	return [...told.findings, ...told.problems, ...waiting].filter((state) => !hasEnded(state));
}

/**
 * Which parts that an earlier invocation left are posted again as they are: the first one of which nobody knows whether it
 * was delivered, since parts go one after the other, and those that still say just what there is to say.
 */
function sortPending(
	pending: readonly PendingPart[],
	news: News,
): { readonly again: readonly PendingPart[]; readonly stale: readonly PendingPart[] } {
	const doubtful = pending.find(({ refusal }) => refusal === null);
	const current = statesByIdentity(news);
	const isCurrent = ({ states }: PendingPart) =>
		[...states.findings, ...states.problems].every(
			(state) => JSON.stringify(current.get(identify(state))) === JSON.stringify(state),
		);
	const again = pending.filter((part) => part === doubtful || isCurrent(part));
	return { again, stale: pending.filter((part) => !again.includes(part)) };
}

type State = States["findings"][number] | States["problems"][number];

function identify(state: State): string {
	return "code" in state ? identityOfProblem(state) : identityOfState(state);
}

function statesByIdentity({ findings, problems }: News): ReadonlyMap<string, State> {
	const states: State[] = [
		...findings.map(({ finding, reason }) => ({ ...stateOfFinding(finding), reason })),
		...problems.map(({ problem, reason }) => ({ ...stateOfProblem(problem), reason })),
	];
	return new Map(states.map((state) => [identify(state), state]));
}

/** How all that a part lists stands in it. */
function pickStates({ sites, problems }: RenderedPart, states: ReadonlyMap<string, State>): States {
	const listed = [
		...sites.flatMap(({ resourceId, findings }) =>
			findings.map(({ rule, target }) => identityOf(resourceId, rule, target)),
		),
		...problems.map(identityOfProblem),
	].flatMap((identity) => states.get(identity) ?? []);
	return {
		findings: listed.filter((state): state is States["findings"][number] => !("code" in state)),
		problems: listed.filter((state): state is States["problems"][number] => "code" in state),
	};
}

function withoutPending({ findings, problems }: News, pending: readonly PendingPart[]): News {
	const waiting = new Set(
		pending.flatMap(({ states }) => [...states.findings, ...states.problems].map((state) => identify(state))),
	);
	return {
		findings: findings.filter(({ finding }) => !waiting.has(identityOfFinding(finding))),
		problems: problems.filter(({ problem }) => !waiting.has(identityOfProblem(problem))),
	};
}

function unmarked(parts: readonly PendingPart[]): readonly PendingPart[] {
	return parts.filter(({ refusal }) => refusal === null);
}
