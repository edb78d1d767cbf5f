import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { LoopbackCertificate } from "../arm/loopback-certificate.ts";

/** As Application Insights takes telemetry: https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete */
interface Envelope {
	readonly data: {
		readonly baseType: string;
		readonly baseData: {
			readonly name?: string;
			readonly message?: string;
			readonly metrics?: readonly { readonly name: string; readonly value: number }[];
		};
	};
}

/** Where Application Insights takes telemetry in: by https alone, as its exporter goes nowhere else. */
export class Insights implements AsyncDisposable {
	readonly items: Envelope[] = [];
	readonly #server: Server;

	private constructor({ cert, key }: LoopbackCertificate) {
		this.#server = createServer({ cert, key }, async (request, response) => {
			const sent = await buffer(request);
			const text = String(request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent);
			const items: Envelope[] = text.startsWith("[")
				? JSON.parse(text)
				: text
						.trim()
						.split("\n")
						.map((line) => JSON.parse(line));
			this.items.push(...items);
			const accepted = { itemsReceived: items.length, itemsAccepted: items.length, errors: [] };
			response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(accepted));
		});
	}

	static async start(certificate: LoopbackCertificate): Promise<Insights> {
		const insights = new Insights(certificate);
		insights.#server.listen(0, "127.0.0.1");
		await once(insights.#server, "listening");
		return insights;
	}

	get url(): string {
		return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}
}
