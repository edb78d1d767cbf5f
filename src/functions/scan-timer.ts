import type { TimerHandler } from "@azure/functions";
import { describeStorageError } from "../azure/errors.ts";
import { connectPolicyTable, readPolicyTable } from "../azure/policy-table.ts";
import { connectScan } from "../azure/ports.ts";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import type { Webhook } from "../config/webhooks.ts";
import { post } from "../notify/post.ts";
import { runScan } from "../run.ts";

interface Settings {
	readonly azure: AzureConfig;
	readonly storage: StorageConfig;
	readonly webhooks: readonly Webhook[];
}

/** The timer's handler: one run over all subscriptions. */
export function createScanTimer({ azure, storage, webhooks }: Settings): TimerHandler {
	const scan = connectScan(azure);
	const table = connectPolicyTable(storage, azure);
	const settings = { subscriptions: azure.subscriptions, portal: azure.cloud.portal, webhooks };
	return async (_timer, context) => {
		await runScan(settings, {
			...scan,
			post,
			log: (line) => context.log(line),
			readPolicies: () =>
				readPolicyTable(table, "create").catch((error) => {
					throw new Error(`The table DriftPolicy cannot be read: ${describeStorageError(error)}`);
				}),
		});
	};
}
