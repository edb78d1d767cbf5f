import type { PipelinePolicy } from "@azure/core-rest-pipeline";

/**
 * Microsoft.Web and ARM count down what is left of a subscription's budget for reads, which refills by the second; how large
 * it is differs between subscriptions. Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
const budgetHeaders = [
	"x-ms-ratelimit-remaining-subscription-reads",
	"x-ms-ratelimit-remaining-subscription-global-reads",
];

/** Below so many reads, each request waits: the last are for other tools of the same identity. */
const reserve = 50;
const longestPauseMs = 1000;

/** Slows requests down the more, the less of the budget is left, so that throttling never begins. */
export function rateLimit(pause: (milliseconds: number) => Promise<void>): PipelinePolicy {
	let budget = reserve;
	return {
		name: "mtlsDriftPace",
		async sendRequest(request, next) {
			if (budget < reserve) await pause(Math.ceil(longestPauseMs * (1 - budget / reserve)));
			const response = await next(request);
			const remaining = budgetHeaders.flatMap((header) => {
				const value = response.headers.get(header);
				return value !== undefined && /^\d+$/.test(value) ? [Number(value)] : [];
			});
			// What was told fades where nothing is told.
			budget = Math.min(reserve, ...(remaining.length > 0 ? remaining : [budget + 1]));
			return response;
		},
	};
}
