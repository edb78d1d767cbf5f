import type { Site } from "./site.ts";

/** The settings by which App Service asks for a client certificate before a request, or has to ask once it has begun. */
export type TlsSettings = Pick<Site, "clientCertMode" | "clientCertExclusionPaths" | "http20Enabled" | "minTlsVersion">;

/**
 * The settings that need TLS renegotiation; none with a reason when that cannot be told. `Required` and `Optional` without
 * exclusion paths ask during the handshake and need none.
 * Source: https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth#client-certificate-and-tls-renegotiation
 */
export function whatNeedsRenegotiation({
	clientCertMode,
	clientCertExclusionPaths,
}: Pick<TlsSettings, "clientCertMode" | "clientCertExclusionPaths">): {
	readonly needs: readonly string[];
	readonly reason?: string;
} {
	if (!clientCertMode.reported) return { needs: [], reason: clientCertMode.reason };
	if (clientCertMode.value === "Ignore") return { needs: [] };
	const interactive = clientCertMode.value === "OptionalInteractiveUser" ? ["OptionalInteractiveUser"] : [];
	if (!clientCertExclusionPaths.reported) {
		return interactive.length > 0 ? { needs: interactive } : { needs: [], reason: clientCertExclusionPaths.reason };
	}
	const excluded = clientCertExclusionPaths.value.length > 0 ? ["exclusion paths"] : [];
	return { needs: [...interactive, ...excluded] };
}

/** Which of the protocols that have no renegotiation is forced on callers, or offered to them. */
export function whatRulesRenegotiationOut({ http20Enabled, minTlsVersion }: TlsSettings): {
	readonly http20: boolean;
	readonly tls13: boolean;
	readonly named: string;
} {
	const http20 = http20Enabled.reported && http20Enabled.value;
	const tls13 = minTlsVersion.reported && minTlsVersion.value === "1.3";
	const named = [...(http20 ? ["HTTP/2"] : []), ...(tls13 ? ["TLS 1.3 as the minimum"] : [])].join(" and ");
	return { http20, tls13, named };
}
