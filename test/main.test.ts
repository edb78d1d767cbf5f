import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { Webhook } from "standardwebhooks";
import { armCertificate, armSite, defaultSubscription } from "./support/azure/arm-objects.ts";
import { StandInForAzure } from "./support/azure/stand-in.ts";
import { Azurite } from "./support/azurite.ts";
import { FunctionsHost } from "./support/functions/host.ts";
import { Receiver } from "./support/receiver.ts";

const app = path.join(import.meta.dirname, "..");

describe("the built function app", () => {
	let azurite: Azurite;
	let azure: StandInForAzure;
	let receiver: Receiver;
	let policies: TableClient;

	before(async () => {
		azurite = await Azurite.start();
		policies = TableClient.fromConnectionString(azurite.connectionString, "DriftPolicy", {
			allowInsecureConnection: true,
		});
	});
	after(() => azurite[Symbol.asyncDispose]());

	it("x", async () => {
		azure = await StandInForAzure.start();
		receiver = await Receiver.start();
		azure.addSubscription(defaultSubscription, "Production");
		azure.add(
			armSite({ name: "pay", kind: "functionapp,linux", domains: { "www.contoso.com": null } }),
			armCertificate(),
		);
		await policies.createTable();
		await policies.createEntity({
			partitionKey: "policy",
			rowKey: "default",
			httpsOnly: true,
			clientCertMode: "required ",
			customDomainTls: "Bound",
		});
		await using host = await FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: azurite.connectionString,
			DRIFT_SUBSCRIPTIONS: defaultSubscription,
			DRIFT_WEBHOOK_URL: receiver.url,
		});
		console.log(JSON.stringify(host.functions));
		console.log(await host.fireTimer("scan"));
		console.log(
			azure.requests,
			JSON.stringify(
				receiver.received.map((r) => r.message),
				null,
				1,
			),
		);
		await azure[Symbol.asyncDispose]();
		await receiver[Symbol.asyncDispose]();
	});
});
