import pLimit from "p-limit";
import type { Webhook } from "./config/webhooks.ts";
import { printable } from "./core/printable.ts";
import type { Problem } from "./core/problem.ts";
import { reportSetUp } from "./core/report.ts";
import type { Subscription } from "./core/scan.ts";
import { findProblems, type PolicySet } from "./policies/policy-set.ts";
import { writeScanMessage } from "./scan-message.ts";
import { chooseSubscriptions } from "./subscriptions.ts";
import { type TellPorts, tell } from "./tell.ts";

/** What the start of all scans needs from outside. */
export interface StartPorts extends TellPorts {
	readPolicies(): Promise<PolicySet>;
	listSubscriptions(): Promise<readonly Subscription[]>;
	/** Puts a message on the queue of scans. Throws an error in one line. */
	send(message: string): Promise<void>;
	log(line: string): void;
	logError(line: string): void;
}

export interface StartSettings {
	/** Undefined: every subscription that can be listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly webhooks: readonly Webhook[];
}

const sentAtOnce = 8;

/**
 * Puts one message for each subscription on the queue, and tells what is wrong beyond any one of them. At the end, one error
 * names everything that failed, so that the platform sees a failed run.
 */
export async function startScans({ subscriptions, webhooks }: StartSettings, ports: StartPorts): Promise<void> {
	const failures: string[] = [];
	const problems: Problem[] = [];
	if (webhooks.length === 0) ports.log("No webhook is set (DRIFT_WEBHOOK_URL): nobody is told of what follows.");

	const policySet = await attempt("scan-failed", "/", ports.readPolicies);
	problems.push(...(policySet === undefined ? [] : findProblems(policySet, ports.now())));
	// Without policies there is nothing to judge by.
	if (policySet !== undefined) {
		const choose = () => chooseSubscriptions(subscriptions, ports.listSubscriptions);
		const chosen = (await attempt("subscription-unreadable", "/", choose)) ?? [];
		const requestedAt = ports.now();
		const limit = pLimit(sentAtOnce);
		await Promise.all(
			chosen.map((subscription) =>
				limit(() =>
					attempt("scan-failed", `/subscriptions/${subscription.id}`, async () =>
						ports.send(writeScanMessage({ scanId: ports.newId(), subscription, requestedAt })),
					),
				),
			),
		);
		ports.log(`${chosen.length} ${chosen.length === 1 ? "subscription is" : "subscriptions are"} to be scanned.`);
	}

	for (const { message } of problems) ports.logError(printable(message));
	if (problems.length > 0) {
		failures.push(...(await tell(webhooks, () => reportSetUp(problems), ports)));
	}
	if (failures.length > 0) throw new Error(failures.join("\n"));

	/** What fails is a problem that everybody is told, and fails the run at its end. */
	async function attempt<T>(code: Problem["code"], scope: string, work: () => Promise<T>): Promise<T | undefined> {
		try {
			return await work();
		} catch (error) {
			const { message } = error as Error;
			failures.push(message);
			problems.push({ code, scope, message });
			return undefined;
		}
	}
}
