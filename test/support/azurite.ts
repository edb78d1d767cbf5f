import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Azurite's well-known account; the key is public: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const account = "devstoreaccount1";
const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Microsoft's emulator of Table Storage, in memory, in a process of its own. */
export class Azurite implements AsyncDisposable {
	readonly #child: ChildProcess;
	readonly connectionString: string;

	private constructor(child: ChildProcess, port: number) {
		this.#child = child;
		const endpoint = `http://127.0.0.1:${port}/${account}`;
		this.connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};TableEndpoint=${endpoint};`;
	}

	static async start(): Promise<Azurite> {
		const port = await findFreePort();
		const script = fileURLToPath(import.meta.resolve("azurite/dist/src/table/main.js"));
		const options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"];
		const child = spawn(process.execPath, [script, "--tablePort", String(port), ...options], {
			stdio: ["ignore", "pipe", "ignore"],
		});
		process.once("exit", () => child.kill());
		for await (const line of createInterface({ input: child.stdout })) {
			if (line.includes("successfully")) {
				child.stdout.resume();
				return new Azurite(child, port);
			}
		}
		throw new Error("Azurite ended before it listened");
	}

	async [Symbol.asyncDispose](): Promise<void> {
		const exited = once(this.#child, "exit");
		this.#child.kill();
		await exited;
	}
}

async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
