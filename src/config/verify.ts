import { X509Certificate } from "node:crypto";
import * as z from "zod";
import { type ClientIdentity, whyUnusable } from "../door/identity.ts";

/** With what sites are asked at their doors. */
export interface VerifyConfig {
	/** Null: no request is sent with a client certificate. */
	readonly identity: ClientIdentity | null;
	/** PEM, trusted besides the public roots. */
	readonly authorities: readonly string[];
}

const shape = z.object({
	DRIFT_VERIFY_CERT: z.string().optional(),
	DRIFT_VERIFY_KEY: z.string().optional(),
	DRIFT_VERIFY_PASSPHRASE: z.string().optional(),
	DRIFT_VERIFY_CA: z.string().optional(),
});

/** A client certificate as PEM (its key with it, or in `_KEY`) or as a PFX in base64, as a Key Vault reference gives it. */
export const verifySettings = shape.transform((set, context): VerifyConfig => {
	const refuse = (name: keyof typeof set, message: string) => {
		context.addIssue({ code: "custom", path: [name], message });
		return z.NEVER;
	};
	const { DRIFT_VERIFY_CERT: cert, DRIFT_VERIFY_KEY: key, DRIFT_VERIFY_PASSPHRASE: passphrase } = set;
	const authorities = readAuthorities(set.DRIFT_VERIFY_CA) ?? [];
	if (set.DRIFT_VERIFY_CA !== undefined && authorities.length === 0) {
		refuse("DRIFT_VERIFY_CA", "holds no certificate in PEM, or one that cannot be read");
	}
	if (cert === undefined) {
		if (key !== undefined) return refuse("DRIFT_VERIFY_KEY", "is set without DRIFT_VERIFY_CERT");
		return { identity: null, authorities };
	}
	const identity = composeIdentity(Buffer.from(readLines(cert)), key && readLines(key), passphrase);
	if (identity === undefined) return refuse("DRIFT_VERIFY_CERT", "is neither PEM nor a PFX in base64");
	if (identity.pfx !== undefined && key !== undefined) {
		return refuse("DRIFT_VERIFY_KEY", "is set beside a PFX, which holds the key itself: remove one of them");
	}
	const reason = whyUnusable(identity);
	return reason === undefined ? { identity, authorities } : refuse("DRIFT_VERIFY_CERT", reason);
});

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
function readLines(text: string): string {
	return text.replaceAll("\\n", "\n");
}
