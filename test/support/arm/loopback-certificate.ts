import "reflect-metadata";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import * as x509 from "@peculiar/x509";

/** A TLS certificate for loopback, with what it takes to trust it. */
export interface LoopbackCertificate {
	readonly cert: string;
	readonly key: string;
	/** For `NODE_EXTRA_CA_CERTS` of a child process. */
	readonly file: string;
	remove(): void;
}

/** Makes a self-signed certificate for 127.0.0.1 and localhost. */
export async function createLoopbackCertificate(): Promise<LoopbackCertificate> {
	const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
	const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
	const certificate = await x509.X509CertificateGenerator.createSelfSigned({
		name: "CN=mtls-drift test",
		notBefore: new Date(Date.now() - 60_000),
		notAfter: new Date(Date.now() + 86_400_000),
		signingAlgorithm: algorithm,
		keys,
		extensions: [
			new x509.BasicConstraintsExtension(true, undefined, true),
			new x509.SubjectAlternativeNameExtension([
				{ type: "dns", value: "localhost" },
				{ type: "ip", value: "127.0.0.1" },
			]),
		],
	});
	const directory = mkdtempSync(path.join(tmpdir(), "mtls-drift-"));
	const file = path.join(directory, "ca.pem");
	const cert = certificate.toString("pem");
	writeFileSync(file, cert);
	const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
	return { cert, key, file, remove: () => rmSync(directory, { recursive: true }) };
}

/** Lets this process trust the certificate, as NODE_EXTRA_CA_CERTS lets a child. */
export function trust({ cert }: LoopbackCertificate): void {
	setDefaultCACertificates([...getCACertificates("default"), cert]);
}
