import { constants } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import type { Protocol } from "../core/door.ts";

/** A client certificate with its key. */
export interface ClientIdentity {
	readonly cert?: string | Buffer;
	readonly key?: string | Buffer;
	readonly pfx?: Buffer;
	readonly passphrase?: string;
}

/** What TLS is spoken with. Each is made once: reading the roots takes longer than a handshake. */
export interface TlsContexts {
	/** Null: there is no certificate to speak with. */
	of(protocol: Protocol, withCertificate: boolean): SecureContext | null;
}

/** `authorities`: PEM, trusted besides the public roots. */
export function createContexts(identity: ClientIdentity | null, authorities: readonly string[]): TlsContexts {
	const made = new Map<string, SecureContext>();
	const create = (tls: Protocol["tls"], own: SecureContextOptions) => {
		const trusted = authorities.length === 0 ? {} : { ca: [...getCACertificates("default"), ...authorities] };
		const version = `TLSv${tls}` as const;
		// With a ticket, a renegotiation that asks for the certificate would resume the session instead.
		const secureOptions = constants.SSL_OP_NO_TICKET;
		return createSecureContext({ ...trusted, ...own, minVersion: version, maxVersion: version, secureOptions });
	};
	return {
		of({ tls }, withCertificate) {
			if (withCertificate && identity === null) return null;
			const key = `${tls} ${withCertificate}`;
			const context = made.get(key) ?? create(tls, withCertificate ? (identity ?? {}) : {});
			made.set(key, context);
			return context;
		},
	};
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
