import type { Notifications } from "../core/lifecycle/notification-diff.ts";
import {
	type FindingState,
	hasEnded,
	identityOfState,
	type ProblemState,
	stateOfFinding,
	stateOfProblem,
} from "../core/lifecycle/state.ts";
import { identityOf, identityOfFinding, identityOfProblem } from "../core/model/finding.ts";
import type { WebhookKind } from "../core/model/webhook.ts";
import type { PendingPart, States, WebhookStore } from "../storage/ports.ts";
import type { Share } from "./sinks/parts.ts";

/**
 * A part that was refused as often, by a webhook that took others, is made anew, of each site apart: what is wrong with one
 * shall not keep back the others.
 */
const maxRejections = 3;

/** What the webhook takes for open, or will once it was posted what waits. */
export function believedOpen({ notified, pending }: WebhookStore): readonly (FindingState | ProblemState)[] {
	const waiting = pending.flatMap(({ states }) => [...states.findings, ...states.problems]);
	return [...notified.findings, ...notified.problems, ...waiting].filter((state) => !hasEnded(state));
}

/** What becomes of the parts that an earlier invocation left. */
interface SortedOutbox {
	/** Posted again as they are: those that may have been taken, and those that still say just what there is to say. */
	readonly again: readonly PendingPart[];
	/** The same, but refused before: they are posted last. */
	readonly last: readonly PendingPart[];
	/** Refused too often. */
	readonly apart: readonly PendingPart[];
	/** Not true any more, or made for another kind of webhook. */
	readonly stale: readonly PendingPart[];
}

export function sortPending(
	{ pending, notified }: Pick<WebhookStore, "pending" | "notified">,
	notifications: Notifications,
	kind: WebhookKind,
): SortedOutbox {
	const current = statesByIdentity(notifications);
	const tookSome = (since: Date) =>
		[...notified.findings, ...notified.problems].some(({ notifiedAt }) => notifiedAt > since);
	const sorted = Map.groupBy(pending, (part): keyof SortedOutbox => {
		// A webhook that took nothing since refuses all, and not this part for what it holds.
		const isRejectedOften = part.rejections >= maxRejections && tookSome(part.composedAt);
		const states = [...part.states.findings, ...part.states.problems];
		const isCurrent = states.every((state) => JSON.stringify(current.get(identify(state))) === JSON.stringify(state));
		if (part.kind !== kind || !(isCurrent || (part.isDeliveryUncertain && !isRejectedOften))) return "stale";
		if (isRejectedOften) return "apart";
		return part.rejections > 0 ? "last" : "again";
	});
	const those = (fate: keyof SortedOutbox) => sorted.get(fate) ?? [];
	return { again: those("again"), last: those("last"), apart: those("apart"), stale: those("stale") };
}

/** News apart that parts hold which were refused too often: of each site and of each problem alone. */
export function splitOut(
	{ findings, problems }: Notifications,
	parts: readonly PendingPart[],
): { readonly rest: Notifications; readonly single: readonly Notifications[] } {
	const held = identitiesIn(parts);
	const isHeld = ({ finding }: Notifications["findings"][number]) => held.has(identityOfFinding(finding));
	const isHeldProblem = ({ problem }: Notifications["problems"][number]) => held.has(identityOfProblem(problem));
	const bySite = Map.groupBy(findings.filter(isHeld), ({ finding }) => finding.site.id.toLowerCase());
	return {
		rest: {
			findings: findings.filter((one) => !isHeld(one)),
			problems: problems.filter((one) => !isHeldProblem(one)),
		},
		single: [
			...[...bySite.values()].map((some) => ({ findings: some, problems: [] })),
			...problems.filter(isHeldProblem).map((one) => ({ findings: [], problems: [one] })),
		],
	};
}

/** How a finding or problem stands in a message. */
export type State = States["findings"][number] | States["problems"][number];

function identify(state: State): string {
	return "code" in state ? identityOfProblem(state) : identityOfState(state);
}

export function statesByIdentity({ findings, problems }: Notifications): ReadonlyMap<string, State> {
	const states: State[] = [
		...findings.map(({ finding, reason }) => ({ ...stateOfFinding(finding), reason })),
		...problems.map(({ problem, reason }) => ({ ...stateOfProblem(problem), reason })),
	];
	return new Map(states.map((state) => [identify(state), state]));
}

/** How all that a part lists stands in it. */
export function pickStates({ sites, problems }: Share, states: ReadonlyMap<string, State>): States {
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

export function withoutPending(notifications: Notifications, pending: readonly PendingPart[]): Notifications {
	return splitOut(notifications, pending).rest;
}

function identitiesIn(parts: readonly PendingPart[]): ReadonlySet<string> {
	return new Set(parts.flatMap(({ states }) => [...states.findings, ...states.problems].map(identify)));
}
