import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TableClient } from "@azure/data-tables";
import { QueueClient } from "@azure/storage-queue";

/** Azurite's well-known account; the key is public: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const account = "devstoreaccount1";
const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Microsoft's emulator of Table and Queue Storage, in memory, in processes of their own. */
export class Azurite implements AsyncDisposable {
	readonly #children: readonly ChildProcess[];
	readonly connectionString: string;

	private constructor(
		services: readonly { readonly name: string; readonly child: ChildProcess; readonly port: number }[],
	) {
		this.#children = services.map(({ child }) => child);
		const endpoints = services.map(({ name, port }) => `${name}Endpoint=http://127.0.0.1:${port}/${account};`);
		this.connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoints.join("")}`;
	}

	static async start(): Promise<Azurite> {
		return new Azurite(await Promise.all([startService("Table"), startService("Queue")]));
	}

	/** Deletes the product's tables and queues. */
	async clear(): Promise<void> {
		const tables = ["DriftPolicy", "DriftExemption", "DriftFinding", "DriftScan", "DriftWebhook"];
		const queues = ["drift-scan", "drift-scan-poison", "drift-notify"];
		await Promise.all([
			...tables.map((name) =>
				TableClient.fromConnectionString(this.connectionString, name, { allowInsecureConnection: true }).deleteTable(),
			),
			...queues.map((name) => new QueueClient(this.connectionString, name).deleteIfExists()),
		]);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		const exits = this.#children.map((child) => once(child, "exit"));
		for (const child of this.#children) child.kill();
		await Promise.all(exits);
	}
}

const scripts = {
	Table: import.meta.resolve("azurite/dist/src/table/main.js"),
	Queue: import.meta.resolve("azurite/dist/src/queue/main.js"),
};

/** A port that was free a moment ago can be taken by another process of the same run: then another one is tried. */
async function startService(name: "Table" | "Queue", triesLeft = 5) {
	const service = name.toLowerCase();
	const port = await findFreePort();
	const script = fileURLToPath(scripts[name]);
	const options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"];
	const child = spawn(process.execPath, [script, `--${service}Port`, String(port), ...options], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	process.once("exit", () => child.kill());
	for await (const line of createInterface({ input: child.stdout })) {
		if (line.includes("successfully")) {
			child.stdout.resume();
			return { name, child, port };
		}
	}
	if (triesLeft > 1) return startService(name, triesLeft - 1);
	throw new Error(`Azurite's ${service} service ended before it listened`);
}

async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
