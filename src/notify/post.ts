import type { Webhook } from "../config/webhooks.ts";

const standardTimeoutMs = 10_000;

/** A post that was not delivered. */
class PostError extends Error {
	override readonly name = "PostError";
	/** Whether there was any answer. */
	readonly answered: boolean;
	constructor(message: string, answered: boolean) {
		super(message);
		this.answered = answered;
	}
}

/** Posts once. Throws a PostError that names the webhook and its host, and never more of the URL, unless the answer is 2xx. */
export async function post(
	webhook: Webhook,
	body: string,
	headers: Readonly<Record<string, string>>,
	timeoutMs = standardTimeoutMs,
): Promise<void> {
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
		throw new PostError(`${who} cannot be reached: ${reasonOf(error, timeoutMs)}`, false);
	}
	await response.body?.cancel();
	if (!response.ok) throw new PostError(`${who} answered ${response.status}`, true);
}

/** The cause's code alone: fetch's messages can hold the URL. */
function reasonOf(error: unknown, timeoutMs: number): string {
	if (!(error instanceof Error)) return "unknown reason";
	if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
	const { code } = (error.cause ?? {}) as { code?: unknown };
	return typeof code === "string" ? code : error.name;
}
