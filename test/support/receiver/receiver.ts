import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Report } from "../../../src/core/report/report.ts";
import { findFaults } from "./message-schema.ts";

export interface Received {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
	/** Of kind json. */
	readonly message: { readonly type: string; readonly timestamp: string; readonly data: Report };
}

interface HttpAnswer {
	readonly status: number;
	readonly headers?: Record<string, string>;
	readonly body?: string;
}

/** `hang`: no answer; `reset`: the connection is cut; `drip`: a 200 whose body never ends; `flood`: a 500 whose body never ends. */
export type Answer = HttpAnswer | "hang" | "reset" | "drip" | "flood";

/** A webhook's receiving end on loopback. Fails in the end where a message of kind json was not as its schema says. */
export class Receiver implements AsyncDisposable {
	readonly received: Received[] = [];
	/** What was wrong with them. */
	readonly #faults: string[] = [];
	/** What it answers, or what it answers to each. */
	answer: Answer | ((received: Received) => Answer | Promise<Answer>) = { status: 200 };
	readonly #server: Server;

	private constructor() {
		this.#server = createServer(async (request, response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			const body = Buffer.concat(chunks).toString();
			const received = { path: request.url ?? "", headers: request.headers, body, message: JSON.parse(body) };
			this.received.push(received);
			if (isOfKindJson(received)) this.#faults.push(...findFaults(received.message));
			respond(response, typeof this.answer === "function" ? await this.answer(received) : this.answer);
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
		assert.deepEqual(this.#faults, [], "each message is as report.v1.schema.json says");
	}
}

/** Whatever the product posts that is neither a card nor blocks; other posts have no ID. */
function isOfKindJson({ headers, message }: Received): boolean {
	return "webhook-id" in headers && !("attachments" in message) && !("blocks" in message);
}

function respond(response: ServerResponse, answer: Answer): void {
	if (answer === "hang") return;
	if (answer === "reset") response.socket?.resetAndDestroy();
	else if (answer === "drip" || answer === "flood") {
		response.writeHead(answer === "drip" ? 200 : 500);
		pour(response, answer === "drip" ? "." : ".".repeat(64 * 1024));
	} else response.writeHead(answer.status, answer.headers).end(answer.body);
}

/** Writes as fast as the other side reads, until it has had enough. */
function pour(response: ServerResponse, text: string): void {
	while (!response.destroyed && response.write(text));
	if (!response.destroyed) response.once("drain", () => pour(response, text));
}
