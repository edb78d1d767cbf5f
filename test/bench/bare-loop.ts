import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, get } from "node:https";
import { performance } from "node:perf_hooks";
import { ManagedIdentityCredential } from "@azure/identity";
import { subscriptionId } from "./subscriptions.ts";

// The least that anybody could do: download the pages of all sites over one kept connection, and parse them.
// Argument: the number of subscriptions. Answers with the milliseconds that it took.
const { token } = await new ManagedIdentityCredential().getToken("https://management.azure.com/.default");
const options = { agent: new Agent({ keepAlive: true }), headers: { authorization: `Bearer ${token}` } };

async function download(url: string): Promise<{ value: unknown[]; nextLink: string | null }> {
	const [response] = (await once(get(url, options), "response")) as [IncomingMessage];
	const chunks: Buffer[] = [];
	for await (const chunk of response) chunks.push(chunk);
	return JSON.parse(Buffer.concat(chunks).toString());
}

const started = performance.now();
let sites = 0;
for (let number = 1; number <= Number(process.argv[2]); number++) {
	const path = `/subscriptions/${subscriptionId(number)}/providers/Microsoft.Web/sites?api-version=2025-05-01`;
	let url: string | null = `${process.env.DRIFT_ARM_ENDPOINT}${path}`;
	while (url !== null) {
		const page = await download(url);
		sites += page.value.length;
		url = page.nextLink;
	}
}
process.send?.({ milliseconds: performance.now() - started, sites });
options.agent.destroy();
