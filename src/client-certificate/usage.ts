import type { ParsedCertificate } from "./certificate.ts";
import { KeyUsageFlags } from "./x509.ts";

const clientAuthentication = "1.3.6.1.5.5.7.3.2";
const anyPurpose = "2.5.29.37.0";

/** Says why a client must not use a certificate to authenticate itself; null when it may (RFC 5280 sections 4.2.1.3 and 4.2.1.12). */
export function findUsageProblem(certificate: ParsedCertificate): string | null {
	const { keyUsage } = certificate;
	const weakness = findKeyProblem(certificate);
	if (weakness !== null) return `it ${weakness}`;
	if (!servesClients(certificate)) return "its extended key usage does not include client authentication";
	if (keyUsage === null || keyUsage & (KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement)) return null;
	return "its key usage includes neither digital signatures nor key agreement";
}

/** Whether the extended key usage is open to client authentication: on an authority it restricts whatever that one signs. */
export function servesClients({ extendedKeyUsage }: Pick<ParsedCertificate, "extendedKeyUsage">): boolean {
	if (extendedKeyUsage === null) return true;
	return extendedKeyUsage.includes(clientAuthentication) || extendedKeyUsage.includes(anyPurpose);
}

/** NIST SP 800-131A: what is shorter can be computed from what is public, and having it proves nothing. */
const shortest = { rsa: 2048, curve: 224 };

/** Says what is wrong with the key itself, in words that go on where "it" would stand; null when nothing is. */
export function findKeyProblem({ node }: Pick<ParsedCertificate, "node">): string | null {
	try {
		const { asymmetricKeyType, asymmetricKeyDetails = {} } = node.publicKey;
		const { modulusLength, namedCurve } = asymmetricKeyDetails;
		if (modulusLength !== undefined && modulusLength < shortest.rsa)
			return `has a key of ${modulusLength} bits, which is too short`;
		const curve = Number(/\d{3}/.exec(namedCurve ?? "")?.[0] ?? shortest.curve);
		if (asymmetricKeyType === "ec" && curve < shortest.curve)
			return `has a key on the curve ${namedCurve}, which is too short`;
		return null;
	} catch {
		return "has a key of an unknown kind";
	}
}
