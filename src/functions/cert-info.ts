import type { HttpHandler } from "@azure/functions";
import type { ClientCertificateInspector } from "../client-certificate/index.ts";
import { type ClientCertificateConfig, guardedRoutes } from "../config/client-certificates.ts";
import { once } from "../core/once.ts";
import { certificateHeader, isPlainHttp } from "./authorize.ts";
import { answerJson, withErrors } from "./http.ts";

/** What arrived in the header, and each check of it. It needs the function key alone, so that one that is refused can be looked at. */
export function createCertInfo(config: ClientCertificateConfig | undefined, now: () => Date): HttpHandler {
	const load = once(() => loadInspector(config));
	return withErrors(async (request) => {
		const inspect = await load();
		const header = request.headers.get(certificateHeader);
		const { certificate, checks, refusal, routes } = inspect(header, guardedRoutes, now());
		const isRequired = config !== undefined;
		if (certificate === null && refusal?.reason === "certificate-unreadable") {
			const { reason: code, message } = refusal;
			return answerJson(400, { header: "present", error: { code, message }, checks });
		}
		if (certificate === null) {
			return answerJson(200, { header: "missing", isRequired, possibleReasons: explainMissing(isPlainHttp(request)) });
		}
		const { notBefore, notAfter, ...facts } = certificate;
		const open = isRequired ? routes.map(({ route }) => route) : guardedRoutes;
		return answerJson(200, {
			header: "present",
			isRequired,
			...facts,
			notBefore: notBefore.toISOString(),
			notAfter: notAfter.toISOString(),
			checks,
			refusal,
			routes: [...new Set([...open, ...(config?.withoutCertificate ?? [])])],
			note: "App Service forwards a certificate without validating it, and a caller can write the header: it proves something only while the site asks for a certificate (clientCertEnabled true, clientCertMode Required) on this path.",
		});
	});
}

/** As the door does: only where it is needed. */
async function loadInspector(config: ClientCertificateConfig | undefined): Promise<ClientCertificateInspector> {
	const { createClientCertificateInspector } = await import("../client-certificate/index.ts");
	return createClientCertificateInspector(config?.rules);
}

/** Source: https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth */
function explainMissing(cameByHttp: boolean): readonly string[] {
	return [
		...(cameByHttp
			? [
					"This request came by plain http (X-Forwarded-Proto): no certificate arrives that way. Set httpsOnly to true, and call by https.",
				]
			: []),
		"clientCertEnabled is false: callers are not asked for a certificate, whatever clientCertMode says.",
		"clientCertMode is Optional and the caller sent none, or OptionalInteractiveUser, which asks nobody by default.",
		"The path is in clientCertExclusionPaths, or starts with a path that is: no certificate is asked for there.",
		...(cameByHttp ? [] : ["The caller used plain http, by which no certificate arrives: set httpsOnly to true."]),
		"Something before App Service ends TLS (Front Door, Application Gateway, a proxy): it does not pass on the certificate of the caller.",
	];
}
