import { createSubscription } from "@azure/arm-resources-subscriptions/api";
import { list } from "@azure/arm-resources-subscriptions/api/subscriptions";
import type { Subscription } from "../core/model/scan.ts";
import type { Arm } from "./arm.ts";
import { fromSdk, readPages } from "./pages.ts";

/** The enabled subscriptions that the identity can read. Throws the SDK's errors. */
export async function listSubscriptions(arm: Arm): Promise<Subscription[]> {
	const subscriptions: Subscription[] = [];
	const client = createSubscription(arm.credential, arm.options);
	for await (const page of readPages(fromSdk(list(client)))) {
		for (const { subscriptionId, displayName, state } of page) {
			if (subscriptionId && state === "Enabled") {
				// ARM may send what the SDK's types do not promise.
				const name: unknown = displayName;
				subscriptions.push({ id: subscriptionId, name: typeof name === "string" && name ? name : subscriptionId });
			}
		}
	}
	return subscriptions;
}
