import type { Severity } from "./finding.ts";
import type { Scope } from "./scope.ts";

export const webhookKinds = ["json", "teams", "slack"] as const;

export type WebhookKind = (typeof webhookKinds)[number];

export interface Webhook {
	/** `default`, or the NAME of `DRIFT_WEBHOOK_<NAME>_URL`. */
	readonly name: string;
	/** A password: never to be printed, logged or stored. */
	readonly url: string;
	readonly kind: WebhookKind;
	/** Signs what is posted; for `json` only. */
	readonly secret: string | undefined;
	readonly minSeverity: Severity;
	readonly scope: Scope;
}
