import type { X509Certificate } from "node:crypto";
import { decodeCertificate, longest } from "./decode.ts";
import { normalizeName } from "./distinguished-name.ts";
import { toMessage } from "./outcome.ts";
import { toThumbprint } from "./thumbprint.ts";
import * as x509 from "./x509.ts";

/** What a certificate says. Its texts are whatever its maker wrote into it: escape them where they are shown. */
export interface ClientCertificate {
	/** As in `CN=client.contoso.com, O=Contoso`. */
	readonly subject: string;
	readonly issuer: string;
	/** As in `DNS:client.contoso.com`, `URI:spiffe://contoso.com/client`, `email:…`, `IP:10.0.0.1`, `UPN:…`; those of other kinds are left out. */
	readonly subjectAltNames: readonly string[];
	/** Hex, upper case. */
	readonly serialNumber: string;
	readonly notBefore: Date;
	readonly notAfter: Date;
	/** Hex, upper case, without colons. */
	readonly thumbprints: { readonly sha1: string; readonly sha256: string };
	readonly pem: string;
}

/** What reading a header came to. */
export type ClientCertificateReading =
	| { readonly readable: true; readonly certificate: ClientCertificate }
	| {
			readonly readable: false;
			readonly reason: "certificate-missing" | "certificate-unreadable";
			/** One line that says what and what to do. */
			readonly message: string;
	  };

/** A certificate with what judging it takes. */
export interface ParsedCertificate {
	readonly facts: ClientCertificate;
	readonly node: X509Certificate;
	/** Subject and issuer as `normalizeName` gives them. */
	readonly subjectKey: string;
	readonly issuerKey: string;
	readonly isAuthority: boolean;
	/** How many authorities may stand between it and the client certificate. */
	readonly pathLength: number;
	/** Bits of `KeyUsageFlags`; null when it does not restrict the use. */
	readonly keyUsage: number | null;
	/** Object identifiers; null when it does not restrict the use. */
	readonly extendedKeyUsage: readonly string[] | null;
	/** Object identifiers. */
	readonly extensions: readonly string[];
	/** Of the extensions that must be understood. */
	readonly criticalExtensions: readonly string[];
	/** By the names of Web Crypto: `SHA-256`, or of the algorithm where the hash is a part of it: `Ed25519`; else an object identifier. */
	readonly signatureHash: string;
}

/** Reads the header without judging the certificate. Never throws. */
export function readClientCertificate(header: string | null | undefined): ClientCertificateReading {
	const reading = parseHeader(header);
	if (!("reason" in reading)) return { readable: true, certificate: reading.facts };
	return { readable: false, reason: reading.reason, message: toMessage(reading.reason, reading.problem) };
}

/** The certificate of a header, or why there is none. Never throws. */
export function parseHeader(
	header: string | null | undefined,
): ParsedCertificate | { readonly reason: "certificate-missing" | "certificate-unreadable"; readonly problem: string } {
	const text = header ?? "";
	if (typeof text !== "string") return { reason: "certificate-unreadable", problem: "it is not a text" };
	if (text.length <= longest && text.trim() === "") {
		return { reason: "certificate-missing", problem: "no client certificate arrived" };
	}
	const decoded = decodeCertificate(text);
	const parsed = "certificate" in decoded ? parseCertificate(decoded.certificate) : decoded;
	return "problem" in parsed ? { reason: "certificate-unreadable", problem: `it ${parsed.problem}` } : parsed;
}

/** Only what OpenSSL and the other reader both understand is judged: what one of them refuses comes back as a problem. */
export function parseCertificate(node: X509Certificate): ParsedCertificate | { readonly problem: string } {
	try {
		const parsed = new x509.X509Certificate(node.raw);
		const { extensions } = parsed;
		// RFC 5280 section 4.2: which of two would count?
		if (new Set(extensions.map(({ type }) => type)).size < extensions.length) {
			return { problem: "holds the same extension twice" };
		}
		const { validFromDate: notBefore, validToDate: notAfter } = node;
		if (!(notBefore <= notAfter)) return { problem: "holds dates that are none, or the wrong way round" };
		const constraints = parsed.getExtension(x509.BasicConstraintsExtension);
		return {
			facts: {
				subject: parsed.subject,
				issuer: parsed.issuer,
				subjectAltNames: listAltNames(parsed),
				serialNumber: node.serialNumber,
				notBefore,
				notAfter,
				thumbprints: { sha1: toThumbprint(node.fingerprint), sha256: toThumbprint(node.fingerprint256) },
				pem: node.toString(),
			},
			node,
			subjectKey: toKey(parsed.subjectName),
			issuerKey: toKey(parsed.issuerName),
			isAuthority: constraints?.ca === true,
			pathLength: Number(constraints?.pathLength ?? Number.POSITIVE_INFINITY),
			keyUsage: parsed.getExtension(x509.KeyUsagesExtension)?.usages ?? null,
			extendedKeyUsage: parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages.map(String) ?? null,
			extensions: extensions.map(({ type }) => type),
			criticalExtensions: extensions.filter(({ critical }) => critical).map(({ type }) => type),
			signatureHash: (parsed.signatureAlgorithm.hash ?? parsed.signatureAlgorithm).name,
		};
	} catch {
		return { problem: "is not a certificate that can be understood" };
	}
}

const altNameTypes: Readonly<Record<string, string>> = {
	dns: "DNS",
	url: "URI",
	email: "email",
	ip: "IP",
	dn: "DirName",
	id: "RID",
	upn: "UPN",
	guid: "GUID",
};

function listAltNames(certificate: x509.X509Certificate): readonly string[] {
	const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
	return names.map(({ type, value }) => `${altNameTypes[type] ?? type}:${value}`);
}

function toKey(name: x509.Name): string {
	return normalizeName(
		name
			.toJSON()
			.flatMap((part) =>
				Object.entries(part).flatMap(([type, values]) => values.map((value) => [type, value] as const)),
			),
	);
}
