import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { Duplex, Readable } from "node:stream";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { type HttpAnswer, type Protocol, readResponse, type ServedCertificate } from "../core/probe/reading.ts";
import { type Address, lookupIn } from "./addresses.ts";

/** Where one host answers. */
export interface Target {
	/** As it is called, in SNI and in the request. */
	readonly hostName: string;
	/** Where to connect to. */
	readonly host: string;
	readonly port: number;
	readonly addresses: readonly Address[];
	readonly userAgent: string;
}

/** One protocol to one host, over one connection at a time. */
export interface Channel {
	/** Throws Node's errors, and `ProtocolError` where the server picked another protocol. */
	get(path: string, signal: AbortSignal): Promise<HttpAnswer>;
	/** Connects and asks nothing. */
	shakeHands(signal: AbortSignal): Promise<void>;
	served(): ServedCertificate | null;
	/** Whether the server agreed to the last handshake: it had shown its certificate, and could ask for one. */
	hasAgreed(): boolean;
	close(): void;
}

/** The server does not speak HTTP/2. */
class ProtocolError extends Error {
	override readonly name = "ProtocolError";
	readonly code = "NO_APPLICATION_PROTOCOL";
}

export function openChannel(target: Target, protocol: Protocol, secureContext: SecureContext): Channel {
	let served: ServedCertificate | null = null;
	let hasAgreed = false;
	const connectTls = (): TLSSocket => {
		hasAgreed = false;
		const socket = connect({
			host: target.host,
			port: target.port,
			servername: target.hostName,
			lookup: lookupIn(target.addresses),
			secureContext,
			ALPNProtocols: [protocol.http === "2" ? "h2" : "http/1.1"],
			// What it serves is judged, not insisted on: a door with a wrong certificate is open all the same.
			rejectUnauthorized: false,
			checkServerIdentity: () => undefined,
		});
		// What comes behind the end of a handshake can fail when nobody waits any more: that must not end the process.
		socket.on("error", () => {});
		// OpenSSL tells its first secret once the server's part of the handshake is there.
		socket.once("keylog", () => {
			hasAgreed = true;
		});
		return socket.once("secureConnect", () => {
			served ??= readServed(socket, target.hostName);
		});
	};
	const { get, close } = protocol.http === "2" ? openHttp2(target, connectTls) : openHttp1(target, connectTls);
	return {
		get,
		async shakeHands(signal) {
			const socket = connectTls();
			await once(socket, "secureConnect", { signal }).finally(() => socket.destroy());
		},
		served: () => served,
		hasAgreed: () => hasAgreed,
		close,
	};
}

/** Plain http, by one request. */
export async function getPlainly(target: Target, path: string, signal: AbortSignal): Promise<HttpAnswer> {
	const { host, port, addresses } = target;
	const connection = { host, port, lookup: lookupIn(addresses), agent: false as const };
	return receive(http.request({ ...connection, ...describeRequest(target, path), signal }).end(), path);
}

function describeRequest({ hostName, userAgent }: Target, path: string) {
	const headers = { host: hostName, "user-agent": userAgent, accept: "*/*" };
	return { method: "GET", path: encodePath(path), headers, setHost: false } as const;
}

function openHttp1(target: Target, connectTls: () => TLSSocket): Pick<Channel, "get" | "close"> {
	const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
	agent.createConnection = connectTls;
	const ask = (path: string, signal: AbortSignal) =>
		https.request({ ...describeRequest(target, path), agent, signal }).end();
	return {
		async get(path, signal) {
			const request = ask(path, signal);
			try {
				return await receive(request, path);
			} catch (error) {
				// A server may close a connection in the very moment in which it is used again.
				const isStale = request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
				if (!isStale || signal.aborted) throw error;
				return receive(ask(path, signal), path);
			}
		},
		close: () => agent.destroy(),
	};
}

async function receive(request: http.ClientRequest, path: string): Promise<HttpAnswer> {
	const [response] = (await once(request, "response")) as [http.IncomingMessage];
	const { location = null, "content-type": contentType = null, "x-ms-forbidden-ip": address } = response.headers;
	const status = response.statusCode ?? 0;
	const body = await readPage(status, response);
	return readResponse(path, { status, location, contentType, forbidsAddress: address !== undefined, body });
}

function openHttp2(target: Target, connectTls: () => TLSSocket): Pick<Channel, "get" | "close"> {
	const { hostName, userAgent } = target;
	let session: http2.ClientHttp2Session | undefined;
	const open = async (signal: AbortSignal): Promise<http2.ClientHttp2Session> => {
		const socket = connectTls();
		try {
			await once(socket, "secureConnect", { signal });
			if (socket.alpnProtocol !== "h2") throw new ProtocolError("The server does not speak HTTP/2");
		} catch (error) {
			socket.destroy();
			throw error;
		}
		const opened = http2.connect(`https://${hostName}`, { createConnection: () => socket as Duplex });
		// What goes wrong shows at the request.
		return opened.on("error", () => {});
	};
	return {
		async get(path, signal) {
			if (session === undefined || session.closed || session.destroyed) session = await open(signal);
			const stream = session.request(
				{ ":method": "GET", ":path": encodePath(path), "user-agent": userAgent, accept: "*/*" },
				{ endStream: true, signal },
			);
			const [headers] = await Promise.race([once(stream, "response"), failAtEndOf(stream)]);
			const { location = null, "content-type": contentType = null, "x-ms-forbidden-ip": address } = headers;
			const status = Number(headers[":status"]);
			const body = await readPage(status, stream);
			return readResponse(path, { status, location, contentType, forbidsAddress: address !== undefined, body });
		},
		close: () => session?.destroy(),
	};
}

/** A stream can close without a response, and without an error. */
async function failAtEndOf(stream: http2.ClientHttp2Stream): Promise<[http2.IncomingHttpHeaders]> {
	await once(stream, "close");
	throw Object.assign(new Error("The stream was closed without a response"), { code: "ECONNRESET" });
}

const mostBytes = 16_384;

/** For how long more of a page is waited for, once its status is there. */
const pageMs = 1000;

/** The beginning of a page of 403: enough to tell such pages apart. Of others the status is all, however long they go on. */
async function readPage(status: number, stream: Readable): Promise<string> {
	if (status !== 403) {
		stream.on("error", () => {}).destroy();
		return "";
	}
	const timer = setTimeout(() => stream.destroy(), pageMs);
	return await readSome(stream).finally(() => clearTimeout(timer));
}

/** What breaks off is as good as ended. */
async function readSome(stream: Readable): Promise<string> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			chunks.push(chunk);
			bytes += chunk.length;
			if (bytes >= mostBytes) break;
		}
	} catch {
		// The status has been told by then.
	}
	return Buffer.concat(chunks).toString("utf8", 0, mostBytes);
}

/** As it goes into a request line; what is encoded already stays so. */
function encodePath(path: string): string {
	return encodeURI(path.toWellFormed())
		.replaceAll(/%25([\dA-Fa-f]{2})/g, "%$1")
		.replaceAll("#", "%23");
}

function readServed(socket: TLSSocket, hostName: string): ServedCertificate | null {
	const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
	if (certificate === undefined) return null;
	const { validFromDate, validToDate } = certificate;
	if (Number.isNaN(validFromDate.getTime() + validToDate.getTime())) return null;
	return {
		thumbprint: certificate.fingerprint.replaceAll(":", "").toUpperCase(),
		namesHost: certificate.checkHost(hostName, { subject: "never" }) !== undefined,
		validFrom: validFromDate,
		expiresAt: validToDate,
		distrust: socket.authorizationError ? String(socket.authorizationError) : null,
	};
}
