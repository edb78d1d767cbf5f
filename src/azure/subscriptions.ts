import { createSubscription } from "@azure/arm-resources-subscriptions/api";
import { list } from "@azure/arm-resources-subscriptions/api/subscriptions";
import type { Subscription } from "../core/report.ts";
import type { Arm } from "./arm.ts";

/** The enabled subscriptions that the identity can read. Throws the SDK's errors. */
export async function listSubscriptions(arm: Arm): Promise<Subscription[]> {
	const subscriptions: Subscription[] = [];
	for await (const { subscriptionId, displayName, state } of list(createSubscription(arm.credential, arm.options))) {
		if (subscriptionId && state === "Enabled") {
			subscriptions.push({ id: subscriptionId, name: displayName ?? subscriptionId });
		}
	}
	return subscriptions;
}
