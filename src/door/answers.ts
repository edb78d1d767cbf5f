import type { Answer } from "../core/door.ts";
import { ForbiddenAddressError } from "./addresses.ts";

/** What a request came to that got no response: an answer, or that the server does not speak the protocol. */
export type Fault = Exclude<Answer, { came: "response" }> | "not-spoken";

/** Of TLS and HTTP/2, as Node and OpenSSL name it. */
const notSpoken = /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_APPLICATION_PROTOCOL|NGHTTP2_HTTP_1_1_REQUIRED/;
/** What a server says that wants another certificate than it got, or one at all. Other alerts have other causes. */
const turnedAway =
	/ALERT_(?:HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED|NO_CERTIFICATE|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|UNKNOWN_CA|ACCESS_DENIED)/;

const reasons: Readonly<Record<string, string>> = {
	ENOTFOUND: "there is no such name in DNS",
	EAI_AGAIN: "DNS gave no answer",
	ENODATA: "DNS has no address for it",
	ECONNRESET: "the connection was cut off",
	EPIPE: "the connection was cut off",
	ETIMEDOUT: "no answer",
	EHOSTUNREACH: "there is no way to it from here",
	ENETUNREACH: "there is no way to it from here",
	EADDRNOTAVAIL: "there is no way to it from here",
};

/** Node's error, as what it means. */
export function readFault(error: unknown): Fault {
	if (error instanceof ForbiddenAddressError) return { came: "nothing", reason: error.message };
	const { code = "", message = "" } = error as NodeJS.ErrnoException;
	if (notSpoken.test(`${code} ${message}`)) return "not-spoken";
	if (turnedAway.test(code)) return { came: "alert", reason: code };
	if (code === "ECONNREFUSED") return { came: "refusal" };
	return { came: "nothing", reason: reasons[code] ?? `it failed (${code || "without a code"})` };
}
