import { type PipelinePolicy, RestError, retryPolicy } from "@azure/core-rest-pipeline";
import { calculateRetryDelay } from "@azure/core-util";
import type { TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";
import { rateLimit } from "./rate-limit.ts";

/** Azure Resource Manager, as the SDK's clients need it. */
export interface Arm {
	readonly credential: TokenCredential;
	readonly options: {
		readonly endpoint: string;
		readonly credentials: { readonly scopes: string[] };
		readonly retryOptions: { readonly maxRetries: 0 };
		readonly additionalPolicies: {
			readonly policy: PipelinePolicy;
			readonly position: "perCall" | "perRetry";
		}[];
	};
	/** How many requests were sent so far, tries that failed included. */
	requestsSent(): number;
	/** How many of them were answered with 429. */
	requestsThrottled(): number;
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

/**
 * The token's audience is the cloud's own ARM, whatever the endpoint is. After `deadline` nothing is asked any more: each
 * request fails at once.
 */
export function connectArm(azure: AzureConfig, credential: TokenCredential, timing: Timing, deadline?: Date): Arm {
	const tally = { sent: 0, throttled: 0 };
	return {
		credential,
		options: {
			endpoint: azure.armEndpoint,
			credentials: { scopes: [`${azure.cloud.resourceManager}/.default`] },
			// The SDK gives up on 429 without Retry-After, on time-outs and on what is cut off: one policy here retries all.
			retryOptions: { maxRetries: 0 },
			additionalPolicies: [
				{ policy: retryPolicy([retryAnyFault(timing.retryDelayMs)]), position: "perCall" },
				{ policy: rateLimit(timing.pause), position: "perRetry" },
				{ policy: guard(azure.armEndpoint, timing.requestTimeoutMs, deadline, tally), position: "perRetry" },
			],
		},
		requestsSent: () => tally.sent,
		requestsThrottled: () => tally.throttled,
	};
}

/** Three more tries with growing waits and jitter, or later where ARM asks for it. */
function retryAnyFault(retryDelayMs: number): Parameters<typeof retryPolicy>[0][number] {
	const networkErrors = ["ETIMEDOUT", "ECONNRESET", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "PARSE_ERROR"];
	return {
		name: "mtlsDriftRetry",
		retry({ retryCount, response, responseError }) {
			const faulty = response !== undefined && isFault(response.status);
			if (!faulty && !networkErrors.includes(responseError?.code ?? "")) return { skipStrategy: true };
			const config = { retryDelayInMs: retryDelayMs, maxRetryDelayInMs: longestWaitSeconds * 1000 };
			const { retryAfterInMs } = calculateRetryDelay(retryCount, config);
			const asked = response === undefined ? 0 : waitSeconds(response.headers) * 1000;
			return { retryAfterInMs: Math.max(retryAfterInMs, asked) };
		},
	};
}

/** Whether the same request may be answered a moment later. */
function isFault(status: number): boolean {
	return status >= 500 ? ![501, 505].includes(status) : [408, 429].includes(status);
}

/** The SDK sends the token wherever a nextLink points, waits for an answer for ever, and for a retry as long as it is told. */
function guard(
	endpoint: string,
	requestTimeoutMs: number,
	deadline: Date | undefined,
	tally: { sent: number; throttled: number },
): PipelinePolicy {
	const { origin } = new URL(endpoint);
	return {
		name: "mtlsDriftGuard",
		async sendRequest(request, next) {
			const target = new URL(request.url);
			if (target.origin !== origin) {
				throw new Error(`ARM's answer points to ${target.host}, which is not ${origin}: not followed`);
			}
			const left = deadline === undefined ? requestTimeoutMs : deadline.getTime() - Date.now();
			if (left <= 0) throw new Error("the time for one scan was up");
			tally.sent += 1;
			request.timeout = Math.min(requestTimeoutMs, left);
			const response = await next(request).catch((error: Error) => {
				if (error.name === "AbortError") throw new RestError("no answer in time", { code: "ETIMEDOUT", request });
				throw error;
			});
			const { status, headers, bodyAsText } = response;
			if (status === 429) tally.throttled += 1;
			const seconds = waitSeconds(headers);
			if (isFault(status) && seconds > longestWaitSeconds) {
				throw new RestError("told to wait", { statusCode: status, code: `wait for ${Math.round(seconds)} s`, request });
			}
			if (status === 200 && !isWhole(bodyAsText)) throw new RestError("cut off", { code: "PARSE_ERROR", request });
			// A proxy's page does not say that a site is gone.
			if (status === 404 && !isWhole(bodyAsText))
				throw new RestError("no answer of ARM", { statusCode: 404, request, code: "no answer of ARM itself" });
			return response;
		},
	};
}

/** Whether the text can be an object of JSON, as all answers of ARM are; to parse it twice would cost too much. */
function isWhole(text: string | null | undefined): boolean {
	const trimmed = text?.trim() ?? "";
	return trimmed.startsWith("{") && trimmed.endsWith("}");
}

/** How long ARM asks to wait by the headers that the SDK obeys: https://httpwg.org/specs/rfc9110.html#field.retry-after */
function waitSeconds(headers: { get(name: string): string | undefined }): number {
	for (const header of ["retry-after-ms", "x-ms-retry-after-ms"]) {
		const milliseconds = Number(headers.get(header) ?? "none");
		if (Number.isFinite(milliseconds)) return milliseconds / 1000;
	}
	const after = headers.get("retry-after") ?? "";
	const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
	return Number.isFinite(seconds) ? seconds : 0;
}
