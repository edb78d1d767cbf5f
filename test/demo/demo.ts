import path from "node:path";
import { performance } from "node:perf_hooks";
import { styleText } from "node:util";
import { TableClient } from "@azure/data-tables";
import { paintTerminal } from "../../src/cli/paint.ts";
import { renderTable } from "../../src/cli/table.ts";
import { StandInForAzure } from "../support/azure/stand-in.ts";
import { Azurite } from "../support/azurite.ts";
import { FunctionsHost } from "../support/functions/host.ts";
import { Receiver } from "../support/receiver.ts";
import { addSampleEstate, sampleExemptions, samplePolicies } from "./estate.ts";

const started = performance.now();
const app = path.join(import.meta.dirname, "../..");

function say(text: string): void {
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${styleText("dim", `${seconds.padStart(5)} s`)}  ${text}`);
}

console.log(styleText("bold", "\nmtls-drift on a sample estate: everything runs on this machine, nothing in Azure\n"));

await using azurite = await Azurite.start();
say("Azurite serves Table and Queue Storage");
await using azure = await StandInForAzure.start();
addSampleEstate(azure);
say(`a stand-in for Azure serves ${azure.estate.sites.size} sites`);
await using receiver = await Receiver.start();
say("a webhook listens");

async function fill(name: string, partitionKey: string, rows: readonly { readonly rowKey: string }[]): Promise<void> {
	const table = TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
	await table.createTable();
	for (const row of rows) await table.createEntity({ partitionKey, ...row });
	say(`rows are written to the table ${name}:`);
	for (const { rowKey, ...cells } of rows) {
		const shown = Object.entries(cells).map(
			([column, value]) => `${column}=${value instanceof Date ? value.toISOString() : value}`,
		);
		console.log(`         ${styleText("bold", rowKey)}  ${shown.join("  ")}`);
	}
}
await fill("DriftPolicy", "policy", samplePolicies);
await fill("DriftExemption", "exemption", sampleExemptions);

await using host = await FunctionsHost.start(app, {
	...azure.environment,
	AzureWebJobsStorage: azurite.connectionString,
	DRIFT_WEBHOOK_URL: receiver.url,
});
say(
	`the built function app is loaded: ${host.functions.map(({ name, bindings: [binding] }) => `${name} (${binding?.schedule ?? binding?.queueName})`).join(", ")}`,
);
const invocations = [await host.fireTimer("scan")];
say("its timer has run and put one message for each subscription on the queue drift-scan");
invocations.push(...(await host.workOffQueues(azurite.connectionString)));
for (const { error, logs } of invocations) if (error !== null) throw new Error(`${error}\n${logs.join("\n")}`);
say(
	`the queue is worked off: ${azure.requests.length} requests to Azure Resource Manager, ${receiver.received.length} message to the webhook`,
);

for (const { headers, body, message } of receiver.received) {
	console.log(
		`\n${styleText("bold", "What was posted")}: ${message.type}, ${body.length} bytes, webhook-id ${headers["webhook-id"]}, shown as a table\n`,
	);
	console.log(renderTable([message.data], paintTerminal));
}
console.log(
	"Run it on your own sites, with your own login and without a deployment: see «On your own subscriptions» in README.md.",
);
