import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

/** A client certificate with its key. */
export interface ClientIdentity {
	readonly cert?: string | Buffer;
	readonly key?: string | Buffer;
	readonly pfx?: Buffer;
	readonly passphrase?: string;
}

/** Why a certificate cannot be spoken with, without a word of what it holds; undefined where it can. */
export function whyUnusable(identity: ClientIdentity): string | undefined {
	try {
		createSecureContext(identity);
		return undefined;
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		if (/mac verify|bad decrypt|bad password|passphrase/i.test(`${code} ${message}`)) {
			return identity.passphrase === undefined
				? "needs a passphrase: set DRIFT_VERIFY_PASSPHRASE"
				: "cannot be opened with the passphrase DRIFT_VERIFY_PASSPHRASE";
		}
		if (identity.pfx !== undefined && /unsupported/i.test(`${code} ${message}`)) {
			return "is encrypted in a way that OpenSSL 3 does not read any more: export it anew (openssl pkcs12 -legacy -in OLD.pfx -nodes | openssl pkcs12 -export -out NEW.pfx)";
		}
		if (/key values mismatch/i.test(`${code} ${message}`)) return "and its key do not belong together";
		return "is no certificate with its key, in PEM or as PFX";
	}
}

/** From PEM, a PFX, or a PFX in base64; undefined where it is none of them. The key is in the same PEM, or by itself. */
export function composeIdentity(
	cert: Buffer,
	key: string | Buffer | undefined,
	passphrase: string | undefined,
): ClientIdentity | undefined {
	const secret = passphrase === undefined ? {} : { passphrase };
	if (cert.includes("-----BEGIN ")) return { cert, key: key ?? cert, ...secret };
	const sequence = 0x30;
	if (cert[0] === sequence && cert[1] !== undefined && cert[1] > 0x7f) return { pfx: cert, ...secret };
	const text = cert.toString("latin1").replaceAll(/\s/g, "");
	const decoded = Buffer.from(text, "base64");
	return /^[\w+/=-]+$/.test(text) && decoded[0] === sequence ? { pfx: decoded, ...secret } : undefined;
}

/** The certificates of a PEM bundle, one by one; undefined where there is none, or one cannot be read. */
export function readAuthorities(text: string | undefined): readonly string[] | undefined {
	if (text === undefined) return [];
	const found = readLines(text).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
	try {
		for (const pem of found) new X509Certificate(pem);
	} catch {
		return undefined;
	}
	return found.length === 0 ? undefined : found;
}

/** A setting in one line holds line breaks as \n. */
export function readLines(text: string): string {
	return text.replaceAll("\\n", "\n");
}
