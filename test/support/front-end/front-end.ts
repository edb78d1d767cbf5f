import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { unescape as decode } from "node:querystring";
import { Duplex } from "node:stream";
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from "node:tls";

type TlsVersion = "1.2" | "1.3";

/** What befalls every caller of a site, whatever its settings. */
type FrontEndFault =
	/** By https: nothing is answered, not even the ClientHello. */
	| "hangs-before-tls"
	/** Requests are read and never answered. */
	| "hangs-before-response"
	/** Connections are reset, those by https before TLS. */
	| "resets"
	/** By https: who shows no client certificate gets a TLS alert; who shows one goes on. */
	| "fails-handshake"
	/** The same without an alert: once the handshake is done, the connection is cut off. */
	| "cuts-off"
	| "ip-forbidden"
	| "stopped"
	| "unavailable";

/** A site, by one host name. */
export interface FrontEndSite {
	readonly hostName: string;
	readonly httpsOnly: boolean;
	readonly clientCert: "Required" | "Optional" | "Ignore";
	/** Each covers everything that starts with it, whatever the case. */
	readonly exclusionPaths: readonly string[];
	readonly http20: boolean;
	readonly minTlsVersion: TlsVersion;
	readonly maxTlsVersion: TlsVersion;
	/** PEM; `cert` may be a chain. */
	readonly certificate: { readonly cert: string; readonly key: string };
	/** What becomes of a request that needs TLS renegotiation, by HTTP/2 or TLS 1.3, which have none. */
	readonly withoutRenegotiation: "open" | "closed";
	readonly fault: FrontEndFault | null;
	/** Is given the caller's certificate in `X-ARR-ClientCert` where the front end has it. */
	readonly app: (request: Request) => Promise<Response>;
}

const defaults: Omit<FrontEndSite, "hostName" | "certificate"> = {
	httpsOnly: true,
	clientCert: "Ignore",
	exclusionPaths: [],
	http20: false,
	minTlsVersion: "1.2",
	maxTlsVersion: "1.3",
	withoutRenegotiation: "closed",
	fault: null,
	app: async () => new Response("hello\n"),
};

/** A request that arrived, whatever came of it. */
interface SeenRequest {
	/** Of the Host header, in lower case and without the port. */
	readonly hostName: string;
	readonly scheme: "http" | "https";
	readonly method: string;
	/** With the query. */
	readonly path: string;
	readonly httpVersion: "1.1" | "2";
	/** Null by plain http. */
	readonly tls: TlsVersion | null;
	/** Whether the front end had the caller's certificate in the end. */
	hasCertificate: boolean;
	readonly userAgent: string | null;
	bodyBytes: number;
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

interface Answer {
	readonly status: number;
	/** Instead of the usual words after the status. */
	readonly reason?: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string | Buffer;
}

/** The front end of Azure App Service on loopback: one door for each site. */
export async function startFrontEnd(
	sites: readonly (Pick<FrontEndSite, "hostName" | "certificate"> & Partial<FrontEndSite>)[],
): Promise<FrontEnd> {
	const front = new FrontEnd(sites.map((site) => ({ ...defaults, ...site, hostName: site.hostName.toLowerCase() })));
	await front.listen();
	return front;
}

class FrontEnd implements AsyncDisposable {
	readonly #sites: Map<string, FrontEndSite>;
	/** By the site, as it was when they were made. */
	readonly #tlsServers = new WeakMap<FrontEndSite, TlsServer>();
	/** Listens for plain http; connections with TLS are handed to it. */
	readonly #http1 = createHttpServer((request, response) => this.#receive(request, response));
	/** Listens nowhere. */
	readonly #http2 = createHttp2Server((request, response) => this.#receive(request, response));
	readonly #tcp = createTcpServer((socket) => this.#chooseSite(socket));
	readonly #renegotiations = new WeakMap<TLSSocket, Promise<void>>();
	readonly #sockets = new Set<Socket>();
	readonly #requests: SeenRequest[] = [];
	/** By the port of the caller, which alone is the same inside and outside of TLS. */
	readonly #connections = new Map<number, { readonly hostName: string }>();
	readonly #mostConnections = new Map<string, number>();
	#mostHosts = 0;

	constructor(sites: readonly FrontEndSite[]) {
		this.#sites = new Map(sites.map((site) => [site.hostName, site]));
	}

	async listen(): Promise<void> {
		for (const server of [this.#http1, this.#tcp]) {
			server.listen(0, "127.0.0.1");
			await once(server, "listening");
		}
	}

	get httpPort(): number {
		return (this.#http1.address() as AddressInfo).port;
	}

	get httpsPort(): number {
		return (this.#tcp.address() as AddressInfo).port;
	}

	get requests(): readonly Readonly<SeenRequest>[] {
		return this.#requests;
	}

	/** By host name. A connection counts once its host is known: by the ClientHello, or by its first request. */
	get mostConnectionsAtOnce(): ReadonlyMap<string, number> {
		return this.#mostConnections;
	}

	get mostHostsAtOnce(): number {
		return this.#mostHosts;
	}

	/** What TLS needs to know takes effect with the next connection, everything else with the next request. */
	setSite(hostName: string, changes: Partial<Omit<FrontEndSite, "hostName">>): void {
		const site = this.#sites.get(hostName.toLowerCase());
		if (site === undefined) throw new Error(`There is no site ${hostName}`);
		this.#sites.set(site.hostName, { ...site, ...changes });
	}

	/** Breaks off what is under way. */
	async close(): Promise<void> {
		const closed = [this.#http1, this.#tcp].map((server) => once(server.close(), "close"));
		this.#http1.closeAllConnections();
		for (const socket of this.#sockets) socket.destroy();
		await Promise.all(closed);
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	/** By SNI alone, Node can choose a certificate, but neither versions nor whether to ask for one of the client: so each site has a server. */
	#chooseSite(socket: Socket): void {
		let received = Buffer.alloc(0);
		const read = (chunk: Buffer) => {
			received = Buffer.concat([received, chunk]);
			const name = readServerName(received);
			if (name === undefined) return;
			socket.off("data", read);
			const site = this.#sites.get(name);
			if (site !== undefined) this.#count(site.hostName, socket);
			if (site === undefined || site.fault === "resets") {
				socket.resetAndDestroy();
			} else if (site.fault === "hangs-before-tls") {
				// Unread, its end would not be noticed.
				socket.resume();
			} else {
				socket.pause();
				socket.unshift(received);
				this.#tlsServerOf(site).emit("connection", site.fault === "fails-handshake" ? lingering(socket) : socket);
			}
		};
		this.#sockets.add(socket);
		socket
			.on("data", read)
			.on("error", () => {})
			.once("close", () => this.#sockets.delete(socket));
	}

	#tlsServerOf(site: FrontEndSite): TlsServer {
		const made = this.#tlsServers.get(site);
		if (made !== undefined) return made;
		const insists = site.fault === "fails-handshake";
		const cutsOff = site.fault === "cuts-off";
		const asksEverybody = site.clientCert === "Required" && site.exclusionPaths.length === 0;
		const server = createTlsServer({
			...site.certificate,
			minVersion: `TLSv${site.minTlsVersion}`,
			maxVersion: `TLSv${site.maxTlsVersion}`,
			ALPNProtocols: site.http20 ? ["h2", "http/1.1"] : ["http/1.1"],
			requestCert: insists || cutsOff || asksEverybody || site.clientCert === "Optional",
			rejectUnauthorized: insists,
			...(insists && { SNICallback: acceptAnyCertificate }),
			// Else a client resumes its session in the renegotiation, and gives no certificate.
			secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
		});
		server.on("secureConnection", (socket) => {
			if (cutsOff && socket.getPeerX509Certificate() === undefined) {
				socket.destroy();
				return;
			}
			this.#uncountAtEndOf(socket);
			(socket.alpnProtocol === "h2" ? this.#http2 : this.#http1).emit("connection", socket);
		});
		this.#tlsServers.set(site, server);
		return server;
	}

	#count(hostName: string, socket: Socket): void {
		if (socket.remotePort === undefined || this.#connections.has(socket.remotePort)) return;
		this.#connections.set(socket.remotePort, { hostName });
		this.#uncountAtEndOf(socket);
		const open = [...this.#connections.values()].map((connection) => connection.hostName);
		const same = open.filter((other) => other === hostName).length;
		this.#mostConnections.set(hostName, Math.max(this.#mostConnections.get(hostName) ?? 0, same));
		this.#mostHosts = Math.max(this.#mostHosts, new Set(open).size);
	}

	/** A caller that has closed one connection may open the next before the socket of the first is closed here. */
	#uncountAtEndOf(socket: Socket): void {
		const { remotePort = 0 } = socket;
		const connection = this.#connections.get(remotePort);
		const uncount = () => {
			if (this.#connections.get(remotePort) === connection) this.#connections.delete(remotePort);
		};
		socket.once("end", uncount).once("close", uncount);
	}

	#receive(request: Incoming, response: Outgoing): void {
		// A caller may go away at any time.
		this.#process(request, response).catch(() => response.destroy());
	}

	async #process(request: Incoming, response: Outgoing): Promise<void> {
		const { socket, headers, method = "", url = "" } = request;
		const tls = socket instanceof TLSSocket ? socket : null;
		const authority = headers[":authority"] ?? headers.host ?? "";
		const seen: SeenRequest = {
			hostName: String(authority).toLowerCase().replace(/:\d+$/, ""),
			scheme: tls === null ? "http" : "https",
			method,
			path: url,
			httpVersion: request.httpVersionMajor === 2 ? "2" : "1.1",
			tls: tls && (tls.getProtocol() === "TLSv1.3" ? "1.3" : "1.2"),
			hasCertificate: tls?.getPeerX509Certificate() !== undefined,
			userAgent: headers["user-agent"] ?? null,
			bodyBytes: 0,
		};
		this.#requests.push(seen);
		const site = this.#sites.get(seen.hostName);
		if (tls === null && site !== undefined) this.#count(site.hostName, socket);
		for await (const chunk of request) seen.bodyBytes += chunk.length;

		const isRead = (method === "GET" || method === "HEAD") && seen.bodyBytes === 0;
		if (!isRead) return send(response, page(405, "Method Not Allowed", "Nobody is to send this to a site."));
		if (site === undefined || (tls !== null && tls.servername !== seen.hostName)) {
			return send(response, page(404, "Web Site not found", "There is no such site."));
		}
		if (site.fault === "hangs-before-response") return;
		if (site.fault === "resets") {
			if (tls === null) socket.resetAndDestroy();
			else tls.destroy();
			return;
		}
		send(response, await this.#answer(site, request, tls, seen));
	}

	async #answer(site: FrontEndSite, request: Incoming, tls: TLSSocket | null, seen: SeenRequest): Promise<Answer> {
		const outcome = answerInPlaceOf(site);
		if (outcome !== undefined) return outcome;
		if (tls === null && site.httpsOnly) {
			const location = `https://${site.hostName}${seen.path}`;
			return { status: 301, reason: "Moved Permanently", headers: { location }, body: "" };
		}
		if (tls !== null && !(await this.#letsIn(site, tls, seen))) return certificateRequired;

		const headers = new Headers(headersOf(request).filter(([name]) => !ownHeaders.has(name.toLowerCase())));
		headers.set("x-forwarded-proto", seen.scheme);
		const certificate = tls?.getPeerX509Certificate();
		if (certificate !== undefined) headers.set("x-arr-clientcert", certificate.raw.toString("base64"));
		seen.hasCertificate = certificate !== undefined;
		const url = `${seen.scheme}://${site.hostName}${seen.path}`;
		const response = await site.app(new Request(url, { method: seen.method, headers }));
		const { status, statusText: reason } = response;
		const body = Buffer.from(await response.arrayBuffer());
		return { status, ...(reason !== "" && { reason }), headers: Object.fromEntries(response.headers), body };
	}

	async #letsIn(site: FrontEndSite, tls: TLSSocket, { path, httpVersion, tls: version }: SeenRequest) {
		if (site.clientCert !== "Required" || isExcluded(path, site.exclusionPaths)) return true;
		if (site.exclusionPaths.length > 0 && tls.getPeerX509Certificate() === undefined) {
			if (httpVersion === "2" || version === "1.3") return site.withoutRenegotiation === "open";
			await this.#renegotiate(tls);
		}
		return tls.getPeerX509Certificate() !== undefined;
	}

	/** Asks for the client's certificate, once for each connection. */
	#renegotiate(tls: TLSSocket): Promise<void> {
		const begun = this.#renegotiations.get(tls);
		if (begun !== undefined) return begun;
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		tls.once("close", () => reject(new Error("The caller broke off")));
		tls.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) => (error ? reject(error) : resolve()));
		this.#renegotiations.set(tls, promise);
		return promise;
	}
}

/**
 * Node breaks off after the handshake when it cannot verify the certificate; to break off within it when there is none is up to
 * OpenSSL, which goes on doing so.
 */
function acceptAnyCertificate(this: unknown, _name: string, callback: (error: null) => void): void {
	(this as { _rejectUnauthorized: boolean })._rejectUnauthorized = false;
	callback(null);
}

/**
 * A socket that ends instead of closing at once. By TLS 1.3, a client sends its request before it can know that it was turned away:
 * it would be answered by a reset, on which the client may miss the alert.
 */
function lingering(socket: Socket): Duplex {
	const outer = new Duplex({
		read: () => socket.resume(),
		write: (chunk, _encoding, done) => socket.write(chunk, done),
		final: (done) => socket.end(done),
		destroy: (error, done) => {
			socket.end().resume();
			done(error);
		},
	});
	socket.on("data", (chunk) => outer.push(chunk)).once("end", () => outer.push(null));
	socket.once("close", () => outer.destroy());
	return outer;
}

/** The name in a ClientHello, in lower case: undefined while there is more to come, empty where there is none. */
function readServerName(received: Buffer): string | undefined {
	const fragments: Buffer[] = [];
	for (let at = 0; at + 5 <= received.length; ) {
		const isHandshake = received[at] === 22;
		if (!isHandshake) return "";
		const end = at + 5 + received.readUInt16BE(at + 3);
		fragments.push(received.subarray(at + 5, end));
		at = end;
	}
	const hello = Buffer.concat(fragments);
	if (hello.length < 4 || hello.length < 4 + hello.readUIntBE(1, 3)) return undefined;

	const skip = (at: number, lengthBytes: number) => at + lengthBytes + hello.readUIntBE(at, lengthBytes);
	const sessionId = 38;
	const cipherSuites = skip(sessionId, 1);
	const compressionMethods = skip(cipherSuites, 2);
	const extensions = skip(compressionMethods, 1);
	for (let at = extensions + 2; at + 4 <= hello.length; at = skip(at + 2, 2)) {
		const isServerName = hello.readUInt16BE(at) === 0;
		if (isServerName) return hello.toString("latin1", at + 9, skip(at + 7, 2)).toLowerCase();
	}
	return "";
}

/** By what the path means: without dots and encoding. */
function isExcluded(target: string, exclusionPaths: readonly string[]): boolean {
	const path = decode(new URL(`https://localhost${target}`).pathname);
	return exclusionPaths.some((start) => path.toLowerCase().startsWith(start.toLowerCase()));
}

/** Headers that a caller may write, and the app never gets from it. */
const ownHeaders = new Set(["x-arr-clientcert", "x-forwarded-proto", "connection", "keep-alive", "upgrade"]);

function headersOf({ rawHeaders }: Incoming): [string, string][] {
	const pairs = rawHeaders.flatMap((name, index): [string, string][] =>
		index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""]] : [],
	);
	return pairs.filter(([name]) => !name.startsWith(":"));
}

function send(response: Outgoing, { status, reason, headers, body }: Answer): void {
	const all = { ...headers, "content-length": Buffer.byteLength(body) };
	if (response instanceof Http2ServerResponse) response.writeHead(status, all).end(body);
	else response.writeHead(status, reason, all).end(body);
}

function page(status: number, title: string, text: string): Answer {
	const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
	return { status, headers: { "content-type": "text/html" }, body };
}

const certificateRequired: Answer = {
	...page(403, "Error 403 - Forbidden", "A client certificate is required to reach this web app."),
	reason: "Forbidden",
};

/**
 * Sources: https://github.com/microsoft/clarity/issues/1133 (Ip Forbidden),
 * https://github.com/tfsaggregator/tfsaggregator-webhooks/issues/25 (Site Disabled),
 * https://kevinlocke.name/bits/2018/09/05/azure-kudu-error-403-without-referer (its page)
 */
function answerInPlaceOf({ fault }: FrontEndSite): Answer | undefined {
	if (fault === "ip-forbidden") {
		const blocked = "The web app you have attempted to reach has blocked your access.";
		const answer = page(403, "Error 403 - Forbidden", blocked);
		return { ...answer, reason: "Ip Forbidden", headers: { ...answer.headers, "x-ms-forbidden-ip": "127.0.0.1" } };
	}
	if (fault === "stopped") {
		const stopped = "The web app you have attempted to reach is currently stopped and does not accept any requests.";
		return { ...page(403, "Error 403 - This web app is stopped.", stopped), reason: "Site Disabled" };
	}
	return fault === "unavailable" ? page(503, "Service Unavailable", "The service is unavailable.") : undefined;
}
