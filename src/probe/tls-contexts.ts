import { constants } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import type { ClientIdentity } from "../config/client-identity.ts";
import type { Protocol } from "../core/probe/reading.ts";

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
