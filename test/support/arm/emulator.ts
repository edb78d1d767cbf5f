import { once } from "node:events";
import {
	createServer as createHttpServer,
	type IncomingMessage,
	type RequestListener,
	type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { ArmCertificate, ArmSite, ArmSiteConfig } from "./arm-objects.ts";
import { createLoopbackCertificate, type LoopbackCertificate } from "./loopback-certificate.ts";
import { ArmError, answerArm, XmlAnswer } from "./resource-manager.ts";
import { TokenIssuer } from "./token-issuer.ts";

/** What happens to a request instead of its answer. `truncate` sends half of the true answer. */
export type Fault =
	| "reset"
	| "hang"
	| "truncate"
	| { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

export interface LoggedRequest {
	readonly method: string;
	/** With the query. */
	readonly url: string;
	/** As it was sent; empty where there was none. */
	readonly body: string;
	readonly status: number | "fault";
}

/** Everything in this Azure, to be read and changed by a test at any time. */
export interface Fleet {
	readonly subscriptions: Map<string, { displayName: string; state: string }>;
	/** By lower-case ID. */
	readonly sites: Map<string, ArmSite>;
	readonly certificates: Map<string, ArmCertificate>;
	/** What differs from the defaults of `config/web`, by the site's lower-case ID. */
	readonly configs: Map<string, ArmSiteConfig>;
	/** Lower-case IDs that App Service's lists leave out, without an error. */
	readonly unlisted: Set<string>;
	/** Lower-case IDs that the list of resources leaves out. */
	readonly uncounted: Set<string>;
	/** IDs of sites that the list of resources still has, although they are gone. */
	readonly ghosts: Set<string>;
}

/** Azure on loopback: Resource Manager for Microsoft.Web over HTTPS, and the token endpoint of a managed identity. */
export class ArmEmulator implements AsyncDisposable {
	readonly fleet: Fleet = {
		subscriptions: new Map(),
		sites: new Map(),
		certificates: new Map(),
		configs: new Map(),
		unlisted: new Set(),
		uncounted: new Set(),
		ghosts: new Set(),
	};
	readonly requests: LoggedRequest[] = [];
	/** How many requests were under way at once, at most. */
	mostAtOnce = 0;
	#atOnce = 0;
	pageSize = 100;
	/** Of the list of resources, which is ARM's own. */
	resourceListPageSize = 1000;
	/** What is left of the budget for reads, as the headers tell it. */
	readsLeft = 249;
	/** Whether the filter of the list of resources may join two types by `or`. */
	joinsTypes = true;
	/** Before each answer of Resource Manager. */
	latencyMs = 0;
	readonly #faults: {
		readonly matches: (request: { method: string; url: string }) => boolean;
		readonly fault: Fault;
		left: number;
	}[] = [];
	readonly #tokens = new TokenIssuer();
	readonly #certificate: LoopbackCertificate;
	readonly #arm: Server;
	readonly #identity = createHttpServer((request, response) => this.#tokens.answer(request, response));

	private constructor(certificate: LoopbackCertificate) {
		this.#certificate = certificate;
		const listener: RequestListener = (request, response) => {
			this.#atOnce += 1;
			this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
			response.once("close", () => {
				this.#atOnce -= 1;
			});
			void this.#answer(request, response);
		};
		this.#arm = createHttpsServer({ cert: certificate.cert, key: certificate.key }, listener);
	}

	static async start(): Promise<ArmEmulator> {
		const azure = new ArmEmulator(await createLoopbackCertificate());
		for (const server of [azure.#arm, azure.#identity]) {
			server.listen(0, "127.0.0.1");
			await once(server, "listening");
		}
		return azure;
	}

	get certificate(): LoopbackCertificate {
		return this.#certificate;
	}

	get endpoint(): string {
		return `https://127.0.0.1:${(this.#arm.address() as AddressInfo).port}`;
	}

	/** The settings that point an app, or a terminal, here. */
	get environment(): Record<string, string> {
		return {
			DRIFT_ARM_ENDPOINT: this.endpoint,
			IDENTITY_ENDPOINT: `http://127.0.0.1:${(this.#identity.address() as AddressInfo).port}/msi/token`,
			IDENTITY_HEADER: this.#tokens.header,
			NODE_EXTRA_CA_CERTS: this.#certificate.file,
		};
	}

	addSubscription(id: string, displayName: string, state = "Enabled"): void {
		this.fleet.subscriptions.set(id, { displayName, state });
	}

	add(...objects: readonly (ArmSite | ArmCertificate)[]): void {
		for (const object of objects) {
			if (object.type === "Microsoft.Web/certificates") this.fleet.certificates.set(object.id.toLowerCase(), object);
			else this.fleet.sites.set(object.id.toLowerCase(), object);
		}
	}

	/** Spoils the requests whose URL (with the query) matches, for ever or a number of times. */
	injectFault(url: RegExp, fault: Fault, times = Number.POSITIVE_INFINITY): void {
		this.#faults.push({ matches: (request) => url.test(request.url), fault, left: times });
	}

	/** Ends all faults. */
	clearFaults(): void {
		this.#faults.length = 0;
	}

	/** An empty Azure that works, for the next test; the tokens stay good, since credentials keep them. */
	reset(): void {
		for (const objects of Object.values(this.fleet)) objects.clear();
		this.requests.length = 0;
		this.mostAtOnce = 0;
		this.#faults.length = 0;
		this.pageSize = 100;
		this.resourceListPageSize = 1000;
		this.readsLeft = 249;
		this.joinsTypes = true;
		this.latencyMs = 0;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const server of [this.#arm, this.#identity]) {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		}
		this.#certificate.remove();
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { method = "GET", url = "/" } = request;
		const body = await readBody(request);
		if (this.latencyMs > 0) await delay(this.latencyMs);
		const { status, content } = this.#process(method, url, request.headers.authorization, body);

		const found = this.#faults.find(({ matches, left }) => left > 0 && matches({ method, url }));
		this.requests.push({ method, url, body, status: found === undefined ? status : "fault" });
		const isXml = content instanceof XmlAnswer;
		const text = isXml ? content.text : JSON.stringify(content);
		if (found !== undefined) {
			found.left -= 1;
			faultyAnswer(response, found.fault, text);
			return;
		}
		response.writeHead(status, {
			"content-type": isXml ? "application/xml" : "application/json; charset=utf-8",
			"content-length": Buffer.byteLength(text),
			"x-ms-ratelimit-remaining-subscription-reads": String(this.readsLeft),
			"x-ms-ratelimit-remaining-subscription-global-reads": String(15 * this.readsLeft),
			...(status === 401
				? { "www-authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token"' }
				: {}),
		});
		response.end(text);
	}

	#process(
		method: string,
		url: string,
		authorization: string | undefined,
		body: string,
	): { status: number; content: unknown } {
		try {
			if (!this.#tokens.accepts(authorization)) {
				throw new ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.");
			}
			const { endpoint: origin, pageSize, resourceListPageSize, joinsTypes } = this;
			const request = { method, url, body, origin, pageSize, resourceListPageSize, joinsTypes };
			return { status: 200, content: answerArm(this.fleet, request) };
		} catch (error) {
			if (error instanceof ArmError) return { status: error.status, content: error.content };
			return { status: 500, content: { error: { code: "StandInFailed", message: String((error as Error).stack) } } };
		}
	}
}

function faultyAnswer(response: ServerResponse, fault: Fault, text: string): void {
	if (fault === "hang") return;
	if (fault === "reset") {
		response.socket?.destroy();
	} else if (fault === "truncate") {
		response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
		response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
	} else {
		response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
		const body = fault.body ?? { error: { code: "Spoilt", message: "Spoilt by the test." } };
		response.end(typeof body === "string" ? body : JSON.stringify(body));
	}
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString();
}
