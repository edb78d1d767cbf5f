import { once } from "node:events";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { styleText } from "node:util";
import { TableClient } from "@azure/data-tables";
import { renderTable } from "../../src/cli/render/table.ts";
import { paintTerminal } from "../../src/cli/render/terminal.ts";
import { armSite } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { FunctionsHost } from "../support/host/host.ts";
import { FunctionsFront, functionKey } from "../support/host/http-front.ts";
import { type Received, Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { addSampleFleet, sampleExemptions, samplePolicies } from "./fleet.ts";

const started = performance.now();
const app = path.join(import.meta.dirname, "../..");

function say(text: string): void {
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${styleText("dim", `${seconds.padStart(5)} s`)}  ${text}`);
}

console.log(styleText("bold", "\nmtls-drift on a sample estate: everything runs on this machine, nothing in Azure\n"));

await using azurite = await Azurite.start();
say("Azurite serves Table and Queue Storage");
await using azure = await ArmEmulator.start();
addSampleFleet(azure);
say(`a stand-in for Azure serves ${azure.fleet.sites.size} sites`);
await using receiver = await Receiver.start();
say("a webhook listens");

async function fill(name: string, partitionKey: string, rows: readonly { readonly rowKey: string }[]): Promise<void> {
	const table = TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
	await table.createTable();
	for (const row of rows) await table.createEntity({ partitionKey, ...row });
	say(`rows are written to the table ${name}:`);
	for (const { rowKey, ...fields } of rows) {
		const shown = Object.entries(fields).map(
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
	`the built function app is loaded: ${host.functions.map(({ name, bindings: [binding] }) => `${name} (${binding?.schedule ?? binding?.queueName ?? binding?.route})`).join(", ")}`,
);

/** One run of the timer and all that follows from it; gives what was posted. */
async function run(): Promise<readonly Received[]> {
	receiver.received.length = 0;
	azure.requests.length = 0;
	const invocations = [await host.fireTimer("scan"), ...(await host.workOffQueues(azurite.connectionString))];
	for (const { error, logs } of invocations) if (error !== null) throw new Error(`${error}\n${logs.join("\n")}`);
	return [...receiver.received];
}

const [first] = await run();
if (first === undefined) throw new Error("nothing was posted");
say(`its timer has run, and the queues are worked off: ${azure.requests.length} requests to Azure Resource Manager`);
const { headers, body, message } = first;
console.log(
	`\n${styleText("bold", "What was posted")}: ${message.type}, ${body.length} bytes, webhook-id ${headers["webhook-id"]}, shown as a table\n`,
);
console.log(renderTable([message.data], paintTerminal));

const second = await run();
say(`an hour later, nothing has changed: ${second.length} messages are posted`);
const fixed = azure.fleet.sites.get(armSite({ resourceGroup: "pay", name: "pay-cards" }).id.toLowerCase());
Object.assign((fixed as { properties: object }).properties, { clientCertEnabled: true });
const [third] = await run();
say("somebody has run the command for pay-cards; what is posted now:");
for (const { name, findings } of third?.message.data.sites ?? []) {
	for (const { reason, rule } of findings) console.log(`         ${styleText("bold", reason)}  ${name}  ${rule}`);
}
console.log();
if (process.argv.includes("--page")) {
	await using front = await FunctionsFront.start(host);
	const address = `${front.url}/report?code=${encodeURIComponent(functionKey)}`;
	console.log(`${styleText("bold", "The page")}: ${address} (Ctrl+C ends it)\n`);
	await once(process, "SIGINT");
}
console.log(
	"Run it on your own sites, with your own login and without a deployment: see «On your own subscriptions» in README.md.",
);
