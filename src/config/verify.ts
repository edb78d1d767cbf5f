import * as z from "zod";
import { type ClientIdentity, composeIdentity, readAuthorities, readLines, whyUnusable } from "./client-identity.ts";

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
