import { X509Certificate } from "node:crypto";

/** A certificate, or in a few words that go on where "it" left off what is wrong with the text. */
export type Decoded = { readonly certificate: X509Certificate } | { readonly problem: string };

/** Characters of a text that is read at all. */
export const longest = 16 * 1024;
const pem = /^-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----$/;

/**
 * Reads one certificate: base64 of its DER, with or without PEM markers and line breaks, percent-encoded or not.
 * It has to be exactly one, down to the byte: what is lax here would let two readers see two certificates.
 */
export function decodeCertificate(text: string): Decoded {
	// Before anything else: whatever comes after it costs time by the length.
	if (text.length > longest) return { problem: "is longer than 16 KiB" };
	const plain = decodePercent(text);
	if (plain === undefined) return { problem: "is percent-encoded, but wrongly" };
	if (plain.includes(",")) return { problem: "holds more than one certificate, joined by a comma" };
	if (plain.split("-----BEGIN").length > 2) return { problem: "holds more than one PEM block" };
	const base64 = (pem.exec(plain.trim())?.[1] ?? plain).replaceAll(/[ \t\r\n]/g, "");
	if (base64.includes("-----")) return { problem: "holds PEM markers that are not those of one certificate" };
	if (/^[\w=-]+$/.test(base64) && /[_-]/.test(base64)) return { problem: "is base64url, where base64 is wanted" };
	const der = Buffer.from(base64, "base64");
	// Buffer skips what is not base64.
	if (base64 === "" || der.toString("base64") !== base64) return { problem: "is not base64" };
	if (der.toString("latin1").startsWith("-----BEGIN")) {
		return { problem: "is base64 of a PEM text, where base64 of the DER is wanted" };
	}
	return decodeDer(der);
}

function decodeDer(der: Buffer): Decoded {
	try {
		const certificate = new X509Certificate(der);
		if (certificate.raw.equals(der)) return { certificate };
		const isLonger = certificate.raw.equals(der.subarray(0, certificate.raw.length));
		return { problem: isLonger ? "has bytes after the certificate" : "is not a certificate in DER" };
	} catch {
		return { problem: "is not a certificate in DER, or only a part of one" };
	}
}

function decodePercent(text: string): string | undefined {
	if (!text.includes("%")) return text;
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}
