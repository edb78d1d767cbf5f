import type { Webhook } from "../core/model/webhook.ts";

const standardTimeoutMs = 10_000;
/** Of an answer that refuses: enough for a word such as Slack's `no_service`. */
const longestAnswer = 200;

/** What came of one post. `reason` names the webhook and its host, and never more of the URL. */
export type Delivery =
	| { readonly outcome: "delivered" }
	/** `cause`: this message, the webhook as such, or only the moment; `retryAfterSeconds` is as the answer says. */
	| {
			readonly outcome: "refused";
			readonly cause: "message" | "webhook" | "moment";
			readonly reason: string;
			readonly retryAfterSeconds: number | null;
	  }
	/** No answer came: it may have been delivered all the same. */
	| { readonly outcome: "unanswered"; readonly reason: string };

/** Posts once. Any 2xx is delivered; redirects are not followed. Never throws. */
export async function post(
	webhook: Pick<Webhook, "name" | "url">,
	body: string,
	headers: Readonly<Record<string, string>>,
	timeoutMs = standardTimeoutMs,
): Promise<Delivery> {
	const who = `webhook "${webhook.name}" at ${new URL(webhook.url).host}`;
	let response: Response;
	try {
		response = await fetch(webhook.url, {
			method: "POST",
			body,
			headers,
			// A redirect would take the message where nobody configured it to go.
			redirect: "manual",
			signal: AbortSignal.timeout(timeoutMs),
		});
	} catch (error) {
		const reason = `${who} cannot be reached: ${reasonOf(error, timeoutMs)}`;
		if (!neverSent.has(codeOf(error) ?? "")) return { outcome: "unanswered", reason };
		return { outcome: "refused", cause: "moment", reason, retryAfterSeconds: null };
	}
	if (response.ok) {
		await response.body?.cancel();
		return { outcome: "delivered" };
	}
	const { status, headers: answered } = response;
	const word = await readWord(response, webhook.url);
	const reason = `${who} answered ${status}${word === "" ? "" : ` (${word})`}`;
	// A gateway that heard nothing of whoever it passed the message to.
	if (status === 504) return { outcome: "unanswered", reason };
	const retryAfterSeconds = readRetryAfter(answered.get("retry-after"));
	return { outcome: "refused", cause: causeOf(status), reason, retryAfterSeconds };
}

/** 400, 413 and 422 can be for what one message holds: the next may pass. */
function causeOf(status: number): "message" | "webhook" | "moment" {
	if (status === 408 || status === 429 || status >= 500) return "moment";
	return [400, 413, 422].includes(status) ? "message" : "webhook";
}

/** What fails before there is a connection: the names of Node.js, and those that a certificate is refused by. */
const neverSent = new Set([
	...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
	...["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
	...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"],
]);

function codeOf(error: unknown): string | undefined {
	const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
	return typeof code === "string" ? code : undefined;
}

/** The cause's code alone: fetch's messages can hold the URL. */
function reasonOf(error: unknown, timeoutMs: number): string {
	const { name } = error as Error;
	return name === "TimeoutError" ? `no answer within ${timeoutMs / 1000} s` : (codeOf(error) ?? name);
}

/** The answer, where it is one plain word that is no part of the URL. */
async function readWord(response: Response, url: string): Promise<string> {
	const reader = response.body?.getReader();
	let text = "";
	try {
		while (text.length <= longestAnswer) {
			const { value, done } = (await reader?.read()) ?? { done: true };
			if (done) break;
			text += Buffer.from(value ?? []).toString("latin1");
		}
		await reader?.cancel();
	} catch {
		// Why a refusal is not told to its end does not matter.
	}
	const word = text.trim();
	return /^[a-z]+(?:_[a-z]+)*$/.test(word) && word.length <= 60 && !url.includes(word) ? word : "";
}

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function readRetryAfter(value: string | null): number | null {
	if (value === null) return null;
	if (/^\d+$/.test(value.trim())) return Number(value);
	const seconds = (Date.parse(value) - Date.now()) / 1000;
	return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}
