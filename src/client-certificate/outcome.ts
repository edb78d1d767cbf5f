import type { ClientCertificate } from "./certificate.ts";

/** Why a request is refused: the first that applies. */
export const refusalReasons = [
	"certificate-missing",
	"certificate-unreadable",
	"certificate-not-yet-valid",
	"certificate-expired",
	"certificate-untrusted",
	"certificate-is-authority",
	"certificate-usage",
	"certificate-unknown",
	"route-forbidden",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** What is looked at, in this order. */
export const checkNames = ["readable", "dates", "chain", "basic-constraints", "usage", "allow-list", "route"] as const;

/** One of the things that were looked at. */
export interface Check {
	readonly check: (typeof checkNames)[number];
	readonly result: "passed" | "failed" | "not-checked";
	/** One line of plain text: what callers wrote is in it without what hides or reorders. */
	readonly detail: string;
}

/** Why not, as it would be answered. */
export interface Refusal {
	/** What to answer: 403 where it is known who came, else 401. */
	readonly status: 401 | 403;
	readonly reason: RefusalReason;
	/** One line of plain text that says what and what to do. */
	readonly message: string;
}

/** Whether a certificate may come in on a route. */
export type Outcome =
	| {
			readonly allowed: true;
			/** Of the first entry of the list that allows the route. */
			readonly name: string;
			readonly certificate: ClientCertificate;
			/** All of them, in order. */
			readonly checks: readonly Check[];
	  }
	| (Refusal & {
			readonly allowed: false;
			/** SHA-256, upper-case hex; null when nothing could be read. */
			readonly thumbprint: string | null;
			readonly certificate: ClientCertificate | null;
			/** All of them, in order. */
			readonly checks: readonly Check[];
	  });

/** What came and what is to be said of it, for people. It admits nobody. */
export interface Inspection {
	readonly certificate: ClientCertificate | null;
	/** All of them, in order. */
	readonly checks: readonly Check[];
	/** Of the first check that failed; null when none did, which without rules means little. */
	readonly refusal: Refusal | null;
	/** Those of the given routes that it may use, each with the name of the first entry that allows it; none without rules. */
	readonly routes: readonly { readonly route: string; readonly name: string }[];
}

/** The answer to a check that failed; `detail` is what it says. */
export function toRefusal(reason: RefusalReason, detail: string): Refusal {
	const isKnown = reason === "certificate-unknown" || reason === "route-forbidden";
	return { status: isKnown ? 403 : 401, reason, message: toMessage(reason, detail) };
}

export function toMessage(reason: RefusalReason, detail: string): string {
	const what =
		reason === "certificate-missing" ? "No client certificate arrived" : `The client certificate is refused: ${detail}`;
	return `${what}. ${advice[reason]}`;
}

/** For whoever gets the message. */
const advice: Readonly<Record<RefusalReason, string>> = {
	"certificate-missing":
		"Send a client certificate; if one was sent, see to it that the site asks for it and that it comes by https.",
	"certificate-unreadable": "Send one certificate: base64 of its DER, as App Service forwards it.",
	"certificate-not-yet-valid": "Wait until then, or check the clocks.",
	"certificate-expired": "Send one that is valid now.",
	"certificate-untrusted":
		"Send one that a trusted authority has signed, or add the authority's certificate or the intermediate that is missing.",
	"certificate-is-authority": "Send a certificate that was made for a client.",
	"certificate-usage": "Send a certificate that was made for client authentication.",
	"certificate-unknown": "Put it on the list of allowed certificates, or send one that is on it.",
	"route-forbidden": "Add the route to its entry, or call another.",
};
