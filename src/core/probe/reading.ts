/** One way to speak TLS and HTTP; each is tried by itself. */
export interface Protocol {
	readonly tls: "1.2" | "1.3";
	readonly http: "1.1" | "2";
}

export const protocols: readonly Protocol[] = [
	{ tls: "1.2", http: "1.1" },
	{ tls: "1.3", http: "1.1" },
	{ tls: "1.2", http: "2" },
	{ tls: "1.3", http: "2" },
];

export function nameProtocol({ http, tls }: Protocol): string {
	return `HTTP/${http} with TLS ${tls}`;
}

/** What came back of one request. */
export type Answer =
	| HttpAnswer
	/** The server broke off the TLS handshake and said so. */
	| { readonly came: "alert"; readonly reason: string }
	/** Nobody listens there. */
	| { readonly came: "refusal" }
	/** The server ended the connection without a word. */
	| { readonly came: "cut-off" }
	/** No answer, or none that could be read. */
	| { readonly came: "nothing"; readonly reason: string };

export interface HttpAnswer {
	readonly came: "response";
	readonly status: number;
	readonly location: string | null;
	/** Why it says nothing of the settings; null where it does. */
	readonly blocker: string | null;
	/** Of 403: by which two pages are told apart, without what changes from request to request. Else empty. */
	readonly page: string;
}

/** What came back of one request by https. */
export interface Reply {
	readonly protocol: Protocol;
	readonly withCertificate: boolean;
	readonly path: string;
	readonly answer: Answer;
}

/** The certificate that a host serves. */
export interface ServedCertificate {
	/** Upper-case hexadecimal SHA-1. */
	readonly thumbprint: string;
	readonly namesHost: boolean;
	readonly validFrom: Date;
	readonly expiresAt: Date;
	/** Why it does not chain to a root that is trusted; null where it does. */
	readonly distrust: string | null;
}

/** What a host said when it was asked. */
export interface HostReading {
	readonly hostName: string;
	/** Why no more was asked; null when it was asked all but the last paths. */
	readonly stopReason: string | null;
	/** Why not all of the last paths were asked for; null when they were. */
	readonly pathsStopReason: string | null;
	/** By plain http; null where it was not asked. */
	readonly plainHttp: Answer | null;
	/** Without those of the protocols that the host does not speak. */
	readonly replies: readonly Reply[];
	/** Null where no handshake came to its end. */
	readonly served: ServedCertificate | null;
}

/** What a site said at its door; `asked: false`: nobody went there, or could. */
export type ProbeReading =
	| { readonly probed: true; readonly hosts: readonly HostReading[] }
	| { readonly probed: false; readonly reason: string };

export const notProbed: ProbeReading = { probed: false, reason: "nobody asked at its door" };

/** A host that was not asked, or not to the end. */
export function unprobed(hostName: string, stopReason: string): HostReading {
	return { hostName, stopReason, pathsStopReason: stopReason, plainHttp: null, replies: [], served: null };
}

/** Folds an HTTP response into an answer. `body` may be cut. */
export function readResponse(
	path: string,
	response: {
		readonly status: number;
		readonly location: string | null;
		readonly contentType: string | null;
		/** Whether the header `x-ms-forbidden-ip` is there. */
		readonly forbidsAddress: boolean;
		readonly body: string;
	},
): HttpAnswer {
	const { status, location, contentType, forbidsAddress, body } = response;
	const page = status === 403 ? `${contentType ?? ""}\n${withoutIncidents(body, path)}` : "";
	return { came: "response", status, location, blocker: findBlocker(status, forbidsAddress, body), page };
}

const longestPage = 2000;

/** A page may name the path, the time or the request: words with a digit go. */
function withoutIncidents(body: string, path: string): string {
	const words = body.replaceAll(path, "").replaceAll("/", "").split(/\s+/);
	return words
		.filter((word) => !/\d/.test(word))
		.join(" ")
		.slice(0, longestPage);
}

/** 408 and 421 are of the connection, 495 and 496 a proxy's words for a client certificate, the others of a server in trouble. */
const silent = new Set([408, 421, 429, 495, 496, 502, 503, 504]);

/**
 * What App Service answers whatever the client-certificate settings are, and what comes of a server that is overloaded or down.
 * Sources: https://github.com/microsoft/clarity/issues/1133 (403 with x-ms-forbidden-ip),
 * https://kevinlocke.name/bits/2018/09/05/azure-kudu-error-403-without-referer (the page of a stopped app).
 */
function findBlocker(status: number, forbidsAddress: boolean, body: string): string | null {
	if (status === 403 && forbidsAddress) {
		return "it answered 403 because of its access restrictions (x-ms-forbidden-ip): from here, the door itself cannot be seen";
	}
	if (status === 403 && /web app is stopped/i.test(body)) return "it answered 403 because the web app is stopped";
	if (silent.has(status)) return `it answered ${status}, which tells nothing of who may come in`;
	return null;
}
