import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { QueueClient } from "@azure/storage-queue";
import { azureSettings } from "../../src/config/azure.ts";
import { chooseSchedule, periodOf, scheduleSettings } from "../../src/config/schedule.ts";
import { type Environment, readSettings, SettingsError } from "../../src/config/settings.ts";
import { queueSettings, tableSettings } from "../../src/config/storage.ts";
import { reminderSettings, webhookSettings } from "../../src/config/webhooks.ts";

const groups = {
	azure: azureSettings,
	storage: tableSettings,
	queues: queueSettings,
	schedule: scheduleSettings,
	webhooks: webhookSettings,
	reminderHours: reminderSettings,
};
const enough = { AzureWebJobsStorage: "UseDevelopmentStorage=true" };
const subscription = "00000000-0000-0000-0000-000000000001";

function problemsOf(env: Environment): readonly string[] {
	try {
		readSettings(groups, { ...enough, ...env });
		return [];
	} catch (error) {
		assert.ok(error instanceof SettingsError);
		return error.problems;
	}
}

describe("readSettings", () => {
	it("needs storage alone, and has a default for the rest", () => {
		const { azure, storage, schedule, webhooks } = readSettings(groups, enough);
		assert.deepEqual(storage, { connectionString: "UseDevelopmentStorage=true" });
		assert.equal(schedule, "0 0 * * * *");
		assert.deepEqual(webhooks, []);
		assert.equal(azure.armEndpoint, "https://management.azure.com");
		assert.equal(azure.subscriptions, undefined);
	});

	it("takes the names of days and months in a schedule", () => {
		assert.deepEqual(problemsOf({ DRIFT_SCHEDULE: "0 0 6 * Jan-Jun MON-FRI" }), []);
	});

	it("gives the timer a schedule that it can be registered with, whatever is set", () => {
		assert.equal(chooseSchedule("0 30 6 * * *"), "0 30 6 * * *");
		assert.equal(chooseSchedule(" 0 30 6 * * * "), "0 30 6 * * *");
		for (const set of [undefined, "", " ", "every hour", "* * *"]) assert.equal(chooseSchedule(set), "0 0 * * * *");
	});

	it("takes empty settings for unset ones", () => {
		assert.deepEqual(problemsOf({ DRIFT_SUBSCRIPTIONS: "", DRIFT_SCHEDULE: " ", DRIFT_WEBHOOK_URL: "" }), []);
	});

	it("splits subscriptions, without spaces, repetition and case", () => {
		const { azure } = readSettings(groups, {
			...enough,
			DRIFT_SUBSCRIPTIONS: `${subscription}, ${subscription.toUpperCase()},`,
		});
		assert.deepEqual(azure.subscriptions, [subscription]);
	});

	it("knows the sovereign clouds", () => {
		const { azure, storage } = readSettings(groups, {
			AZURE_CLOUD: "azureusgovernment",
			AzureWebJobsStorage__accountName: "drift",
		});
		assert.equal(azure.armEndpoint, "https://management.usgovcloudapi.net");
		assert.equal(azure.cloud.portal, "https://portal.azure.us");
		assert.deepEqual(storage, { endpoint: "https://drift.table.core.usgovcloudapi.net", clientId: undefined });
	});

	it("completes a connection string that names no protocol, as other SDKs do", () => {
		const key = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b";
		const given: Record<string, string> = {
			"AccountName=a;AccountKey=b": `${key};TableEndpoint=https://a.table.core.windows.net`,
			"accountname=a; accountkey=b; EndpointSuffix=core.example": `${key};TableEndpoint=https://a.table.core.example`,
			"AccountName=a;SharedAccessSignature=c": "SharedAccessSignature=c;TableEndpoint=https://a.table.core.windows.net",
		};
		for (const [connectionString, completed] of Object.entries(given)) {
			const { storage } = readSettings(groups, { AzureWebJobsStorage: connectionString });
			assert.deepEqual(storage, { connectionString: completed });
			assert.doesNotThrow(() => TableClient.fromConnectionString(completed, "DriftPolicy"));
		}
	});

	it("finds the queues where the tables are, or by settings of their own", () => {
		const key = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Yg==";
		const given: [env: Environment, queues: object][] = [
			[enough, { connectionString: "UseDevelopmentStorage=true" }],
			[
				{ AzureWebJobsStorage: "AccountName=a;AccountKey=Yg==" },
				{ connectionString: `${key};QueueEndpoint=https://a.queue.core.windows.net` },
			],
			[
				{ AzureWebJobsStorage: `${key};TableEndpoint=https://t.example;QueueEndpoint=https://q.example` },
				{ connectionString: `${key};QueueEndpoint=https://q.example` },
			],
			[
				{ AzureWebJobsStorage__accountName: "drift" },
				{ endpoint: "https://drift.queue.core.windows.net", clientId: undefined },
			],
			[
				{
					AzureWebJobsStorage__tableServiceUri: "https://t.example",
					AzureWebJobsStorage__queueServiceUri: "https://q.example",
				},
				{ endpoint: "https://q.example", clientId: undefined },
			],
		];
		for (const [env, expected] of given) {
			const { queues } = readSettings(groups, env);
			assert.deepEqual(queues, expected);
			if ("connectionString" in queues)
				assert.doesNotThrow(() => new QueueClient(queues.connectionString, "drift-scan"));
		}
	});

	it("tells the kind of a webhook from its host, where none is set", () => {
		for (const [host, kind] of Object.entries({
			"prod-1.westeurope.logic.azure.com": "teams",
			"default1.environment.api.powerplatform.com": "teams",
			"hooks.slack.com": "slack",
			"hooks.slack-gov.com": "slack",
			"hooks.slack.com.example.org": "json",
			"example.org": "json",
		})) {
			const { webhooks } = readSettings(groups, { ...enough, DRIFT_WEBHOOK_URL: `https://${host}/s3cret` });
			assert.equal(webhooks[0]?.kind, kind, host);
		}
		const set = { DRIFT_WEBHOOK_URL: "https://hooks.slack.com/s3cret", DRIFT_WEBHOOK_KIND: "Teams" };
		assert.equal(readSettings(groups, { ...enough, ...set }).webhooks[0]?.kind, "teams");
	});

	it("knows the longest time between two runs of a schedule", () => {
		const friday = new Date("2026-11-27T12:00:00Z");
		for (const [schedule, minutes] of [
			["0 0 * * * *", 60],
			["0 */5 * * * *", 5],
			["0 0 6 * * *", 24 * 60],
			["0 0 6 * * MON-FRI", 72 * 60],
		] as const) {
			assert.equal(periodOf(schedule, friday), minutes * 60_000, schedule);
		}
	});

	it("reminds daily, as often as is set, or never", () => {
		for (const [text, hours] of [
			["", 24],
			["0", 0],
			["168", 168],
			["0.5", 0.5],
		] as const) {
			assert.equal(readSettings(groups, { ...enough, DRIFT_REMINDER_HOURS: text }).reminderHours, hours);
		}
	});

	it("reads webhooks with and without a name", () => {
		const { webhooks } = readSettings(groups, {
			...enough,
			DRIFT_WEBHOOK_URL: "https://example.org/a",
			DRIFT_WEBHOOK_OPS_URL: "http://localhost:8080/b",
			DRIFT_WEBHOOK_OPS_MIN_SEVERITY: "HIGH",
			DRIFT_WEBHOOK_OPS_SCOPE: `/subscriptions/${subscription}/`,
			DRIFT_WEBHOOK_OPS_KIND: "JSON",
			DRIFT_WEBHOOK_OPS_SECRET: "whsec_c2VjcmV0",
		});
		assert.deepEqual(webhooks, [
			{
				name: "default",
				url: "https://example.org/a",
				kind: "json",
				secret: undefined,
				minSeverity: "low",
				scope: "/",
			},
			{
				name: "OPS",
				url: "http://localhost:8080/b",
				kind: "json",
				secret: "whsec_c2VjcmV0",
				minSeverity: "high",
				scope: `/subscriptions/${subscription}`,
			},
		]);
	});

	const refused: Record<string, [env: Environment, ...says: RegExp[]]> = {
		"no storage": [{ AzureWebJobsStorage: undefined }, /^AzureWebJobsStorage is not set/],
		"a storage that is no connection string": [
			{ AzureWebJobsStorage: "drift" },
			/^AzureWebJobsStorage is not a connection string/,
		],
		"a storage over plain http": [
			{ AzureWebJobsStorage: "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b" },
			/^AzureWebJobsStorage names an endpoint that is not https/,
		],
		"a table endpoint over plain http": [
			{ AzureWebJobsStorage: "AccountName=a;AccountKey=b;TableEndpoint=http://example.org" },
			/^AzureWebJobsStorage names an endpoint that is not https/,
		],
		"a storage over plain http, in capitals": [
			{ AzureWebJobsStorage: "DefaultEndpointsProtocol=HTTP;AccountName=a;AccountKey=b" },
			/^AzureWebJobsStorage names an endpoint that is not https/,
		],
		"a storage over another protocol": [
			{ AzureWebJobsStorage: "DefaultEndpointsProtocol=ftp;AccountName=a;AccountKey=b" },
			/^AzureWebJobsStorage names an endpoint that is not https/,
		],
		"tables without queues": [
			{ AzureWebJobsStorage: undefined, AzureWebJobsStorage__tableServiceUri: "https://t.example" },
			/^AzureWebJobsStorage__queueServiceUri is not set, but AzureWebJobsStorage__tableServiceUri is$/,
		],
		"a signature for the tables alone": [
			{ AzureWebJobsStorage: "TableEndpoint=https://t.example;SharedAccessSignature=s3cret" },
			/^AzureWebJobsStorage names no queue endpoint$/,
		],
		"a queue endpoint over plain http": [
			{ AzureWebJobsStorage: "AccountName=a;AccountKey=b;QueueEndpoint=http://example.org" },
			/^AzureWebJobsStorage names an endpoint that is not https/,
		],
		"a schedule that only another cron knows": [
			{ DRIFT_SCHEDULE: "0 0 0 L * *" },
			/^DRIFT_SCHEDULE is not an NCRONTAB/,
		],
		"a day that is none": [{ DRIFT_SCHEDULE: "0 0 0 * * 0-7" }, /^DRIFT_SCHEDULE is not an NCRONTAB/],
		"ARM with a password": [
			{ DRIFT_ARM_ENDPOINT: "https://user:s3cret@example.org" },
			/^DRIFT_ARM_ENDPOINT must be no more than scheme, host and path/,
		],
		"a webhook with a wrong kind and URL": [
			{ DRIFT_WEBHOOK_URL: "s3cret", DRIFT_WEBHOOK_KIND: "xml" },
			/^DRIFT_WEBHOOK_URL is not a URL/,
			/^DRIFT_WEBHOOK_KIND takes json/,
		],
		"a webhook with a password in front of its host": [
			{ DRIFT_WEBHOOK_URL: "https://user:s3cret@example.org" },
			/^DRIFT_WEBHOOK_URL must not hold a user name or password/,
		],
		"a subscription that is no ID": [
			{ DRIFT_SUBSCRIPTIONS: `${subscription},Production` },
			/^DRIFT_SUBSCRIPTIONS must hold subscription IDs/,
		],
		"only commas for subscriptions": [{ DRIFT_SUBSCRIPTIONS: "," }, /^DRIFT_SUBSCRIPTIONS holds no subscription ID/],
		"an unknown cloud": [{ AZURE_CLOUD: "AzureGermanCloud" }, /^AZURE_CLOUD takes AzureCloud/],
		"ARM over plain http": [{ DRIFT_ARM_ENDPOINT: "http://localhost:1" }, /^DRIFT_ARM_ENDPOINT must be an https URL/],
		"a schedule that is none": [{ DRIFT_SCHEDULE: "hourly" }, /^DRIFT_SCHEDULE is not an NCRONTAB/],
		"a schedule out of range": [{ DRIFT_SCHEDULE: "0 61 * * * *" }, /^DRIFT_SCHEDULE is not an NCRONTAB/],
		"a nickname for a schedule": [{ DRIFT_SCHEDULE: "@daily" }, /^DRIFT_SCHEDULE is not an NCRONTAB/],
		"a webhook that is no URL": [{ DRIFT_WEBHOOK_URL: "example" }, /^DRIFT_WEBHOOK_URL is not a URL/],
		"a webhook over plain http": [
			{ DRIFT_WEBHOOK_URL: "http://example.org/s3cret" },
			/^DRIFT_WEBHOOK_URL must be https/,
		],
		"a webhook without a URL": [{ DRIFT_WEBHOOK_OPS_KIND: "json" }, /^DRIFT_WEBHOOK_OPS_URL is not set/],
		"a misspelt field of a webhook": [
			{ DRIFT_WEBHOOK_OPS_URI: "https://example.org" },
			/^DRIFT_WEBHOOK_OPS_URI is unknown/,
		],
		"a secret of another form": [
			{ DRIFT_WEBHOOK_URL: "https://example.org", DRIFT_WEBHOOK_SECRET: "s3cret" },
			/^DRIFT_WEBHOOK_SECRET must be whsec_/,
		],
		"an unknown severity": [
			{ DRIFT_WEBHOOK_URL: "https://example.org", DRIFT_WEBHOOK_MIN_SEVERITY: "worst" },
			/^DRIFT_WEBHOOK_MIN_SEVERITY takes critical/,
		],
		"a secret for a webhook that signs nothing": [
			{ DRIFT_WEBHOOK_URL: "https://hooks.slack.com/s3cret", DRIFT_WEBHOOK_SECRET: "whsec_czNjcmV0" },
			/^DRIFT_WEBHOOK_SECRET signs messages of kind json only, and this webhook is slack/,
		],
		"two webhooks of one name": [
			{ DRIFT_WEBHOOK_URL: "https://example.org/s3cret", DRIFT_WEBHOOK_DEFAULT_URL: "https://example.org/s3cret" },
			/^DRIFT_WEBHOOK_DEFAULT_URL is a second webhook of the name DEFAULT/,
		],
		"reminders that are no number": [
			{ DRIFT_REMINDER_HOURS: "daily" },
			/^DRIFT_REMINDER_HOURS must be a number of hours/,
		],
		"negative reminders": [{ DRIFT_REMINDER_HOURS: "-1" }, /^DRIFT_REMINDER_HOURS must be/],
		"a Key Vault reference that was not resolved": [
			{ DRIFT_WEBHOOK_URL: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s3cret)" },
			/^DRIFT_WEBHOOK_URL is a Key Vault reference that was not resolved/,
		],
		"everything at once": [
			{ AzureWebJobsStorage: "s3cret", DRIFT_SUBSCRIPTIONS: "x", DRIFT_SCHEDULE: "x", DRIFT_WEBHOOK_URL: "s3cret" },
			/^DRIFT_SUBSCRIPTIONS/,
			/^AzureWebJobsStorage/,
			/^DRIFT_SCHEDULE/,
			/^DRIFT_WEBHOOK_URL/,
		],
	};
	for (const [name, [env, ...says]] of Object.entries(refused)) {
		it(`refuses ${name}, by name and without the value`, () => {
			const problems = problemsOf(env);
			for (const expected of says)
				assert.ok(
					problems.some((problem) => expected.test(problem)),
					`${problems.join("\n")} has no ${expected}`,
				);
			assert.equal(problems.length, says.length, problems.join("\n"));
			assert.doesNotMatch(problems.join("\n"), /s3cret/);
		});
	}
});
