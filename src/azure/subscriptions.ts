import { createSubscription } from "@azure/arm-resources-subscriptions/api";
import { list } from "@azure/arm-resources-subscriptions/api/subscriptions";
import type { Subscription } from "../core/report.ts";
import type { Arm } from "./arm.ts";
import { readPages } from "./pages.ts";

/** The enabled subscriptions that the identity can read. Throws the SDK's errors. */
export async function listSubscriptions(arm: Arm): Promise<Subscription[]> {
	const subscriptions: Subscription[] = [];
	const client = createSubscription(arm.credential, arm.options);
	for await (const { subscriptionId, displayName, state } of readPages(list(client).byPage())) {
		if (subscriptionId && state === "Enabled") {
			subscriptions.push({ id: subscriptionId, name: displayName ?? subscriptionId });
		}
	}
	return subscriptions;
}
