import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { FunctionsHost, RegisteredFunction } from "./host.ts";

/** The function key of this stand-in. */
export const functionKey = "a-function-key+with/odd=characters";

/**
 * What stands before the functions: routes by method and path, and lets nobody in without the function key, in the address or in the
 * header. Source: https://learn.microsoft.com/azure/azure-functions/function-keys-how-to
 */
export class FunctionsFront implements AsyncDisposable {
	readonly url: string;
	readonly #server: Server;

	private constructor(server: Server) {
		this.#server = server;
		this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
	}

	static async start(host: FunctionsHost): Promise<FunctionsFront> {
		const server = createServer(async (request, response) => {
			const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
			const found = findFunction(host.functions, request.method ?? "", url.pathname.replace(/^\/api\//, ""));
			if (found === undefined) {
				response.writeHead(404).end();
				return;
			}
			const inAddress = [...url.searchParams].find(([name]) => name.toLowerCase() === "code")?.[1];
			const key = inAddress ?? request.headers["x-functions-key"];
			if (found.authLevel !== "anonymous" && key !== functionKey) {
				response.writeHead(401).end();
				return;
			}
			const call = {
				...{ method: request.method ?? "", url: url.href, headers: headersOf(request) },
				body: await text(request),
			};
			const answer = await host.call(found.name, call).catch((error: Error) => {
				return { status: 500, headers: {}, body: error.message };
			});
			response.writeHead(answer.status, answer.headers).end(answer.body);
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		return new FunctionsFront(server);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}
}

/** Several headers of one name come as one, as the host hands them over. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
	return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]));
}

function findFunction(
	functions: readonly RegisteredFunction[],
	method: string,
	route: string,
): { readonly name: string; readonly authLevel: unknown } | undefined {
	for (const { name, bindings } of functions) {
		for (const { type, route: own, methods, authLevel } of bindings) {
			const isIt = type === "httpTrigger" && own === route && (methods as string[]).includes(method);
			if (isIt) return { name, authLevel };
		}
	}
	return undefined;
}
