import type { ParsedCertificate } from "./certificate.ts";
import { KeyUsageFlags } from "./x509.ts";

const clientAuthentication = "1.3.6.1.5.5.7.3.2";
const anyPurpose = "2.5.29.37.0";

/** Says why a client must not use a certificate to authenticate itself; null when it may (RFC 5280 sections 4.2.1.3 and 4.2.1.12). */
export function findUsageProblem({ keyUsage, ...certificate }: ParsedCertificate): string | null {
	if (!servesClients(certificate)) return "its extended key usage does not include client authentication";
	if (keyUsage === null || keyUsage & (KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement)) return null;
	return "its key usage includes neither digital signatures nor key agreement";
}

/** Whether the extended key usage is open to client authentication: on an authority it restricts whatever that one signs. */
export function servesClients({ extendedKeyUsage }: Pick<ParsedCertificate, "extendedKeyUsage">): boolean {
	if (extendedKeyUsage === null) return true;
	return extendedKeyUsage.includes(clientAuthentication) || extendedKeyUsage.includes(anyPurpose);
}
