import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { azureSettings } from "../../src/config/azure.ts";
import { clouds } from "../../src/config/clouds.ts";
import { scheduleSettings } from "../../src/config/schedule.ts";
import { readSettings } from "../../src/config/settings.ts";
import { queueSettings, tableSettings } from "../../src/config/storage.ts";
import { reminderSettings, webhookSettings } from "../../src/config/webhooks.ts";
import { logEvents } from "../../src/telemetry/log.ts";
import { metrics } from "../../src/telemetry/signals.ts";
import { Bicep, type Declared, type Deployment, home, type Value } from "../support/infra/bicep.ts";

const root = path.join(import.meta.dirname, "../../infra");
const subscriptions = ["00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000c"] as const;
const least = { environmentName: "prod", location: "westeurope" };
const most = {
	...least,
	scanSubscriptions: `${subscriptions[0]}, ${subscriptions[1]}`,
	schedule: "0 30 6 * * *",
	reminderHours: "0",
	webhookUrl: "https://hooks.contoso.com/secret-in-path",
	webhookSecret: "whsec_c2VjcmV0LW9mLXdlYmhvb2s=",
	webhookKind: "json",
	webhookMinSeverity: "high",
	alertEmail: "ops@contoso.com",
	purgeProtection: "on",
	editorId: "00000000-0000-0000-0000-0000000000ed",
};

let bicep: Bicep;
before(async () => {
	bicep = await Bicep.load(root);
});

function deploy(given: { readonly [name: string]: Value } = {}): Deployment {
	return bicep.deploy("main.bicep", { ...least, ...given });
}

function all({ resources }: Deployment, type: string): Declared[] {
	return resources.filter((resource) => resource.type === type);
}

function one(deployment: Deployment, type: string): Properties {
	const found = all(deployment, type);
	assert.equal(found.length, 1, type);
	return found[0]?.body as unknown as Properties;
}

/** The body of a resource, of which a test knows what it looks at. */
// biome-ignore lint/suspicious/noExplicitAny: what ARM is sent has no types here
type Properties = any;

function settingsOf(deployment: Deployment): Record<string, string> {
	const { appSettings } = one(deployment, "Microsoft.Web/sites").properties.siteConfig;
	return Object.fromEntries(appSettings.map(({ name, value }: { name: string; value: string }) => [name, value]));
}

describe("the function app", () => {
	for (const plan of ["FC1", "EP1"]) {
		it(`takes https alone, TLS 1.2 and client certificates, on ${plan}`, () => {
			const { properties } = one(deploy({ plan }), "Microsoft.Web/sites");
			const { httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths, siteConfig } = properties;
			assert.deepEqual(
				{ httpsOnly, clientCertEnabled, clientCertMode, clientCertExclusionPaths },
				{ httpsOnly: true, clientCertEnabled: true, clientCertMode: "Required", clientCertExclusionPaths: "" },
			);
			const { minTlsVersion, scmMinTlsVersion, ftpsState } = siteConfig;
			assert.deepEqual([minTlsVersion, scmMinTlsVersion, ftpsState], ["1.2", "1.2", "Disabled"]);
		});
	}

	it("asks for certificates as clientCertMode says", () => {
		const modes = ["Required", "Optional", "OptionalInteractiveUser", "Ignore"].map((clientCertMode) => {
			const { properties } = one(deploy({ clientCertMode }), "Microsoft.Web/sites");
			return [properties.clientCertEnabled, properties.clientCertMode, properties.siteConfig.http20Enabled];
		});
		assert.deepEqual(modes, [
			[true, "Required", true],
			[true, "Optional", true],
			[true, "OptionalInteractiveUser", false],
			[false, "Required", true],
		]);
	});

	it("has no passwords to publish by", () => {
		const policies = all(deploy(), "Microsoft.Web/sites/basicPublishingCredentialsPolicies");
		assert.deepEqual(
			policies.map(({ body }) => [body.name, body.properties]),
			[
				["ftp", { allow: false }],
				["scm", { allow: false }],
			],
		);
	});

	it("runs on Flex Consumption with Node.js 24, and takes its package by its identity", () => {
		const deployment = deploy();
		const site = one(deployment, "Microsoft.Web/sites");
		const identityId = Object.keys(site.identity.userAssignedIdentities)[0];
		assert.equal(site.properties.keyVaultReferenceIdentity, identityId);
		assert.deepEqual(one(deployment, "Microsoft.Web/serverfarms").sku, { name: "FC1", tier: "FlexConsumption" });
		assert.deepEqual(site.properties.functionAppConfig.runtime, { name: "node", version: "24" });
		const account = one(deployment, "Microsoft.Storage/storageAccounts").name;
		const container = one(deployment, "Microsoft.Storage/storageAccounts/blobServices/containers").name;
		assert.deepEqual(site.properties.functionAppConfig.deployment.storage, {
			type: "blobContainer",
			value: `https://${account}.blob.core.windows.net/${container}`,
			authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identityId },
		});
		assert.equal(site.properties.siteConfig.linuxFxVersion, null);
	});

	it("runs on Elastic Premium from a package that its identity reads, without a content share, which would take a key", () => {
		const deployment = deploy({ plan: "EP1" });
		const site = one(deployment, "Microsoft.Web/sites");
		assert.deepEqual(one(deployment, "Microsoft.Web/serverfarms").sku, { name: "EP1", tier: "ElasticPremium" });
		assert.equal(site.properties.functionAppConfig, null);
		assert.equal(site.properties.siteConfig.linuxFxVersion, "Node|24");
		const settings = settingsOf(deployment);
		assert.match(
			settings.WEBSITE_RUN_FROM_PACKAGE ?? "",
			/^https:\/\/st\w+\.blob\.core\.windows\.net\/app-package\/app\.zip$/,
		);
		const [identity] = Object.keys(site.identity.userAssignedIdentities);
		assert.equal(settings.WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID, identity);
		assert.deepEqual(
			Object.keys(settings).filter((name) => /^WEBSITE_CONTENT/.test(name)),
			[],
		);
	});

	it("is tagged as azd looks for it", () => {
		const { tags } = one(deploy(), "Microsoft.Web/sites");
		assert.deepEqual(tags, { "azd-env-name": "prod", "azd-service-name": "app" });
	});
});

/** https://learn.microsoft.com/azure/azure-functions/functions-app-settings */
const knownToAzureFunctions = [
	/^AzureWebJobsStorage__(?:blobServiceUri|queueServiceUri|tableServiceUri|credential|clientId)$/,
	/^APPLICATIONINSIGHTS_(?:CONNECTION_STRING|AUTHENTICATION_STRING)$/,
];
const knownOnElasticPremium = [
	/^FUNCTIONS_(?:EXTENSION_VERSION|WORKER_RUNTIME)$/,
	/^WEBSITE_RUN_FROM_PACKAGE(?:_BLOB_MI_RESOURCE_ID)?$/,
];

const groups = { azure: azureSettings, tables: tableSettings, queues: queueSettings, webhooks: webhookSettings };

/** The settings as the app reads them, once Azure has put secrets and IDs in their places. */
function readAsApp(settings: Record<string, string>, secrets: Record<string, string>) {
	const resolved = Object.entries(settings).map(([name, value]): [string, string] => {
		const [, secret] = /^@Microsoft\.KeyVault\(SecretUri=.*secrets\/(.+)\)$/.exec(value) ?? [];
		if (secret !== undefined) return [name, secrets[secret] ?? ""];
		return [name, value.replaceAll(/«[^»]+»/g, "00000000-0000-0000-0000-0000000000c1")];
	});
	return readSettings(
		{ ...groups, schedule: scheduleSettings, reminderHours: reminderSettings },
		Object.fromEntries(resolved),
	);
}

describe("the app settings", () => {
	for (const plan of ["FC1", "EP1"]) {
		it(`on ${plan} are those that the app or Azure Functions knows`, () => {
			const source = ["azure", "schedule", "storage", "webhooks"]
				.map((file) => readFileSync(path.join(root, `../src/config/${file}.ts`), "utf8"))
				.join("\n");
			const strange = Object.keys(settingsOf(deploy({ ...most, plan }))).filter((name) => {
				const known = plan === "FC1" ? knownToAzureFunctions : [...knownToAzureFunctions, ...knownOnElasticPremium];
				return !(
					known.some((pattern) => pattern.test(name)) ||
					/^DRIFT_WEBHOOK_/.test(name) ||
					new RegExp(`\\b${name}:`).test(source)
				);
			});
			assert.deepEqual(strange, []);
		});
	}

	it("hold what the installer gave, as the app reads it", () => {
		const deployment = deploy(most);
		const secrets = Object.fromEntries(
			all(deployment, "Microsoft.KeyVault/vaults/secrets").map(({ body }) => [
				body.name,
				(body.properties as Properties).value,
			]),
		);
		const { azure, tables, queues, schedule, reminderHours, webhooks } = readAsApp(settingsOf(deployment), secrets);
		assert.deepEqual(azure.subscriptions, subscriptions);
		assert.deepEqual([schedule, reminderHours], ["0 30 6 * * *", 0]);
		const clientId = "00000000-0000-0000-0000-0000000000c1";
		assert.equal(azure.clientId, clientId);
		const account = one(deployment, "Microsoft.Storage/storageAccounts").name;
		assert.deepEqual(tables, { endpoint: `https://${account}.table.core.windows.net`, clientId });
		assert.deepEqual(queues, { endpoint: `https://${account}.queue.core.windows.net`, clientId });
		assert.deepEqual(webhooks, [
			{
				name: "default",
				url: most.webhookUrl,
				kind: "json",
				secret: most.webhookSecret,
				minSeverity: "high",
				scope: "/",
			},
		]);
	});

	it("leave out what was not given, so that the app's own defaults hold", () => {
		const settings = settingsOf(deploy());
		assert.deepEqual(
			Object.keys(settings).filter((name) => name.startsWith("DRIFT_")),
			["DRIFT_SUBSCRIPTIONS"],
		);
		const { azure, webhooks } = readAsApp(settings, {});
		assert.deepEqual([azure.subscriptions, webhooks], [[home.subscription], []]);
		assert.equal("DRIFT_SUBSCRIPTIONS" in settingsOf(deploy({ scanSubscriptions: "all" })), false);
		assert.deepEqual(
			Object.keys(
				settingsOf(deploy({ webhookKind: "teams", webhookMinSeverity: "high", webhookSecret: "whsec_YQ==" })),
			),
			Object.keys(settings),
		);
	});

	it("name a secret by its place in the key vault, never itself, and with them nothing else does", () => {
		const { resources, outputs } = deploy(most);
		const settings = settingsOf({ resources, outputs });
		assert.equal(
			settings.DRIFT_WEBHOOK_URL,
			"@Microsoft.KeyVault(SecretUri=«vault.properties.vaultUri»secrets/webhook-url)",
		);
		assert.equal(
			settings.DRIFT_WEBHOOK_SECRET,
			"@Microsoft.KeyVault(SecretUri=«vault.properties.vaultUri»secrets/webhook-secret)",
		);
		const elsewhere = resources.filter(({ type }) => type !== "Microsoft.KeyVault/vaults/secrets");
		for (const secret of [most.webhookUrl, most.webhookSecret]) {
			assert.equal(JSON.stringify([elsewhere, outputs]).includes(secret), false);
		}
	});

	for (const [cloud, { storageSuffix }] of Object.entries(clouds)) {
		it(`lead to where the storage of ${cloud} is`, async () => {
			const there = await Bicep.load(root, { ...home, cloud, suffix: storageSuffix });
			const deployment = there.deploy("main.bicep", { ...least, plan: "EP1" });
			const settings = settingsOf(deployment);
			assert.match(settings.AzureWebJobsStorage__blobServiceUri ?? "", new RegExp(`\\.blob\\.${storageSuffix}$`));
			const { azure, tables } = readAsApp(settings, {});
			assert.equal(azure.cloud, clouds[cloud as keyof typeof clouds]);
			assert.match((tables as { endpoint: string }).endpoint, new RegExp(`\\.table\\.${storageSuffix}$`));
			const hosts = ["core.windows.net", "azurewebsites.net", "vault.azure.net", "management.azure.com"];
			const foreign = hosts.filter((host) => host !== storageSuffix && JSON.stringify(deployment).includes(host));
			assert.deepEqual(foreign, []);
		});
	}
});

describe("the storage account", () => {
	it("takes no keys, no old TLS and no strangers", () => {
		const { properties } = one(deploy(), "Microsoft.Storage/storageAccounts");
		const { allowSharedKeyAccess, allowBlobPublicAccess, minimumTlsVersion, supportsHttpsTrafficOnly } = properties;
		assert.deepEqual(
			{ allowSharedKeyAccess, allowBlobPublicAccess, minimumTlsVersion, supportsHttpsTrafficOnly },
			{
				allowSharedKeyAccess: false,
				allowBlobPublicAccess: false,
				minimumTlsVersion: "TLS1_2",
				supportsHttpsTrafficOnly: true,
			},
		);
		const { publicAccess } = one(deploy(), "Microsoft.Storage/storageAccounts/blobServices/containers").properties;
		assert.equal(publicAccess, "None");
	});
});

describe("the key vault", () => {
	it("goes by roles, and keeps what was deleted", () => {
		const { properties } = one(deploy(), "Microsoft.KeyVault/vaults");
		assert.deepEqual(
			[properties.enableRbacAuthorization, properties.enableSoftDelete, properties.enablePurgeProtection],
			[true, true, null],
		);
		assert.equal(one(deploy(most), "Microsoft.KeyVault/vaults").properties.enablePurgeProtection, true);
		assert.deepEqual(all(deploy(), "Microsoft.KeyVault/vaults/secrets"), []);
	});
});

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const builtInRoles: Record<string, string> = {
	"acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
	"3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
	"b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
	"ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
	"974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
	"0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
	"4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
};

/** Who may do what on what: what is scoped to a resource is on that one alone. */
function rolesIn(deployment: Deployment): string[] {
	return all(deployment, "Microsoft.Authorization/roleAssignments")
		.map(({ body, scope }) => {
			const { roleDefinitionId, principalId } = body.properties as Properties;
			const id = String(roleDefinitionId).split("/").at(-1) ?? "";
			const role = roleDefinitionId === idOfRole(scope) ? "«custom»" : (builtInRoles[id] ?? roleDefinitionId);
			const on = body.scope === undefined ? scope : String((body.scope as Properties).id).replace(/^«(\S+).*/, "$1");
			const who = principalId === most.editorId ? "editor" : String(principalId);
			return `${who}: ${role} on ${on}`;
		})
		.sort();
}

/** Of the one that is made for a subscription. */
function idOfRole(scope: string): string {
	return `«Microsoft.Authorization/roleDefinitions guid(/subscriptions/${scope.split(" ")[1]}, prod, mtls-drift)»`;
}

const app = "«identity.properties.principalId»";
const rolesOfApp = [
	`${app}: Key Vault Secrets User on Microsoft.KeyVault/vaults`,
	`${app}: Monitoring Metrics Publisher on Microsoft.Insights/components`,
	`${app}: Storage Blob Data Owner on Microsoft.Storage/storageAccounts`,
	`${app}: Storage Queue Data Contributor on Microsoft.Storage/storageAccounts`,
	`${app}: Storage Table Data Contributor on Microsoft.Storage/storageAccounts`,
];
/** The role that is made for it. */
const roleOnSubscription = (id: string) => `${app}: «custom» on subscription ${id}`;

describe("the roles", () => {
	it("are these, and no others", () => {
		assert.deepEqual(rolesIn(deploy()), [...rolesOfApp, roleOnSubscription(home.subscription)].sort());
	});

	it("are on each subscription that is scanned, and not on where the app is", () => {
		assert.deepEqual(
			rolesIn(deploy(most)),
			[
				...rolesOfApp,
				...subscriptions.map(roleOnSubscription),
				"editor: Storage Table Data Contributor on Microsoft.Storage/storageAccounts",
			].sort(),
		);
	});

	it("are on no subscription where a management group gives them", () => {
		assert.deepEqual(rolesIn(deploy({ scanSubscriptions: "all" })), rolesOfApp);
		const group = bicep.deploy("management-group.bicep", { principalId: "ID", environmentName: "prod" });
		assert.deepEqual(
			all(group, "Microsoft.Authorization/roleAssignments").map(({ scope, body }) => [
				scope,
				(body.properties as Properties).principalId,
			]),
			[["managementGroup", "ID"]],
		);
	});

	it("can be Reader, with no role made", () => {
		const deployment = deploy({ scanRole: "Reader" });
		assert.ok(rolesIn(deployment).includes(`${app}: Reader on subscription ${home.subscription}`));
		assert.deepEqual(all(deployment, "Microsoft.Authorization/roleDefinitions"), []);
	});

	it("let an editor upload the package of EP1, and nothing else of the blobs", () => {
		assert.deepEqual(
			rolesIn(deploy({ plan: "EP1", editorId: most.editorId })).filter((role) => role.startsWith("editor")),
			[
				"editor: Storage Blob Data Contributor on Microsoft.Storage/storageAccounts/blobServices/containers",
				"editor: Storage Table Data Contributor on Microsoft.Storage/storageAccounts",
			],
		);
	});

	it("that are made here read, name each action, and can be given nowhere else", () => {
		const deployments = [
			deploy(most),
			bicep.deploy("management-group.bicep", { principalId: "ID", environmentName: "prod" }),
		];
		const made = deployments.flatMap((deployment) => all(deployment, "Microsoft.Authorization/roleDefinitions"));
		assert.equal(made.length, 3);
		for (const { body, scope } of made) {
			const { permissions, assignableScopes } = body.properties as Properties;
			const [, id] = scope.split(" ");
			assert.deepEqual(assignableScopes, [id === undefined ? "«managementGroup»" : `/subscriptions/${id}`]);
			assert.equal(permissions.length, 1);
			const { actions, ...others } = permissions[0];
			assert.deepEqual(others, { notActions: [] });
			for (const action of actions) assert.match(action, /^Microsoft\.(?:Web|Resources)\/[A-Za-z/]+\/[Rr]ead$/);
		}
	});
});

describe("what is watched", () => {
	it("sends the logs of the app, the storage and the key vault to the workspace", () => {
		const sent = all(deploy(), "Microsoft.Insights/diagnosticSettings").map(({ body }) => {
			const { logs, workspaceId } = body.properties as Properties;
			assert.match(workspaceId, /^«Microsoft\.OperationalInsights\/workspaces /);
			const categories = logs.map(({ category }: { category: string }) => category);
			return [String((body.scope as Properties).id).replace(/^«(\S+).*/, "$1"), ...categories];
		});
		assert.deepEqual(sent.sort(), [
			["Microsoft.KeyVault/vaults", "AuditEvent"],
			["Microsoft.Storage/storageAccounts/blobServices", "StorageWrite", "StorageDelete"],
			["Microsoft.Storage/storageAccounts/queueServices", "StorageWrite", "StorageDelete"],
			["Microsoft.Storage/storageAccounts/tableServices", "StorageWrite", "StorageDelete"],
			["Microsoft.Web/sites", "FunctionAppLogs"],
		]);
	});

	it("takes telemetry by identity alone", () => {
		const deployment = deploy();
		assert.equal(one(deployment, "Microsoft.Insights/components").properties.DisableLocalAuth, true);
		const settings = settingsOf(deployment);
		assert.equal(
			settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING,
			"ClientId=«identity.properties.clientId»;Authorization=AAD",
		);
	});

	it("alerts of events and queues that there are", () => {
		const main = readFileSync(path.join(root, "../src/main.ts"), "utf8");
		const queries = all(deploy(), "Microsoft.Insights/scheduledQueryRules").map(
			({ body }) => (body.properties as Properties).criteria.allOf[0].query as string,
		);
		const events = queries.flatMap((query) => /\.event\) == "([^"]+)"/.exec(query)?.[1] ?? []);
		assert.deepEqual(events.toSorted(), ["scan-abandoned", "scans-queued", "webhook-postponed"]);
		for (const name of events) assert.ok(name in logEvents, name);
		const queues = queries.flatMap((query) => /"\/(.+)-poison\/"/.exec(query)?.[1] ?? []);
		assert.deepEqual(queues, ["drift-notify"]);
		// Whose poison queue has a function of its own needs no look at the queue.
		assert.match(main, /"scan-failed", \{ queueName: "drift-scan-poison"/);
		for (const name of queues) assert.match(main, new RegExp(`queueName: "${name}"`));
	});

	it("shows on its workbook what the app tells, all of it and nothing else", () => {
		const workbook = JSON.parse(readFileSync(path.join(root, "workbook.json"), "utf8"));
		const deployed = one(deploy(), "Microsoft.Insights/workbooks").properties.serializedData;
		assert.deepEqual(JSON.parse(deployed), workbook);
		assert.equal(workbook.version, "Notebook/1.0");
		const queries = workbook.items.flatMap(({ content }: Properties) => content.query ?? []) as string[];
		assert.ok(queries.length >= 8);
		const named = queries.flatMap((query) => query.match(/mtls_drift[\w.]*/g) ?? []);
		assert.deepEqual([...new Set(named)].sort(), Object.keys(metrics).sort());
		const events = queries.flatMap((query) => /\.event\) in \(([^)]+)\)/.exec(query)?.[1]?.match(/[\w-]+/g) ?? []);
		assert.ok(events.length > 0);
		for (const event of events) assert.ok(event in logEvents, event);
		// What a metric is not told apart by cannot be asked for.
		for (const query of queries) {
			const descriptions = [...new Set(query.match(/mtls_drift[\w.]*/g) ?? [])].map(
				(name) => metrics[name as keyof typeof metrics].description,
			);
			for (const [, attribute] of query.matchAll(/Properties\.(\w+)/g)) {
				for (const description of descriptions)
					assert.ok(description.includes(`\`${attribute}\``), `${attribute}: ${query}`);
			}
		}
	});

	it("mails them to whom the installer names", () => {
		const receivers = (given = {}) => one(deploy(given), "Microsoft.Insights/actionGroups").properties.emailReceivers;
		assert.deepEqual(receivers(), []);
		assert.equal(receivers(most)[0].emailAddress, most.alertEmail);
		for (const { body } of all(deploy(), "Microsoft.Insights/scheduledQueryRules")) {
			assert.equal((body.properties as Properties).actions.actionGroups.length, 1);
		}
	});
});

describe("every resource", () => {
	it("is tagged with the environment, where it can be", () => {
		const untagged = deploy(most).resources.filter(
			({ body }) => (body.tags as Properties)?.["azd-env-name"] !== "prod",
		);
		const untaggable =
			/^Microsoft\.Authorization\/|^Microsoft\.Insights\/diagnosticSettings$|\/(?:\w+Services|containers|secrets|basicPublishingCredentialsPolicies)$/;
		assert.deepEqual(
			untagged.map(({ type }) => type).filter((type) => !untaggable.test(type)),
			[],
		);
	});
});
