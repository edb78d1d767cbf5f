/**
 * What the function app writes into its log: one line of JSON for each event. Alerts and searches go by these names, so that they
 * stay as they are; what more a line holds is said beside each.
 */
export const logEvents = {
	"scans-queued": "the timer put scans on the queue: `started`, `running`, `failed` count subscriptions",
	"scan-running": "a subscription is being scanned already: `subscription`",
	"scan-skipped": "a scan is let go, since another one of the subscription runs: `subscription`, `scan`",
	"scan-done":
		"a scan has come to its end, after all its tries: `subscription`, `scan`, `complete`, `counts`, `requests`, `throttled`, `durationMs`",
	"scan-abandoned": "all tries of a scan failed: `subscription`, `scan`",
	problem: "something could not be read, or told: `code`, `scope`",
	"storage-failed": "the storage account failed where the work could go on",
	"webhook-missing": "no webhook is set",
	"webhook-gone": "a message was for a webhook that is not set any more: `webhook`",
	"webhook-notified": "a webhook accepted the notifications: `webhook`, `subscription`, `posts`",
	"webhook-waiting": "a webhook had asked not to be posted to yet: `webhook`",
	"webhook-failed": "a webhook did not take a post: `webhook`",
	"webhook-postponed": "a webhook is not notified before the next scan: `webhook`",
	"telemetry-failed": "telemetry is not sent to one of its destinations",
	"message-dropped": "a message of a queue could not be read",
	"request-failed": "a request to the app itself could not be answered: `function`",
	"caller-refused": "a caller may not use a route: `route`, `reason`, `thumbprint`",
} as const;
export type LogEvent = keyof typeof logEvents;

/** What can be told beside the sentence, of one kind each time. Never what may be secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of the function app. `message` is for people. */
export interface Log {
	log(event: LogEvent, message: string, fields?: LogFields): void;
	logError(event: LogEvent, message: string, fields?: LogFields): void;
}

/** One event as one line. */
export function writeLogLine(event: LogEvent, message: string, fields: LogFields = {}): string {
	return JSON.stringify({ event, message, ...fields });
}
