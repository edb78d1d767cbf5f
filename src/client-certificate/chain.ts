import type { ParsedCertificate } from "./certificate.ts";
import { printable } from "./printable.ts";
import { isSelfSigned } from "./self-signed.ts";
import { findKeyProblem, servesClients } from "./usage.ts";
import { KeyUsageFlags } from "./x509.ts";

/** Whom to trust, and who may stand in between. */
export interface Trust {
	readonly authorities: readonly ParsedCertificate[];
	readonly intermediates: readonly ParsedCertificate[];
}

/**
 * Basic constraints, usages, alternative names, key identifiers, and policies, of which none is asked for here. A certificate with
 * anything else that is critical is not to be accepted (RFC 5280 section 4.2).
 */
const understood = new Set([14, 15, 17, 18, 19, 32, 35, 37].map((extension) => `2.5.29.${extension}`));

/** Of names and of policies: what they rule out is not looked at here, so whoever is under them is refused, whether or not they are critical. */
const constraints = ["2.5.29.30", "2.5.29.36"];

const strong = /^SHA-(?:256|384|512)$|^Ed25519$|^EdDSA$|^(?:ML|SLH)-DSA-/;
const mostIntermediates = 7;

/**
 * Says why no chain of signatures leads from a client certificate to one of the authorities (RFC 5280 section 6), in words that
 * go on where "it" would stand; null when one does. An authority is trusted whether it signed itself or another did.
 */
export function findChainProblem(leaf: ParsedCertificate, trust: Trust, now: Date): string | null {
	const extension = leaf.criticalExtensions.find((type) => !understood.has(type));
	if (extension !== undefined) return `it ${describeExtension(extension)}`;
	if (trust.authorities.some(({ node }) => node.raw.equals(leaf.node.raw))) return null;
	if (isSelfSigned(leaf.node)) return "it is self-signed, and is not itself among the authorities";
	return climb(leaf, 0, { ...trust, leaf, now, tried: new Set() });
}

interface Search extends Trust {
	readonly leaf: ParsedCertificate;
	readonly now: Date;
	/** Authorities above which there was nothing, each with how many were below: those that signed each other would lead round for ever. */
	readonly tried: Set<string>;
}

function climb(certificate: ParsedCertificate, below: number, search: Search): string | null {
	const { subject, issuer } = certificate.facts;
	const isLeaf = certificate === search.leaf;
	const it = isLeaf ? "it" : `"${printable(subject)}"`;
	const itsIssuer = isLeaf ? `its issuer "${printable(issuer)}"` : `"${printable(issuer)}", the issuer of ${it},`;
	if (!strong.test(certificate.signatureHash)) {
		return `${it} is signed with ${printable(certificate.signatureHash)}, which is too weak or not known`;
	}
	const named = [...search.authorities, ...search.intermediates].filter(
		({ subjectKey }) => subjectKey === certificate.issuerKey,
	);
	if (named.length === 0) return `no certificate of ${itsIssuer} is among the authorities and intermediates`;
	let problem: string | null = null;
	// Whoever has only the name tells nothing as soon as there is one who signed.
	for (const signer of named.filter((candidate) => hasSigned(candidate, certificate))) {
		const fault = findSignerProblem(signer, certificate, below, search.now);
		const found = fault === null ? climbFrom(signer, below, search) : `the certificate of ${itsIssuer} ${fault}`;
		if (found === null) return null;
		problem ??= found;
	}
	return problem ?? `the certificate of ${itsIssuer} did not sign it`;
}

function climbFrom(signer: ParsedCertificate, below: number, search: Search): string | null {
	if (search.authorities.includes(signer)) return null;
	// A path length does not count those that carry their own issuer's name (RFC 5280 section 4.2.1.9).
	const above = signer.subjectKey === signer.issuerKey ? below : below + 1;
	const step = `${signer.facts.thumbprints.sha256} ${above}`;
	if (above > mostIntermediates || search.tried.has(step)) return "its chain is too long, or leads round in a circle";
	search.tried.add(step);
	return climb(signer, above, search);
}

function hasSigned({ node: signer }: ParsedCertificate, { node: certificate }: ParsedCertificate): boolean {
	try {
		return certificate.verify(signer.publicKey);
	} catch {
		return false;
	}
}

function findSignerProblem(
	signer: ParsedCertificate,
	{ node: certificate }: ParsedCertificate,
	below: number,
	now: Date,
): string | null {
	const { notBefore, notAfter } = signer.facts;
	if (!signer.isAuthority) return "is not that of an authority (CA)";
	if (signer.keyUsage !== null && !(signer.keyUsage & KeyUsageFlags.keyCertSign)) return "may not sign certificates";
	if (!(now >= notBefore)) return `is not valid before ${notBefore.toISOString()}`;
	if (!(now <= notAfter)) return `has expired at ${notAfter.toISOString()}`;
	if (below > signer.pathLength) return "allows fewer authorities below it (path length)";
	if (!servesClients(signer)) return "is not for client authentication (extended key usage)";
	const weakness = findKeyProblem(signer);
	if (weakness !== null) return weakness;
	const constraint = signer.extensions.find((type) => constraints.includes(type));
	if (constraint !== undefined) return `holds the constraints ${constraint}, which are not checked here`;
	const extension = signer.criticalExtensions.find((type) => !understood.has(type));
	if (extension !== undefined) return describeExtension(extension);
	return certificate.checkIssued(signer.node) ? null : "is not the one that it names by its key identifier";
}

function describeExtension(type: string): string {
	return `holds the critical extension ${printable(type)}, which is not understood here`;
}
