import type { Answer } from "../core/probe/reading.ts";
import { ForbiddenAddressError } from "./addresses.ts";

/** What a request came to that got no response: an answer; or that the server does not speak the protocol, or HTTP/2 not for this one. */
export type Fault = Exclude<Answer, { came: "response" }> | "not-spoken" | "http-1.1-required";

/** Alerts by their number in RFC 8446, section 6: protocol_version, no_application_protocol. */
const notSpoken = new Set([70, 120]);
/**
 * What a server says that wants another certificate than it got, or one at all: handshake_failure, no_certificate, bad_certificate,
 * unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown, unknown_ca, access_denied,
 * certificate_required. Other alerts have other causes.
 */
const rejectionAlerts = new Set([40, 41, 42, 43, 44, 45, 46, 48, 49, 116]);

const reasons: Readonly<Record<string, string>> = {
	ENOTFOUND: "there is no such name in DNS",
	EAI_AGAIN: "DNS gave no answer",
	ENODATA: "DNS has no address for it",
	ETIMEDOUT: "no answer",
	EHOSTUNREACH: "there is no way to it from here",
	ENETUNREACH: "there is no way to it from here",
	EADDRNOTAVAIL: "there is no way to it from here",
};

/** Node's error, as what it means. `hasAgreed`: whether the server had agreed to a handshake before. */
export function readFault(error: unknown, hasAgreed = true): Fault {
	if (error instanceof ForbiddenAddressError) return { came: "nothing", reason: error.message };
	const { code = "", message = "" } = error as NodeJS.ErrnoException;
	// The server picked an older version of TLS, or another HTTP.
	if (/UNSUPPORTED_PROTOCOL|NO_APPLICATION_PROTOCOL/.test(`${code} ${message}`)) return "not-spoken";
	// RFC 9113, section 7: of a stream, and by its number of a session.
	if (/HTTP_1_1_REQUIRED|error code 13\b/.test(`${code} ${message}`)) return "http-1.1-required";
	// OpenSSL's own words for one alert differ from version to version.
	const [, alert] = /SSL alert number (\d+)/.exec(message) ?? [];
	if (alert !== undefined) {
		if (notSpoken.has(Number(alert))) return "not-spoken";
		const reason = `it broke off the TLS handshake with alert ${alert}`;
		// Before that it has not asked for a certificate: it serves no such name, or finds no cipher.
		return { came: hasAgreed && rejectionAlerts.has(Number(alert)) ? "alert" : "nothing", reason };
	}
	const codes = error instanceof AggregateError ? error.errors.map((one) => one.code) : [code];
	if (codes.every((one) => one === "ECONNREFUSED")) return { came: "refusal" };
	// Of several addresses, one that gave no answer may let callers in.
	if (code === "ECONNREFUSED") return { came: "nothing", reason: "one of its addresses gave no answer" };
	if (code === "ECONNRESET" || code === "EPIPE") return { came: "cut-off" };
	return { came: "nothing", reason: reasons[code] ?? `it failed (${code || "without a code"})` };
}
