import { isRestError } from "@azure/core-rest-pipeline";
import { describeSdkError } from "../azure-sdk/errors.ts";

/** Says in one line why ARM could not be read, and what to do. Never holds a token or a body. */
export function describeArmError(error: unknown): string {
	const hints: Record<number, string> = {
		401: "the token was not accepted; check AZURE_CLOUD and the tenant of the identity",
		403: "the identity may not read it; give it the Reader role there",
		404: "it does not exist, or not for this identity; check the subscription ID",
		429: "ARM throttles this identity; the next scan tries again",
	};
	return describeSdkError(
		error,
		"Azure Resource Manager",
		"check AZURE_CLOUD, DRIFT_ARM_ENDPOINT and the network",
		hints,
	);
}

/** Whether trying again later can help: not where ARM refuses what is asked, or who asks. */
export function isTransient(error: unknown): boolean {
	if (!isRestError(error) || error.statusCode === undefined) return true;
	return error.statusCode < 400 || error.statusCode >= 500 || [408, 429].includes(error.statusCode);
}
