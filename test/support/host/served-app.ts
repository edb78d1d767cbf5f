import path from "node:path";
import { TableClient } from "@azure/data-tables";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { ArmEmulator } from "../arm/emulator.ts";
import { noteIncidents, type ShownPage } from "../browser/browser.ts";
import { Azurite } from "../storage/azurite.ts";
import { StorageProxy } from "../storage/storage-proxy.ts";
import { FunctionsHost } from "./host.ts";
import { FunctionsFront, functionKey } from "./http-front.ts";

const app = path.join(import.meta.dirname, "../../..");

/** The built function app behind a real HTTP server, with a storage account and a stand-in for Azure. */
export class ServedApp implements AsyncDisposable {
	readonly azure: ArmEmulator;
	readonly azurite: Azurite;
	readonly storage: StorageProxy;
	readonly host: FunctionsHost;
	readonly front: FunctionsFront;

	private constructor(parts: Pick<ServedApp, "azure" | "azurite" | "storage" | "host" | "front">) {
		this.azure = parts.azure;
		this.azurite = parts.azurite;
		this.storage = parts.storage;
		this.host = parts.host;
		this.front = parts.front;
	}

	static async start(settings: Readonly<Record<string, string>> = {}): Promise<ServedApp> {
		const [azurite, azure] = await Promise.all([Azurite.start(), ArmEmulator.start()]);
		const storage = await StorageProxy.start(azurite);
		const host = await FunctionsHost.start(app, {
			...azure.environment,
			AzureWebJobsStorage: storage.connectionString,
			...settings,
		});
		return new ServedApp({ azure, azurite, storage, host, front: await FunctionsFront.start(host) });
	}

	table(name: string): TableClient {
		return TableClient.fromConnectionString(this.azurite.connectionString, name, { allowInsecureConnection: true });
	}

	/** Makes the table where it is not there. */
	async write(name: string, partitionKey: string, rows: readonly { readonly rowKey: string }[]): Promise<void> {
		const table = this.table(name);
		await table.createTable();
		for (const row of rows) await table.upsertEntity({ partitionKey, ...row }, "Replace");
	}

	/** Nothing is known to it any more, and nothing is in Azure. */
	async clear(): Promise<void> {
		this.azure.reset();
		this.storage.before = async () => {};
		await this.azurite.clear();
		this.storage.requests.length = 0;
	}

	/** Fires the timer and works off the queues. Throws what failed. */
	async scan(): Promise<void> {
		const first = await this.host.fireTimer("scan");
		const others = await this.host.workOffQueues(this.azurite.connectionString);
		const failed = [first, ...others].find(({ error }) => error !== null);
		if (failed !== undefined) throw new Error(`${failed.error}\n${failed.logs.join("\n")}`);
	}

	/** The address of a route, with the function key where that is not to come in a header. */
	url(route: string, query: Readonly<Record<string, string>> = {}, key: string | null = functionKey): string {
		return `${this.front.url}/${route}?${new URLSearchParams(key === null ? query : { ...query, code: key })}`;
	}

	/** Calls a route with the function key. */
	async fetch(route: string, query: Readonly<Record<string, string>> = {}, init: RequestInit = {}): Promise<Response> {
		const headers = { ...(init.headers as Record<string, string>), "x-functions-key": functionKey };
		return await fetch(this.url(route, query, null), { ...init, headers });
	}

	/** A tab that notes whatever goes wrong in it, or goes elsewhere. */
	async open(browser: Browser, options: BrowserContextOptions = {}): Promise<ShownPage> {
		const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
		await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
		const incidents: string[] = [];
		await context.route(
			(url) => !url.href.startsWith(this.front.url) && url.protocol !== "data:",
			async (route) => {
				incidents.push(`request to ${route.request().url()}`);
				await route.abort();
			},
		);
		const page = await context.newPage();
		noteIncidents(page, incidents);
		return { page, incidents, [Symbol.asyncDispose]: () => context.close() };
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.front[Symbol.asyncDispose]();
		await this.host[Symbol.asyncDispose]();
		await this.storage[Symbol.asyncDispose]();
		await Promise.all([this.azurite, this.azure].map((part) => part[Symbol.asyncDispose]()));
	}
}
