import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";

/** Azure Resource Manager, as the SDK's clients need it. */
export interface Arm {
	readonly credential: TokenCredential;
	readonly options: {
		readonly endpoint: string;
		readonly credentials: { readonly scopes: string[] };
		readonly additionalPolicies: { readonly policy: PipelinePolicy; readonly position: "perRetry" }[];
	};
}

const requestTimeoutMs = 60_000;
/** ARM refills a budget within seconds; who is told to wait for longer is better off with the next scan. */
const longestWaitSeconds = 60;

/** The token's audience is the cloud's own ARM, whatever the endpoint is. */
export function connectArm(azure: AzureConfig, credential: TokenCredential): Arm {
	return {
		credential,
		options: {
			endpoint: azure.armEndpoint,
			credentials: { scopes: [`${azure.cloud.resourceManager}/.default`] },
			additionalPolicies: [{ policy: guardRequests(azure.armEndpoint), position: "perRetry" }],
		},
	};
}

/** The SDK sends the token wherever a nextLink points, waits for an answer for ever, and for a retry as long as it is told. */
function guardRequests(endpoint: string): PipelinePolicy {
	const { origin } = new URL(endpoint);
	return {
		name: "mtlsDriftGuard",
		async sendRequest(request, next) {
			const target = new URL(request.url);
			if (target.origin !== origin) {
				throw new Error(`ARM's answer points to ${target.host}, which is not ${origin}: not followed`);
			}
			request.timeout = requestTimeoutMs;
			const response = await next(request);
			for (const [header, toSeconds] of Object.entries(retryHeaders)) {
				if (toSeconds(response.headers.get(header) ?? "0") > longestWaitSeconds) response.headers.delete(header);
			}
			return response;
		},
	};
}

/** The headers that the SDK waits by: milliseconds, or seconds or a date (https://httpwg.org/specs/rfc9110.html#field.retry-after). */
const retryHeaders: Record<string, (value: string) => number> = {
	"retry-after-ms": (value) => Number(value) / 1000,
	"x-ms-retry-after-ms": (value) => Number(value) / 1000,
	"retry-after": (value) => (/^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000),
};
