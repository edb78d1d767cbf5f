import { type PipelinePolicy, RestError, retryPolicy } from "@azure/core-rest-pipeline";
import { calculateRetryDelay } from "@azure/core-util";
import type { TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";
import { pace } from "./pace.ts";

/** Azure Resource Manager, as the SDK's clients need it. */
export interface Arm {
	readonly credential: TokenCredential;
	readonly options: {
		readonly endpoint: string;
		readonly credentials: { readonly scopes: string[] };
		readonly retryOptions: { readonly retryDelayInMs: number };
		readonly additionalPolicies: {
			readonly policy: PipelinePolicy;
			readonly position: "perCall" | "perRetry";
		}[];
	};
	/** How many requests were sent so far, tries that failed included. */
	requestsSent(): number;
}

/** How long to wait for what. */
export interface Timing {
	readonly requestTimeoutMs: number;
	/** Before the first of three retries; each further wait is twice as long, all with jitter. */
	readonly retryDelayMs: number;
	pause(milliseconds: number): Promise<void>;
}

/** ARM refills a budget within seconds; who is told to wait for longer is better off with the next scan. */
const longestWaitSeconds = 60;

/** The token's audience is the cloud's own ARM, whatever the endpoint is. */
export function connectArm(azure: AzureConfig, credential: TokenCredential, timing: Timing): Arm {
	let sent = 0;
	return {
		credential,
		options: {
			endpoint: azure.armEndpoint,
			credentials: { scopes: [`${azure.cloud.resourceManager}/.default`] },
			retryOptions: { retryDelayInMs: timing.retryDelayMs },
			additionalPolicies: [
				{ policy: retryPolicy([whatTheSdkGivesUp(timing.retryDelayMs)]), position: "perCall" },
				{ policy: pace(timing.pause), position: "perRetry" },
				{ policy: guard(azure.armEndpoint, timing.requestTimeoutMs, () => sent++), position: "perRetry" },
			],
		},
		requestsSent: () => sent,
	};
}

/** The SDK retries 5xx, errors of the network by their code, and 429 where Retry-After stands beside it. */
function whatTheSdkGivesUp(retryDelayMs: number): Parameters<typeof retryPolicy>[0][number] {
	return {
		name: "mtlsDriftRetry",
		retry({ retryCount, response, responseError }) {
			const throttled = response?.status === 429 && waitSeconds(response.headers) === undefined;
			const cutOff = ["PARSE_ERROR", "EAI_AGAIN", "EPIPE"].includes(responseError?.code ?? "");
			if (!(throttled || cutOff)) return { skipStrategy: true };
			return calculateRetryDelay(retryCount, { retryDelayInMs: retryDelayMs, maxRetryDelayInMs: 60_000 });
		},
	};
}

/** The SDK sends the token wherever a nextLink points, waits for an answer for ever, and for a retry as long as it is told. */
function guard(endpoint: string, requestTimeoutMs: number, count: () => void): PipelinePolicy {
	const { origin } = new URL(endpoint);
	return {
		name: "mtlsDriftGuard",
		async sendRequest(request, next) {
			const target = new URL(request.url);
			if (target.origin !== origin) {
				throw new Error(`ARM's answer points to ${target.host}, which is not ${origin}: not followed`);
			}
			count();
			request.timeout = requestTimeoutMs;
			const response = await next(request).catch((error: Error) => {
				// Under this code the SDK retries it.
				if (error.name === "AbortError") throw new RestError("no answer in time", { code: "ETIMEDOUT", request });
				throw error;
			});
			const { status, headers } = response;
			const seconds = waitSeconds(headers) ?? 0;
			if ([429, 503].includes(status) && seconds > longestWaitSeconds) {
				throw new RestError("told to wait", { statusCode: status, code: `wait for ${Math.round(seconds)} s`, request });
			}
			return response;
		},
	};
}

/** How long ARM asks to wait by the headers that the SDK obeys: https://httpwg.org/specs/rfc9110.html#field.retry-after */
function waitSeconds(headers: { get(name: string): string | undefined }): number | undefined {
	for (const header of ["retry-after-ms", "x-ms-retry-after-ms"]) {
		const milliseconds = headers.get(header);
		if (milliseconds !== undefined && Number.isFinite(Number(milliseconds))) return Number(milliseconds) / 1000;
	}
	const after = headers.get("retry-after");
	if (after === undefined) return undefined;
	const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
	return Number.isFinite(seconds) ? seconds : undefined;
}
