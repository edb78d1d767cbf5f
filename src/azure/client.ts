import { createWebSiteManagement } from "@azure/arm-appservice/api";
import { RestError } from "@azure/core-rest-pipeline";
import type { Arm } from "./arm.ts";

/** The SDK's client for Microsoft.Web in one subscription. */
export type SubscriptionClient = ReturnType<typeof createWebSiteManagement>;

export function connectSubscription(arm: Arm, subscriptionId: string): SubscriptionClient {
	return createWebSiteManagement(arm.credential, subscriptionId, arm.options);
}

/** What ARM answers as plain JSON, by the client's own pipeline. Throws the SDK's error unless the answer is 200. */
export async function readJson(client: SubscriptionClient, pathOrLink: string): Promise<unknown> {
	const { status, body } = await client.pathUnchecked(pathOrLink).get();
	if (status === "200") return body;
	throw new RestError(`ARM answered ${status}`, { statusCode: Number(status), code: body?.error?.code });
}
