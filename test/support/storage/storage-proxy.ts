import { once } from "node:events";
import { createServer, request as forward, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Azurite } from "./azurite.ts";

/** Stands before Azurite and writes down each request: what Azure would charge as a transaction. */
export class StorageProxy implements AsyncDisposable {
	/** Method and path, without the query. */
	readonly requests: string[] = [];
	/** Is told of each request before it goes on, and may do something first; where it throws, the request is lost. */
	before: (request: string) => Promise<void> = async () => {};
	/** Is told of each request that was carried out, before its answer is passed on. */
	after: (request: string) => Promise<void> = async () => {};
	readonly connectionString: string;
	readonly #servers: readonly Server[];

	private constructor(connectionString: string, servers: readonly Server[]) {
		this.connectionString = connectionString;
		this.#servers = servers;
	}

	static async start(azurite: Azurite): Promise<StorageProxy> {
		const servers: Server[] = [];
		let { connectionString } = azurite;
		for (const endpoint of connectionString.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []) {
			const server = createServer(async (request, response) => {
				const named = `${request.method} ${(request.url ?? "").replace(/\?.*/, "")}`;
				try {
					await proxy.#note(named);
				} catch {
					response.destroy();
					return;
				}
				const { method, headers, url } = request;
				const onward = forward(`${endpoint}${url}`, { method, headers }, async (answer) => {
					await proxy.after(named);
					response.writeHead(answer.statusCode ?? 502, answer.headers);
					answer.pipe(response);
				});
				// Whoever asked is gone, and so is whoever would have heard of it.
				onward.on("error", () => response.destroy());
				request.pipe(onward);
			});
			server.listen(0, "127.0.0.1");
			await once(server, "listening");
			servers.push(server);
			connectionString = connectionString.replace(
				endpoint,
				`http://127.0.0.1:${(server.address() as AddressInfo).port}`,
			);
		}
		const proxy = new StorageProxy(connectionString, servers);
		return proxy;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const server of this.#servers) {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		}
	}

	async #note(request: string): Promise<void> {
		this.requests.push(request);
		await this.before(request);
	}
}
