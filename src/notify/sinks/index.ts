import { Webhook as Signer } from "standardwebhooks";
import type { Webhook, WebhookKind } from "../../core/model/webhook.ts";
import type { Report } from "../../core/report/report.ts";
import { findingsPerEntry } from "./chat.ts";
import { renderJson } from "./json.ts";
import type { RenderedPart } from "./parts.ts";
import { renderSlack } from "./slack.ts";
import { renderTeams } from "./teams.ts";

/** How one kind of webhook is told. */
interface Sink {
	/** A site with more findings than this stands in a message several times, each time with the commands for its part. */
	readonly findingsPerEntry: number;
	/** Cuts the report into messages that the receiver takes. Each site and each problem stands in exactly one. */
	render(report: Report, timestamp: Date): readonly RenderedPart[];
}

export const sinks: Readonly<Record<WebhookKind, Sink>> = {
	json: { findingsPerEntry: 12, render: renderJson },
	teams: { findingsPerEntry, render: renderTeams },
	slack: { findingsPerEntry, render: renderSlack },
};

/** The headers of https://www.standardwebhooks.com: the ID stays when a message is posted again, the time is of the try. */
export function headersOf(
	{ secret }: Pick<Webhook, "secret">,
	{ id, body }: { readonly id: string; readonly body: string },
	now: Date,
): Readonly<Record<string, string>> {
	const signature = secret === undefined ? undefined : new Signer(secret).sign(id, now, body);
	return {
		"content-type": "application/json",
		"webhook-id": id,
		"webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
		...(signature === undefined ? {} : { "webhook-signature": signature }),
	};
}
