import type { HttpHandler, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { ClientCertificateConfig, GuardedRoute } from "../config/client-certificates.ts";
import { answerError, withErrors } from "./http.ts";

/** Where App Service puts the client certificate. */
export const certificateHeader = "x-arr-clientcert";

/**
 * Stands before a route, behind the function key, which Azure Functions itself asks for: nothing by plain http and, where that is
 * set, nobody without a client certificate that may use the route.
 */
export function guard(
	route: GuardedRoute,
	config: ClientCertificateConfig | undefined,
	handler: HttpHandler,
	now: () => Date,
): HttpHandler {
	let loading: Promise<(request: HttpRequest) => Refused | null> | undefined;
	return withErrors(async (request, context) => {
		if (isPlainHttp(request)) {
			return answerError(403, "https-required", "Call by https: by plain http, anyone can read the function key.");
		}
		if (config !== undefined && !config.withoutCertificate.includes(route)) {
			loading ??= loadCheck(config, route, now);
			const refused = (await loading)(request);
			if (refused !== null) {
				context.warn(
					`Refused ${request.method} ${route}: ${refused.reason}, thumbprint ${refused.thumbprint ?? "none"}`,
				);
				return answerError(refused.status, refused.reason, refused.message);
			}
		}
		return (await handler(request, context)) as HttpResponseInit;
	});
}

interface Refused {
	readonly status: number;
	readonly reason: string;
	readonly message: string;
	readonly thumbprint: string | null;
}

/** Only where it is needed: the parser of certificates would make each cold start slower. */
async function loadCheck({ rules }: ClientCertificateConfig, route: GuardedRoute, now: () => Date) {
	const { createClientCertificateCheck } = await import("../client-certificate.ts");
	const check = createClientCertificateCheck(rules);
	return ({ headers }: HttpRequest): Refused | null => {
		const outcome = check(headers.get(certificateHeader), route, now());
		return outcome.allowed ? null : outcome;
	};
}

/** The front end ends TLS and tells how the caller came: https://learn.microsoft.com/azure/app-service/configure-language-nodejs#detect-https-session */
export function isPlainHttp({ headers }: HttpRequest): boolean {
	return headers.get("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase() === "http";
}
