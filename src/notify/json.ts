import { Webhook as Signer } from "standardwebhooks";
import type { Webhook } from "../config/webhooks.ts";
import type { Report } from "../core/report.ts";

/** One HTTP message. */
export interface Message {
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

const maxBytes = 256 * 1024;

/** The report as `mtls-drift.report.v1`, cut into parts, with the headers of https://www.standardwebhooks.com. */
export function renderJson(report: Report, messageId: string, timestamp: Date, webhook: Webhook): Message[] {
	const parts = cut(report);
	return parts.map((part, index) => {
		const data: Report = { ...part, part: index + 1, parts: parts.length };
		const body = JSON.stringify({ type: "mtls-drift.report.v1", timestamp: timestamp.toISOString(), data });
		const id = `${messageId}_${index + 1}`;
		const signature = webhook.secret === undefined ? undefined : new Signer(webhook.secret).sign(id, timestamp, body);
		return {
			body,
			headers: {
				"content-type": "application/json",
				"webhook-id": id,
				"webhook-timestamp": String(Math.floor(timestamp.getTime() / 1000)),
				...(signature === undefined ? {} : { "webhook-signature": signature }),
			},
		};
	});
}

/** Fills parts up to the limit, sites first; each site and each problem stands in exactly one. */
function cut(report: Report): Report[] {
	const empty: Report = { ...report, sites: [], problems: [] };
	const room = maxBytes - sizeOf({ type: "mtls-drift.report.v1", timestamp: "", data: empty }) - 64;
	const parts: Report[] = [];
	let used = Number.POSITIVE_INFINITY;
	const add = (item: Pick<Report, "sites"> | Pick<Report, "problems">) => {
		const size = sizeOf(item);
		if (used + size > room) {
			parts.push(empty);
			used = 0;
		}
		used += size;
		const last = parts.length - 1;
		const part = parts[last] as Report;
		parts[last] = {
			...part,
			sites: "sites" in item ? [...part.sites, ...item.sites] : part.sites,
			problems: "problems" in item ? [...part.problems, ...item.problems] : part.problems,
		};
	};
	for (const site of report.sites) add({ sites: [site] });
	for (const problem of report.problems) add({ problems: [problem] });
	return parts;
}

function sizeOf(value: unknown): number {
	return Buffer.byteLength(JSON.stringify(value));
}
