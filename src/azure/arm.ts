import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";

/** Azure Resource Manager, as the SDK's clients need it. */
export interface Arm {
	readonly credential: TokenCredential;
	readonly options: {
		readonly endpoint: string;
		readonly credentials: { readonly scopes: string[] };
		readonly additionalPolicies: { readonly policy: PipelinePolicy; readonly position: "perCall" }[];
	};
}

const requestTimeoutMs = 60_000;

/** The token's audience is the cloud's own ARM, whatever the endpoint is. */
export function connectArm(azure: AzureConfig, credential: TokenCredential): Arm {
	return {
		credential,
		options: {
			endpoint: azure.armEndpoint,
			credentials: { scopes: [`${azure.cloud.resourceManager}/.default`] },
			additionalPolicies: [{ policy: guardRequests(azure.armEndpoint), position: "perCall" }],
		},
	};
}

/** The SDK sends the token wherever a nextLink points, and waits for ever. */
function guardRequests(endpoint: string): PipelinePolicy {
	const { origin } = new URL(endpoint);
	return {
		name: "mtlsDriftGuard",
		sendRequest(request, next) {
			const target = new URL(request.url);
			if (target.origin !== origin) {
				throw new Error(`ARM's answer points to ${target.host}, which is not ${endpoint}: not followed`);
			}
			request.timeout = requestTimeoutMs;
			return next(request);
		},
	};
}
