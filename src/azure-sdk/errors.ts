import { isRestError, type RestError } from "@azure/core-rest-pipeline";

export function describeSdkError(
	error: unknown,
	service: string,
	whenUnreachable: string,
	hints: Record<number, string>,
): string {
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
