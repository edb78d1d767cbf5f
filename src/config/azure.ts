import * as z from "zod";
import { type Cloud, clouds, findCloud } from "./clouds.ts";

export interface AzureConfig {
	readonly cloud: Cloud;
	readonly armEndpoint: string;
	/** A user-assigned identity; undefined for the system-assigned one. */
	readonly clientId: string | undefined;
	/** Undefined: every enabled subscription that the identity can read. */
	readonly subscriptions: readonly string[] | undefined;
	/** Whether Azure Functions offers a managed identity. */
	readonly managedIdentity: boolean;
}

/** What is needed to read Azure Resource Manager. */
export const azureSettings = z
	.object({
		AZURE_CLOUD: z
			.string()
			.default("AzureCloud")
			.transform((value, context) => {
				const cloud = findCloud(value);
				if (cloud !== undefined) return cloud;
				context.addIssue(`takes ${Object.keys(clouds).join(", ")}`);
				return z.NEVER;
			}),
		DRIFT_ARM_ENDPOINT: z
			.url({ protocol: /^https$/, error: "must be an https URL", abort: true })
			.refine((address) => !/[?#@]/.test(address), "must be no more than scheme, host and path")
			.optional(),
		AZURE_CLIENT_ID: z.guid("is not a GUID").optional(),
		DRIFT_SUBSCRIPTIONS: z
			.string()
			.transform((value) => [
				...new Set(
					value
						.toLowerCase()
						.split(",")
						.map((id) => id.trim())
						.filter(Boolean),
				),
			])
			.pipe(z.array(z.guid("must hold subscription IDs (GUIDs), split by commas")).min(1, "holds no subscription ID"))
			.optional(),
		IDENTITY_ENDPOINT: z.string().optional(),
	})
	.transform((settings): AzureConfig => {
		const cloud = settings.AZURE_CLOUD;
		return {
			cloud,
			armEndpoint: settings.DRIFT_ARM_ENDPOINT?.replace(/\/+$/, "") ?? cloud.resourceManager,
			clientId: settings.AZURE_CLIENT_ID,
			subscriptions: settings.DRIFT_SUBSCRIPTIONS,
			managedIdentity: settings.IDENTITY_ENDPOINT !== undefined,
		};
	});
