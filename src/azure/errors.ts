import { isRestError, type RestError } from "@azure/core-rest-pipeline";

/** Says in one line why ARM could not be read, and what to do. Never holds a token or a body. */
export function describeArmError(error: unknown): string {
	const hints: Record<number, string> = {
		401: "the token was not accepted; check AZURE_CLOUD and the tenant of the identity",
		403: "the identity may not read it; give it the Reader role there",
		404: "it does not exist, or not for this identity; check the subscription ID",
		429: "ARM throttles this identity; the next scan tries again",
	};
	return describe(error, "Azure Resource Manager", "check AZURE_CLOUD, DRIFT_ARM_ENDPOINT and the network", hints);
}

/** Whether trying again later can help: not where ARM refuses what is asked, or who asks. */
export function isTransient(error: unknown): boolean {
	if (!isRestError(error) || error.statusCode === undefined) return true;
	return error.statusCode < 400 || error.statusCode >= 500 || [408, 429].includes(error.statusCode);
}

/** Says in one line why Table or Queue Storage could not be used, and what to do. */
export function describeStorageError(error: unknown, service: "Table" | "Queue"): string {
	const hints: Record<number, string> = {
		401: "the token was not accepted; check AzureWebJobsStorage__clientId and the tenant of the identity",
		403: `access was refused; check the key in AzureWebJobsStorage, or give the identity the role Storage ${service} Data Contributor, and check the account's network rules`,
		412: "another scan of the same subscription changed it at the same time",
	};
	return describe(error, "the storage account of AzureWebJobsStorage", "check that setting and the network", hints);
}

function describe(error: unknown, service: string, whenUnreachable: string, hints: Record<number, string>): string {
	const malformed = `the answer of ${service} was cut off, or is not what it should be`;
	if (!(error instanceof Error)) return String(error);
	// With one of these names, @azure/identity says that no way of logging in was there at all.
	if (/^(?:AggregateAuthentication|CredentialUnavailable)Error$/.test(error.name)) {
		return `no token for ${service}: there is no managed identity that answers, and nobody is logged in (az login)`;
	}
	if (error.name.startsWith("Authentication")) return `no token for ${service}: ${firstLine(error.message)}`;
	if (error.name === "AbortError" || (isRestError(error) && error.code === "ETIMEDOUT")) {
		return `${service} did not answer in time; ${whenUnreachable}`;
	}
	// The SDK's own way of saying that an answer lacks what it reads.
	if (error instanceof TypeError) return malformed;
	if (!isRestError(error)) return firstLine(error.message);
	if (error.statusCode !== undefined && error.statusCode >= 300) return describeStatus(error, service, hints);
	if (error.code === "PARSE_ERROR" || error.statusCode !== undefined) return malformed;
	return `${service} cannot be reached (${error.code ?? firstLine(error.message)}); ${whenUnreachable}`;
}

function describeStatus(error: RestError, service: string, hints: Record<number, string>): string {
	const { statusCode, code } = error;
	const hint = hints[statusCode as number];
	const codeText = typeof code === "string" ? ` (${code.slice(0, 100)})` : "";
	return `${service} answered ${statusCode}${codeText}${hint === undefined ? "" : `: ${hint}`}`;
}

function firstLine(text: string): string {
	return (text.split("\n", 1)[0] as string).replace(/\.+$/, "");
}
