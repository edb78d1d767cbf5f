import type { Rule } from "../evaluation/rule.ts";
import { certificateExpiry } from "./certificate-expiry.ts";
import { clientCertExclusionPaths } from "./client-cert-exclusion-paths.ts";
import { clientCertMode } from "./client-cert-mode.ts";
import { customDomainTls } from "./custom-domain-tls.ts";
import { domainBindings } from "./domain-bindings.ts";
import { enforcedClientCert } from "./enforced-client-cert.ts";
import { enforcedExclusions } from "./enforced-exclusions.ts";
import { enforcedHttps } from "./enforced-https.ts";
import { http20 } from "./http20.ts";
import { httpsOnly } from "./https-only.ts";
import { minTlsVersion } from "./min-tls-version.ts";
import { servedCertificate } from "./served-certificate.ts";
import { tlsRenegotiation } from "./tls-renegotiation.ts";

/** All rules, in the order in which the runbook mends things: HTTPS first, then the mode, the exclusion paths, the domains, and what TLS itself needs; then what is enforced of it. */
export const rules: readonly Rule[] = [
	httpsOnly,
	clientCertMode,
	clientCertExclusionPaths,
	customDomainTls,
	domainBindings,
	certificateExpiry,
	minTlsVersion,
	http20,
	tlsRenegotiation,
	enforcedHttps,
	enforcedClientCert,
	enforcedExclusions,
	servedCertificate,
];
