import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Report } from "../../src/core/report.ts";

export interface Received {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
	readonly message: { readonly type: string; readonly timestamp: string; readonly data: Report };
}

/** A webhook's receiving end on loopback. */
export class Receiver implements AsyncDisposable {
	readonly received: Received[] = [];
	/** What it answers; `hang` never does. */
	answer: { readonly status: number; readonly headers?: Record<string, string> } | "hang" = { status: 200 };
	readonly #server: Server;

	private constructor() {
		this.#server = createServer(async (request, response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			const body = Buffer.concat(chunks).toString();
			this.received.push({ path: request.url ?? "", headers: request.headers, body, message: JSON.parse(body) });
			if (this.answer !== "hang") response.writeHead(this.answer.status, this.answer.headers).end();
		});
	}

	static async start(): Promise<Receiver> {
		const receiver = new Receiver();
		receiver.#server.listen(0, "127.0.0.1");
		await once(receiver.#server, "listening");
		return receiver;
	}

	/** With a path that is a secret, as the URLs of real webhooks have. */
	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/s3cret-token`;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}
}
