import type { Webhook } from "../config/webhooks.ts";

const timeoutMs = 10_000;

/** Posts once. Throws an error that names the webhook and its host, and never more of the URL, unless the answer is 2xx. */
export async function post(webhook: Webhook, body: string, headers: Readonly<Record<string, string>>): Promise<void> {
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
		throw new Error(`${who} cannot be reached: ${reasonOf(error)}`);
	}
	await response.body?.cancel();
	if (!response.ok) throw new Error(`${who} answered ${response.status}`);
}

/** The cause's code alone: fetch's messages can hold the URL. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return "unknown reason";
	if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
	const { code } = (error.cause ?? {}) as { code?: unknown };
	return typeof code === "string" ? code : error.name;
}
