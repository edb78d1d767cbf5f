import type { X509Certificate } from "node:crypto";

/** Whether a certificate is signed by its own key: then it stands for itself alone, and can be trusted as it is. */
export function isSelfSigned(certificate: X509Certificate): boolean {
	try {
		return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
	} catch {
		return false;
	}
}
