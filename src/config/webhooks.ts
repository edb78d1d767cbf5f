import * as z from "zod";
import { severities } from "../core/model/finding.ts";
import { parseScope } from "../core/model/scope.ts";
import { type Webhook, type WebhookKind, webhookKinds } from "../core/model/webhook.ts";
import { safeUrl } from "./url.ts";

const webhookFields = z.object({
	URL: safeUrl,
	KIND: z
		.string()
		.toLowerCase()
		.pipe(z.enum(webhookKinds, `takes ${webhookKinds.join(", ")}`))
		.optional(),
	SECRET: z.string().refine(isSecret, "must be whsec_ and base64").optional(),
	MIN_SEVERITY: z
		.string()
		.toLowerCase()
		.pipe(z.enum(severities, `takes ${severities.join(", ")}`))
		.default("low"),
	SCOPE: z
		.string()
		.default("/")
		.transform((value, context) => {
			const scope = parseScope(value);
			if (scope !== undefined) return scope;
			context.addIssue("is not an ARM ID of a subscription, resource group, site or slot");
			return z.NEVER;
		}),
});

/** Hours after which a drift that is still open is told again; 0 for never. */
export const reminderSettings = z
	.object({
		DRIFT_REMINDER_HOURS: z
			.string()
			.default("24")
			.refine((value) => /^\d{1,6}(?:\.\d+)?$/.test(value), "must be a number of hours, or 0 for never")
			.transform(Number),
	})
	.transform(({ DRIFT_REMINDER_HOURS: hours }) => hours);

/** All webhooks: `DRIFT_WEBHOOK_URL` and its like, and those with a name. */
export const webhookSettings = z.record(z.string(), z.string().optional()).transform((env, context): Webhook[] => {
	const groups = new Map<string, Record<string, string | undefined>>();
	const webhooks: Webhook[] = [];
	for (const [setting, value] of Object.entries(env)) {
		if (!setting.startsWith("DRIFT_WEBHOOK_")) continue;
		const match = /^(DRIFT_WEBHOOK_(?:[A-Za-z\d]+_)?)(URL|KIND|SECRET|MIN_SEVERITY|SCOPE)$/.exec(setting);
		if (match === null) {
			const message = "is unknown: a webhook takes …_URL, …_KIND, …_SECRET, …_MIN_SEVERITY and …_SCOPE";
			context.addIssue({ code: "custom", path: [setting], message });
			continue;
		}
		const [, prefix, field] = match as unknown as [string, string, string];
		groups.set(prefix, { ...groups.get(prefix), [field]: value });
	}
	for (const [prefix, group] of groups) {
		const parsed = webhookFields.safeParse(group);
		if (!parsed.success) {
			for (const { path, message } of parsed.error.issues) {
				const missing = group[String(path[0])] === undefined ? "is not set, but others of this webhook are" : message;
				context.addIssue({ code: "custom", path: [`${prefix}${String(path[0])}`], message: missing });
			}
			continue;
		}
		const { URL: address, SECRET: secret, MIN_SEVERITY: minSeverity, SCOPE: scope } = parsed.data;
		const kind = parsed.data.KIND ?? kindOf(new URL(address).hostname);
		if (kind !== "json" && secret !== undefined) {
			const message = `signs messages of kind json only, and this webhook is ${kind} (set, or told from the URL's host)`;
			context.addIssue({ code: "custom", path: [`${prefix}SECRET`], message });
			continue;
		}
		const name = /^DRIFT_WEBHOOK_(.+)_$/.exec(prefix)?.[1] ?? "default";
		if (webhooks.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
			const message = `is a second webhook of the name ${name}: give it another`;
			context.addIssue({ code: "custom", path: [`${prefix}URL`], message });
			continue;
		}
		webhooks.push({ name, url: address, kind, secret, minSeverity, scope });
	}
	return webhooks;
});

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
function isSecret(value: string): boolean {
	const [, key] = /^whsec_(.+)$/.exec(value) ?? [];
	return key !== undefined && z.base64().safeParse(key).success;
}

/** https://learn.microsoft.com/power-automate/ip-address-configuration, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function kindOf(host: string): WebhookKind {
	if (/\.logic\.azure\.com$|\.environment\.api\.powerplatform\.com$/.test(host)) return "teams";
	return /^hooks\.slack(?:-gov)?\.com$/.test(host) ? "slack" : "json";
}
