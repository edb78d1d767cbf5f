import { performance } from "node:perf_hooks";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ServedApp } from "../support/host/served-app.ts";

/** How long it takes to read the rows of so many findings, and to answer with the page, or a part of the list, that is made of them, in milliseconds. */
export interface PageCost {
	readonly reading: readonly number[];
	readonly page: readonly number[];
	readonly filtered: readonly number[];
	readonly list: readonly number[];
}

const rounds = 5;

/** Two findings at each site. */
export async function openReport(sites: number): Promise<PageCost> {
	await using app = await ServedApp.start();
	app.azure.addSubscription(defaultSubscription, "Production");
	for (let site = 0; site < sites; site++) {
		app.azure.add(
			armSite({ name: `contoso-shop-${site}`, resourceGroup: `rg-shop-${site % 50}`, kind: "functionapp" }),
		);
	}
	const policy = { rowKey: "default", httpsOnly: true, clientCertMode: "Required" };
	await app.write("DriftPolicy", "policy", [policy]);
	await app.scan();

	const times = async (work: () => Promise<unknown>): Promise<number[]> => {
		const all: number[] = [];
		for (let round = 0; round <= rounds; round++) {
			const started = performance.now();
			await work();
			// The first one warms up.
			if (round > 0) all.push(performance.now() - started);
		}
		return all;
	};
	const filter = `PartitionKey eq '${defaultSubscription}' and status eq 'open'`;
	const read = async () => {
		let rows = 0;
		for await (const _ of app.table("DriftFinding").listEntities({ queryOptions: { filter } })) rows++;
		if (rows !== 2 * sites + 1) throw new Error(`${rows} rows were read`);
	};
	const call = (route: string, query: Record<string, string>, expected: string) => async () => {
		const text = await (await app.fetch(route, query)).text();
		if (!text.includes(expected)) throw new Error(text.slice(0, 500));
	};
	const count = (number: number) => number.toLocaleString("en-GB");
	return {
		reading: await times(read),
		page: await times(call("report", {}, `${count(2 * sites)} findings at ${count(sites)} sites`)),
		filtered: await times(call("report", { q: "shop-4321", rule: "https-only" }, "1 finding at 1 site")),
		list: await times(call("findings", { limit: "1000" }, '"next":"http')),
	};
}
