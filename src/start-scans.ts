import pLimit from "p-limit";
import { type AnnouncePorts, announce } from "./announce.ts";
import type { Webhook } from "./config/webhooks.ts";
import { identityOfProblem } from "./core/known.ts";
import { printable } from "./core/printable.ts";
import type { Problem } from "./core/problem.ts";
import { beyondSubscriptions } from "./core/report.ts";
import type { Subscription } from "./core/scan.ts";
import { scopeCovers } from "./core/scope.ts";
import { settleProblems } from "./core/settle.ts";
import type { FindingMemory } from "./memory.ts";
import { findProblems, type PolicySet } from "./policies/policy-set.ts";
import { writeScanMessage } from "./scan-message.ts";
import { chooseSubscriptions } from "./subscriptions.ts";
import { type DirectPorts, tellDirectly } from "./tell-directly.ts";
import { placeOf } from "./tell-webhook.ts";

/** What the start of all scans needs from outside. */
export interface StartPorts extends AnnouncePorts, DirectPorts {
	readPolicies(): Promise<PolicySet>;
	listSubscriptions(): Promise<readonly Subscription[]>;
	readMemory(place: string, now: Date): Promise<FindingMemory>;
	/** Puts a message on the queue of scans. Throws an error in one line. */
	sendScan(message: string): Promise<void>;
	newId(): string;
	log(line: string): void;
}

export interface StartSettings {
	readonly portal: string;
	/** Undefined: every subscription that can be listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly webhooks: readonly Webhook[];
}

const sentAtOnce = 8;

/**
 * Puts one message for each subscription on the queue, and has told what is wrong beyond any one of them. At the end, one
 * error names everything that failed, so that the platform sees a failed run.
 */
export async function startScans(settings: StartSettings, ports: StartPorts): Promise<void> {
	const { subscriptions, webhooks } = settings;
	const failures: string[] = [];
	const problems: Problem[] = [];
	/** What went well, as the problem that there would be otherwise. */
	const well = new Set<string>();
	let chosen: readonly Subscription[] | undefined;
	if (webhooks.length === 0) ports.log("No webhook is set (DRIFT_WEBHOOK_URL): nobody is told of what follows.");

	const policySet = await attempt("scan-failed", "/", ports.readPolicies);
	problems.push(...(policySet === undefined ? [] : findProblems(policySet, ports.now())));
	// Without policies there is nothing to judge by.
	if (policySet !== undefined) {
		const choose = () => chooseSubscriptions(subscriptions, ports.listSubscriptions);
		chosen = await attempt("subscription-unreadable", "/", choose);
		const some = chosen ?? [];
		const requestedAt = ports.now();
		const limit = pLimit(sentAtOnce);
		await Promise.all(
			some.map((subscription) =>
				limit(() =>
					attempt("scan-failed", `/subscriptions/${subscription.id}`, async () =>
						ports.sendScan(writeScanMessage({ scanId: ports.newId(), subscription, requestedAt })),
					),
				),
			),
		);
		ports.log(`${some.length} ${some.length === 1 ? "subscription is" : "subscriptions are"} to be scanned.`);
	}

	for (const { message } of problems) ports.logError(printable(message));
	try {
		const now = ports.now();
		const memory = await ports.readMemory(placeOf(beyondSubscriptions), now);
		const isOver = (problem: Problem) => {
			// Of the tables, all is known once they are read.
			if (!attempted.has(problem.code)) return policySet !== undefined;
			const isOfOthers = chosen !== undefined && problem.code === "scan-failed" && problem.scope !== "/";
			return well.has(identityOfProblem(problem)) || (isOfOthers && !isChosen(problem.scope));
		};
		const isChosen = (scope: string) => chosen?.some(({ id }) => scopeCovers(scope, `/subscriptions/${id}`));
		await memory.save({ findings: [], problems: settleProblems(memory.open.problems, problems, now, isOver) });
		await announce(beyondSubscriptions, webhooks, ports);
		await memory.forget().catch((error: Error) => ports.logError(error.message));
	} catch (error) {
		failures.push((error as Error).message);
		if (problems.length > 0) await tellDirectly(beyondSubscriptions, problems, settings, ports);
	}
	if (failures.length > 0) throw new Error([...new Set(failures)].join("\n"));

	/** What fails is a problem that everybody is told, and fails the run at its end. */
	async function attempt<T>(code: Problem["code"], scope: string, work: () => Promise<T>): Promise<T | undefined> {
		try {
			const result = await work();
			well.add(identityOfProblem({ code, scope }));
			return result;
		} catch (error) {
			const { message } = error as Error;
			failures.push(message);
			problems.push({ code, scope, message });
			return undefined;
		}
	}
}

const attempted: ReadonlySet<Problem["code"]> = new Set(["scan-failed", "subscription-unreadable"]);
