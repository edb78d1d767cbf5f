import "reflect-metadata";
import { execFile } from "node:child_process";
import type { webcrypto } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as x509 from "@peculiar/x509";

/** A certificate with its key, to sign others with. */
export interface Issued {
	readonly name: string;
	readonly der: Buffer;
	/** Base64 of the DER: the header as App Service forwards it, and an authority in rules. */
	readonly base64: string;
	readonly pem: string;
	readonly keys: webcrypto.CryptoKeyPair;
	readonly algorithm: AlgorithmName;
}

const algorithms = {
	"P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
	"P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
	"P-256 with SHA-1": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-1" },
	RSA: rsa("RSASSA-PKCS1-v1_5", "SHA-256"),
	"short RSA": { ...rsa("RSASSA-PKCS1-v1_5", "SHA-256"), modulusLength: 1024 },
	"RSA with SHA-1": rsa("RSASSA-PKCS1-v1_5", "SHA-1"),
	"RSA-PSS": { ...rsa("RSA-PSS", "SHA-256"), saltLength: 32 },
	"RSA-PSS with SHA-1": { ...rsa("RSA-PSS", "SHA-1"), saltLength: 20 },
	Ed25519: { name: "Ed25519" },
} as const;
/** Of a key, and of what it signs. */
export type AlgorithmName = keyof typeof algorithms;

export const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
export const anyPurpose = "2.5.29.37.0";
export const { digitalSignature, keyAgreement, keyEncipherment, keyCertSign } = x509.KeyUsageFlags;

/** What a certificate is to hold; null leaves an extension out. */
export interface CertificateOptions {
	readonly name?: string | x509.JsonName;
	/** Itself by default. */
	readonly issuer?: Issued;
	/** Instead of the issuer's own. */
	readonly issuerName?: string | x509.JsonName;
	readonly notBefore?: string;
	readonly notAfter?: string;
	readonly ca?: boolean | null;
	readonly pathLength?: number;
	readonly keyUsage?: number | null;
	readonly extendedKeyUsage?: readonly string[] | null;
	readonly altNames?: x509.JsonGeneralNames;
	readonly algorithm?: AlgorithmName;
	/** Those of another, to make a second certificate of the same authority. */
	readonly keys?: Issued;
	readonly extensions?: readonly x509.Extension[];
}

/** The middle of the time in which certificates are valid by default. */
export const now = new Date("2026-06-01T12:00:00Z");

/** Makes a certificate of a client. */
export function issueLeaf(options: CertificateOptions = {}): Promise<Issued> {
	return issue({
		name: "CN=client.contoso.com, O=Contoso, C=NL",
		ca: false,
		keyUsage: digitalSignature,
		extendedKeyUsage: [clientAuth],
		...options,
	});
}

/** Makes a certificate of an authority. */
export function issueAuthority(options: CertificateOptions = {}): Promise<Issued> {
	return issue({ name: "CN=Contoso Root CA, O=Contoso, C=NL", ca: true, keyUsage: keyCertSign, ...options });
}

async function issue({
	name = "CN=nobody",
	issuer,
	issuerName,
	notBefore = "2026-01-01T00:00:00Z",
	notAfter = "2027-01-01T00:00:00Z",
	ca,
	pathLength,
	keyUsage,
	extendedKeyUsage,
	altNames,
	keys: other,
	algorithm = other?.algorithm ?? "P-256",
	extensions = [],
}: CertificateOptions): Promise<Issued> {
	const keys =
		other?.keys ??
		((await crypto.subtle.generateKey(algorithms[algorithm], true, ["sign", "verify"])) as webcrypto.CryptoKeyPair);
	const certificate = await x509.X509CertificateGenerator.create({
		subject: name,
		issuer: issuerName ?? (issuer === undefined ? name : new x509.X509Certificate(issuer.der).subjectName),
		notBefore: new Date(notBefore),
		notAfter: new Date(notAfter),
		publicKey: keys.publicKey,
		signingKey: (issuer?.keys ?? keys).privateKey,
		signingAlgorithm: algorithms[issuer?.algorithm ?? algorithm],
		extensions: [
			...(ca == null ? [] : [new x509.BasicConstraintsExtension(ca, pathLength, true)]),
			...(keyUsage == null ? [] : [new x509.KeyUsagesExtension(keyUsage, true)]),
			...(extendedKeyUsage == null ? [] : [new x509.ExtendedKeyUsageExtension([...extendedKeyUsage])]),
			...(altNames === undefined ? [] : [new x509.SubjectAlternativeNameExtension(altNames)]),
			...extensions,
		],
	});
	const der = Buffer.from(certificate.rawData);
	const pem = certificate.toString("pem");
	return { name: certificate.subject, der, base64: der.toString("base64"), pem, keys, algorithm };
}

/** In PEM. */
export async function exportKey({ keys }: Issued): Promise<string> {
	return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

/** A critical extension, of a type that nobody knows unless one is given. */
export function critical(type = "1.3.6.1.4.1.55555.1", value = Buffer.from([5, 0])): x509.Extension {
	return new x509.Extension(type, true, value);
}

/** One that is not critical. */
export function extension(type: string, value: Buffer): x509.Extension {
	return new x509.Extension(type, false, new Uint8Array(value));
}

function rsa(name: string, hash: string) {
	return { name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
}

/** The real openssl in a directory of its own. Fails where there is none. */
export function createOpenSsl() {
	const directory = mkdtempSync(path.join(tmpdir(), "client-certificates-"));
	return {
		/** Gives what it prints. */
		run: async (...words: readonly string[]): Promise<string> =>
			(await promisify(execFile)("openssl", words, { cwd: directory })).stdout,
		write: (file: string, text: string | Buffer): void => writeFileSync(path.join(directory, file), text),
		read: (file: string): Buffer => readFileSync(path.join(directory, file)),
		remove: (): void => rmSync(directory, { recursive: true }),
	};
}
