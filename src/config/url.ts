import * as z from "zod";

/** The URL of something that secrets are sent to: https, or plain http on this machine. */
export const safeUrl = z
	.url({ error: "is not a URL", abort: true })
	.refine(isSafe, "must be https (plain http is accepted for this machine's own addresses only)")
	// fetch refuses such a URL, and says it whole.
	.refine((address) => new URL(address).username === "", "must not hold a user name or password");

/** Whether a URL's host is this machine itself. */
export function isLoopback(address: string): boolean {
	return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}

export function isSafe(address: string): boolean {
	const { protocol } = new URL(address);
	return protocol === "https:" || (protocol === "http:" && isLoopback(address));
}
