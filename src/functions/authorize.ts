import type { HttpHandler, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { ClientCertificateCheck } from "../client-certificate/index.ts";
import type { ClientCertificateConfig, GuardedRoute } from "../config/client-certificates.ts";
import { once } from "../core/once.ts";
import { writeLogLine } from "../telemetry/log.ts";
import { answerError, type ErrorAnswer, withErrors } from "./http.ts";

/** Where App Service puts the client certificate. */
export const certificateHeader = "x-arr-clientcert";

/**
 * Stands before the routes, behind the function key, which Azure Functions itself asks for: nothing by plain http and, where that is
 * set, nobody without a client certificate that may use the route. `answer` is how the route tells of errors.
 */
export type RouteGuard = (route: GuardedRoute, handler: HttpHandler, answer?: ErrorAnswer) => HttpHandler;

export function createRouteGuard(config: ClientCertificateConfig | undefined, now: () => Date): RouteGuard {
	const load = config && once(() => loadCheck(config));
	return (route, handler, answer = answerError) =>
		withErrors(async (request, context) => {
			const refuse = (status: number, reason: string, thumbprint: string | null, message: string) => {
				const said = `Refused ${request.method} ${route}: ${reason}, thumbprint ${thumbprint ?? "none"}`;
				context.warn(writeLogLine("caller-refused", said, { route, reason, thumbprint }));
				return answer(status, reason, message);
			};
			if (isPlainHttp(request)) {
				return refuse(403, "https-required", null, "Call by https: by plain http, anyone can read the function key.");
			}
			if (load !== undefined && !config?.withoutCertificate.includes(route)) {
				const check = await load();
				const outcome = check(request.headers.get(certificateHeader), route, now());
				if (!outcome.allowed) return refuse(outcome.status, outcome.reason, outcome.thumbprint, outcome.message);
			}
			return (await handler(request, context)) as HttpResponseInit;
		}, answer);
}

/** Only where it is needed: the parser of certificates would make each cold start slower. */
async function loadCheck({ rules }: ClientCertificateConfig): Promise<ClientCertificateCheck> {
	const { createClientCertificateCheck } = await import("../client-certificate/index.ts");
	return createClientCertificateCheck(rules);
}

/**
 * The front end ends TLS and tells how the caller came; where several have passed the call on, one plain stretch is enough.
 * Source: https://learn.microsoft.com/azure/app-service/configure-language-nodejs#detect-https-session
 */
export function isPlainHttp({ headers }: HttpRequest): boolean {
	const stretches = headers.get("x-forwarded-proto")?.toLowerCase().split(",") ?? [];
	return stretches.some((stretch) => stretch.trim() === "http");
}
