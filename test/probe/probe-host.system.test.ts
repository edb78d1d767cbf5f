import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, createSecureServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect as connectTcp, createServer, type Server } from "node:net";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createSecureContext, createServer as createTlsServer, type TLSSocket } from "node:tls";
import packageJson from "../../package.json" with { type: "json" };
import type { ProbePlan } from "../../src/core/probe/plan.ts";
import { type HostReading, nameProtocol } from "../../src/core/probe/reading.ts";
import { nameAnswer } from "../../src/core/probe/verdict.ts";
import { connectProbes } from "../../src/probe/connect.ts";
import { type FrontEndSite, startFrontEnd } from "../support/front-end/front-end.ts";
import {
	type FrontEnd,
	type HostCertificates,
	issueHostCertificates,
	leadTo,
} from "../support/front-end/sample-hosts.ts";

const hostName = "app.azurewebsites.net";
const all: ProbePlan = { plainHttp: true, paths: ["/", "/health"], pathsWithCertificate: ["/"], lastPaths: [] };

describe("asking a host at its door", () => {
	let certificates: HostCertificates;
	let front: FrontEnd;
	before(async () => {
		certificates = await issueHostCertificates();
	});
	beforeEach(async () => {
		front = await startFrontEnd([
			{ hostName, certificate: certificates.host.pair, http20: true, clientCert: "Required" },
		]);
	});
	afterEach(() => front.close());

	const ask = (
		changes: Partial<FrontEndSite> = {},
		{ plan = all, name = hostName, timeoutMs = 5000 }: { plan?: ProbePlan; name?: string; timeoutMs?: number } = {},
	): Promise<HostReading> => {
		front.setSite(hostName, changes);
		return leadTo(front, certificates, certificates.client, timeoutMs).probeHost(name, plan);
	};
	/** What came back, in short: `/ by HTTP/1.1 with TLS 1.2: 403`, a plus for a certificate. */
	const notified = ({ replies }: HostReading) =>
		replies.map(({ path, protocol, withCertificate, answer }) => {
			return `${withCertificate ? "+" : ""}${path} by ${nameProtocol(protocol)}: ${nameAnswer(answer)}`;
		});
	const answersOf = (host: HostReading) =>
		Object.fromEntries(
			["/", "/health", "+/"].map((sent) => [
				sent,
				host.replies
					.filter(({ path, withCertificate }) => `${withCertificate ? "+" : ""}${path}` === sent)
					.map(({ answer }) => nameAnswer(answer))
					.join(" "),
			]),
		);

	it("tries each protocol without a certificate, then plain http, then with one", async () => {
		const host = await ask();
		assert.deepEqual(notified(host), [
			"/ by HTTP/1.1 with TLS 1.2: 403",
			"/health by HTTP/1.1 with TLS 1.2: 403",
			"/ by HTTP/1.1 with TLS 1.3: 403",
			"/health by HTTP/1.1 with TLS 1.3: 403",
			"/ by HTTP/2 with TLS 1.2: 403",
			"/health by HTTP/2 with TLS 1.2: 403",
			"/ by HTTP/2 with TLS 1.3: 403",
			"/health by HTTP/2 with TLS 1.3: 403",
			"+/ by HTTP/1.1 with TLS 1.2: 200",
			"+/ by HTTP/1.1 with TLS 1.3: 200",
			"+/ by HTTP/2 with TLS 1.2: 200",
			"+/ by HTTP/2 with TLS 1.3: 200",
		]);
		assert.equal(host.stopReason, null);
		assert.ok(host.plainHttp?.came === "response");
		assert.deepEqual([host.plainHttp.status, host.plainHttp.location], [301, `https://${hostName}/`]);
		assert.deepEqual(
			front.requests.map(({ scheme }) => scheme),
			[...Array(8).fill("https"), "http", ...Array(4).fill("https")],
		);
	});

	it("gives the certificate in a renegotiation, where a request has to be there first", async () => {
		const host = await ask({ exclusionPaths: ["/health"], http20: false, maxTlsVersion: "1.2" });
		assert.deepEqual(answersOf(host), { "/": "403", "/health": "200", "+/": "200" });
	});

	it("sees by which protocols the certificate cannot be asked for, and whether the door is open there", async () => {
		const closed = await ask({ exclusionPaths: ["/health"], withoutRenegotiation: "closed" });
		assert.deepEqual(answersOf(closed), {
			"/": "403 403 403 403",
			"/health": "200 200 200 200",
			"+/": "200 403 403 403",
		});
		const open = await ask({ exclusionPaths: ["/health"], withoutRenegotiation: "open" });
		assert.deepEqual(answersOf(open), {
			"/": "403 200 200 200",
			"/health": "200 200 200 200",
			"+/": "200 200 200 200",
		});
	});

	it("leaves out the protocols that the host does not speak", async () => {
		const spoken = async (changes: Partial<FrontEndSite>) => {
			const { replies, stopReason } = await ask({
				http20: false,
				minTlsVersion: "1.2",
				maxTlsVersion: "1.3",
				...changes,
			});
			assert.equal(stopReason, null);
			return [...new Set(replies.map(({ protocol }) => nameProtocol(protocol)))];
		};
		assert.deepEqual(await spoken({}), ["HTTP/1.1 with TLS 1.2", "HTTP/1.1 with TLS 1.3"]);
		assert.deepEqual(await spoken({ minTlsVersion: "1.3" }), ["HTTP/1.1 with TLS 1.3"]);
		assert.deepEqual(await spoken({ maxTlsVersion: "1.2", http20: true }), [
			"HTTP/1.1 with TLS 1.2",
			"HTTP/2 with TLS 1.2",
		]);
	});

	it("takes a handshake that fails for want of a certificate for a closed door", async () => {
		const host = await ask({ fault: "fails-handshake", clientCert: "Ignore" });
		const failed = "a failed handshake";
		assert.deepEqual(answersOf(host), {
			"/": Array(4).fill(failed).join(" "),
			"/health": Array(4).fill(failed).join(" "),
			"+/": "200 200 200 200",
		});
	});

	it("sends nothing with a certificate where there is none", async () => {
		const host = await leadTo(front, certificates).probeHost(hostName, all);
		assert.ok(host.replies.length > 0 && host.replies.every(({ withCertificate }) => !withCertificate));
	});

	it("reads the certificate that is served, whatever it is worth", async () => {
		const read = async (certificate: FrontEndSite["certificate"]) => (await ask({ certificate })).served;
		const { host, expired, otherName, bySubject, untrusted } = certificates;
		const good = await read(host.pair);
		assert.deepEqual(
			{ ...good, validFrom: null, expiresAt: null },
			{ thumbprint: host.thumbprint, namesHost: true, validFrom: null, expiresAt: null, distrust: null },
		);
		assert.ok(((await read(expired.pair))?.expiresAt ?? 0) < new Date());
		assert.equal((await read(otherName.pair))?.namesHost, false);
		assert.equal((await read(bySubject.pair))?.namesHost, false);
		assert.equal((await read(untrusted.pair))?.distrust, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
	});

	it("trusts the public roots, too, where another is given, and no other where none is", async () => {
		const connectTo = [{ fromHost: null, fromPort: 443, toHost: "127.0.0.1", toPort: front.httpsPort }];
		const { served } = await connectProbes({ identity: null, authorities: [], connectTo }).probeHost(hostName, all);
		assert.equal(served?.distrust, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
	});

	it("shakes hands and asks nothing where there is nothing to ask", async () => {
		const { served, replies } = await ask(
			{},
			{ plan: { plainHttp: false, paths: [], pathsWithCertificate: [], lastPaths: [] } },
		);
		assert.equal(served?.thumbprint, certificates.host.thumbprint);
		assert.deepEqual([replies, front.requests], [[], []]);
	});

	it("is polite: GET without a body, by its name, over one connection at a time", async () => {
		await ask();
		const agents = new Set(front.requests.map(({ userAgent }) => userAgent));
		assert.deepEqual([...agents], [`mtls-drift/${packageJson.version} (+${packageJson.homepage})`]);
		assert.ok(front.requests.every(({ method, bodyBytes }) => method === "GET" && bodyBytes === 0));
		assert.equal(front.mostConnectionsAtOnce.get(hostName), 1);
	});

	it("follows no redirect", async () => {
		const location = "https://login.fabrikam.com/";
		const host = await ask({
			clientCert: "Ignore",
			app: async () => new Response(null, { status: 302, headers: { location } }),
		});
		assert.equal(answersOf(host)["/"], "302 302 302 302");
		assert.deepEqual(new Set(front.requests.map((request) => request.hostName)), new Set([hostName]));
	});

	it("reads no more of a body than it takes to tell pages apart", async () => {
		const page = async (body: string) => {
			const app = async () => new Response(body, { status: 403, headers: { "content-type": "text/plain" } });
			const [reply] = (await ask({ clientCert: "Ignore", app })).replies;
			return reply?.answer.came === "response" ? reply.answer.page : assert.fail();
		};
		assert.ok((await page("no ".repeat(1_000_000))).length < 20_000);
		assert.equal(await page("go away, request 4711"), await page("go away, request 4712"));
	});

	it("asks for paths as they are, whatever is in them", async () => {
		const paths = ["/a b", "/ü", "/100%", "/a%20b", "/a#b", "/a?b=c", "//fabrikam.com/x", "/../up", "/\ud800"];
		await ask({ http20: true }, { plan: { plainHttp: false, paths, pathsWithCertificate: [], lastPaths: [] } });
		const expected = [
			"/a%20b",
			"/%C3%BC",
			"/100%25",
			"/a%20b",
			"/a%23b",
			"/a?b=c",
			"//fabrikam.com/x",
			"/../up",
			"/%EF%BF%BD",
		];
		for (const httpVersion of ["1.1", "2"]) {
			const seen = front.requests.filter((request) => request.tls === "1.3" && request.httpVersion === httpVersion);
			assert.deepEqual(
				seen.map(({ path }) => path),
				expected,
			);
		}
	});

	for (const [fault, reason, status] of [
		["ip-forbidden", /x-ms-forbidden-ip/, "403"],
		["stopped", /403 because the web app is stopped/, "403"],
		["unavailable", /answered 503/, "503"],
	] as const) {
		it(`says why an answer tells nothing: ${fault}`, async () => {
			const { replies, plainHttp, stopReason } = await ask({ fault });
			assert.equal(stopReason, null);
			for (const answer of [...replies.map((reply) => reply.answer), plainHttp]) {
				assert.ok(answer?.came === "response");
				assert.equal(String(answer.status), status);
				assert.match(answer.blocker ?? "", reason);
			}
		});
	}

	for (const fault of ["hangs-before-tls", "hangs-before-response"] as const) {
		it(`asks a host no more that has not answered in time: ${fault}`, async () => {
			const host = await ask({ fault }, { timeoutMs: 2000 });
			assert.equal(host.stopReason, "no answer within 2 s");
			assert.deepEqual([host.replies, host.plainHttp], [[], null]);
			assert.equal(front.requests.length, fault === "hangs-before-tls" ? 0 : 1);
		});
	}

	it("comes to an end with a host that answers each request just in time", async () => {
		const app = async () => {
			await delay(250);
			return new Response();
		};
		const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
		const plan = { plainHttp: true, paths, pathsWithCertificate: ["/"], lastPaths: [] };
		const host = await ask({ clientCert: "Ignore", app }, { plan, timeoutMs: 1000 });
		assert.equal(host.stopReason, "it was not done after 12 s");
		assert.ok(host.replies.length > 0 && host.replies.length < 100);
		assert.equal(host.plainHttp, null);
	});

	it("goes on where a connection is cut off", async () => {
		const { replies, stopReason, served, plainHttp } = await ask({ fault: "resets" });
		assert.deepEqual([stopReason, served], [null, null]);
		assert.deepEqual(new Set(replies.map(({ answer }) => answer.came)), new Set(["cut-off"]));
		assert.deepEqual(plainHttp, { came: "cut-off" });
	});

	it("asks anew for each path where connections are cut off, and goes on with the certificate", async () => {
		const host = await ask({ fault: "cuts-off", clientCert: "Required" });
		const four = (answer: string) => Array(4).fill(answer).join(" ");
		assert.deepEqual(answersOf(host), { "/": four("cut off"), "/health": four("cut off"), "+/": four("200") });
	});

	it("knows where nobody listens", async () => {
		const probes = leadTo(front, certificates);
		await front.close();
		const { replies, plainHttp, stopReason } = await probes.probeHost(hostName, all);
		assert.equal(stopReason, null);
		assert.deepEqual(new Set(replies.map(({ answer }) => answer.came)), new Set(["refusal"]));
		assert.deepEqual(plainHttp, { came: "refusal" });
		// The other protocols would come to the same.
		assert.equal(replies.length, all.paths.length);
	});

	it("asks nothing that is no host name, has no address, or leads where nobody is to knock", async () => {
		const wayTo = (toHost: string) =>
			connectProbes({
				identity: null,
				authorities: [],
				connectTo: [{ fromHost: null, fromPort: null, toHost, toPort: null }],
			});
		assert.match((await ask({}, { name: "127.0.0.1" })).stopReason ?? "", /no host name/);
		assert.match((await ask({}, { name: "*.contoso.com" })).stopReason ?? "", /wildcard/);
		for (const address of ["169.254.169.254", "168.63.129.16", "fe80::1", "::ffff:169.254.169.254"]) {
			const { stopReason, replies, plainHttp } = await wayTo(address).probeHost(hostName, all);
			assert.match(stopReason ?? "", /^its address .* is none of App Service/);
			assert.deepEqual([replies, plainHttp], [[], null]);
		}
		const unidentified = await wayTo("nobody.invalid").probeHost(hostName, all);
		assert.match(unidentified.stopReason ?? "", /DNS/);
	});

	it("asks nothing any more once its time is up", async () => {
		const probes = leadTo(front, certificates);
		const { stopReason } = await probes.probeHost(hostName, all, new Date(Date.now() - 1));
		assert.equal(stopReason, "the time for this scan was up");
		assert.equal(front.requests.length, 0);
	});
});

describe("asking servers of another kind", () => {
	let certificates: HostCertificates;
	before(async () => {
		certificates = await issueHostCertificates();
	});

	/** Asks what listens there, for as long as it takes. */
	async function ask(
		server: Server,
		plan: Partial<ProbePlan> = {},
		identity = certificates.client,
		timeoutMs = 60_000,
	): Promise<HostReading> {
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		const connectTo = [{ fromHost: null, fromPort: 443, toHost: "127.0.0.1", toPort: port }];
		const probes = connectProbes({ identity, authorities: [certificates.root.pem], connectTo }, timeoutMs);
		try {
			return await probes.probeHost(hostName, {
				plainHttp: false,
				paths: ["/"],
				pathsWithCertificate: ["/"],
				lastPaths: [],
				...plan,
			});
		} finally {
			server.close();
		}
	}
	const answers = ({ replies }: HostReading) =>
		replies.map(({ protocol: { http, tls }, answer }) => `${http} ${tls} ${nameAnswer(answer)}`);
	const noCertificate: ProbePlan["pathsWithCertificate"] = [];

	it("makes nothing of one that speaks no TLS", async () => {
		const server = createServer((socket) => socket.on("error", () => {}).end("HTTP/1.0 400 Bad Request\r\n\r\n"));
		const { replies, served } = await ask(server);
		assert.equal(served, null);
		assert.deepEqual(new Set(replies.map(({ answer }) => answer.came)), new Set(["nothing"]));
	});

	it("speaks no HTTP/2 to one that has not agreed to it", async () => {
		const server = createTlsServer(certificates.host.pair, (socket) => {
			socket.on("data", () => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
		});
		const host = await ask(server, { pathsWithCertificate: noCertificate });
		assert.deepEqual([answers(host), host.stopReason], [["1.1 1.2 403", "1.1 1.3 403"], null]);
	});

	/** How a server ends a request over HTTP/2 instead of answering it. */
	const endings: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
		"closes the stream": (stream) => stream.close(),
		"closes the stream with an error": (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
		"refuses the stream": (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
		"says goodbye": (stream) => stream.session?.goaway(),
		"says goodbye and ends": (stream) => stream.session?.close(),
		"ends the session": (stream) => stream.session?.destroy(),
		"ends the connection": (stream) => stream.session?.socket.destroy(),
	};
	for (const [ending, end] of Object.entries(endings)) {
		it(`comes to an end where a server ${ending} instead of answering`, { timeout: 20_000 }, async () => {
			const server = createHttp2Server({ ...certificates.host.pair, allowHTTP1: true });
			server.on("session", (session) => session.on("error", () => {}));
			server.on("stream", (stream) => {
				stream.on("error", () => {});
				end(stream);
			});
			server.on("request", (request, response) => {
				if (request.httpVersion === "1.1") response.writeHead(403).end();
			});
			const host = await ask(server, { paths: ["/", "/a"], pathsWithCertificate: noCertificate }, undefined, 5000);
			assert.deepEqual(answers(host).slice(0, 4), ["1.1 1.2 403", "1.1 1.2 403", "1.1 1.3 403", "1.1 1.3 403"]);
			const others = host.replies.slice(4);
			assert.ok(others.every(({ answer }) => answer.came !== "response"));
			assert.ok(others.length > 0 || host.stopReason !== null);
		});
	}

	/** What a server writes that speaks TLS and something like HTTP. */
	const texts: Readonly<Record<string, { readonly text: string; readonly expected: string }>> = {
		"an early hint": {
			text: "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
			expected: "403",
		},
		"a header that is too long": {
			text: `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
			expected: "no answer",
		},
		"what is no HTTP": { text: "220 mail.contoso.com ESMTP\r\n", expected: "no answer" },
		"a body that is cut off": { text: "HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nno", expected: "403" },
	};
	for (const [name, { text, expected }] of Object.entries(texts)) {
		it(`comes to an end with a server that sends ${name}`, { timeout: 20_000 }, async () => {
			const server = createTlsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (socket) => {
				socket.on("error", () => {});
				socket.once("data", () => socket.end(text));
			});
			const host = await ask(server, { pathsWithCertificate: noCertificate }, undefined, 5000);
			assert.deepEqual([answers(host), host.stopReason], [[`1.1 1.2 ${expected}`], null]);
		});
	}

	it("gives up on a server that sends a byte now and then", { timeout: 20_000 }, async () => {
		const server = createTlsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (socket) => {
			socket.write("HTTP/1.1 200 OK\r\nx: ");
			const timer = setInterval(() => socket.write("y"), 50);
			socket.on("error", () => {}).once("close", () => clearInterval(timer));
		});
		const host = await ask(server, {}, undefined, 2000);
		assert.deepEqual([answers(host), host.stopReason], [[], "no answer within 2 s"]);
	});

	it("leaves out HTTP/2 where the server wants HTTP/1.1 for that", async () => {
		const server = createHttp2Server({ ...certificates.host.pair, allowHTTP1: true });
		server.on("stream", (stream) => stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED));
		server.on("request", (request, response) => {
			if (request.httpVersion === "1.1") response.writeHead(403).end();
		});
		const host = await ask(server, { pathsWithCertificate: noCertificate });
		assert.deepEqual([answers(host), host.stopReason], [["1.1 1.2 403", "1.1 1.3 403"], null]);
	});

	it("offers no session that could be resumed in place of giving the certificate", async () => {
		const server = createHttpsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (request, response) => {
			const socket = request.socket as TLSSocket;
			socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => {
				response.writeHead(socket.getPeerX509Certificate() === undefined ? 403 : 200).end();
			});
		});
		assert.deepEqual(answers(await ask(server)), ["1.1 1.2 403", "1.1 1.2 200"]);
	});

	it("asks once more where a connection ends in the moment in which it is used again", async () => {
		const server = createTlsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (socket) => {
			let asked = 0;
			socket.on("error", () => {});
			socket.on("data", () => {
				if (asked++ > 0) socket.destroy();
				else socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
			});
		});
		const host = await ask(server, { paths: ["/", "/a", "/b"], pathsWithCertificate: noCertificate });
		assert.deepEqual(answers(host), ["1.1 1.2 403", "1.1 1.2 403", "1.1 1.2 403"]);
	});

	it("asks for the next path anew where a connection was cut off once", async () => {
		let connections = 0;
		const server = createTlsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (socket) => {
			socket.on("error", () => {});
			if (connections++ === 0) socket.destroy();
			else socket.on("data", () => socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
		});
		const host = await ask(server, { paths: ["/", "/a"], pathsWithCertificate: noCertificate });
		assert.deepEqual(answers(host), ["1.1 1.2 cut off", "1.1 1.2 403"]);
	});

	it("knows an open door by its status, however slow the page is", async () => {
		const server = createHttp2Server({ ...certificates.host.pair, allowHTTP1: true }, (_, response) => {
			response.writeHead(200);
			response.write("…");
		});
		const host = await ask(server, { pathsWithCertificate: noCertificate }, undefined, 5000);
		assert.deepEqual(
			[answers(host), host.stopReason],
			[["1.1 1.2 200", "1.1 1.3 200", "2 1.2 200", "2 1.3 200"], null],
		);
	});

	it("asks for the other paths where the handshake fails for one", async () => {
		const server = createHttpsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (request, response) => {
			if (request.url !== "/") return response.end();
			const socket = request.socket as TLSSocket;
			socket.on("error", () => {});
			// To renegotiate with a caller that must have a certificate ends in an alert.
			return socket.renegotiate({ requestCert: true, rejectUnauthorized: true }, () => {});
		});
		server.on("tlsClientError", () => {});
		const host = await ask(server, { paths: ["/", "/health"], pathsWithCertificate: noCertificate }, undefined, 3000);
		assert.deepEqual(answers(host).slice(1), ["1.1 1.2 200"]);
	});

	it("outlives bytes that are no TLS right behind a handshake", async () => {
		const server = createTlsServer(certificates.host.pair, (socket) => socket.on("error", () => {}));
		server.on("tlsClientError", () => {});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const noTls = Buffer.concat([Buffer.from([0x17, 3, 3, 0, 40]), Buffer.alloc(40, 7)]);
		for (const paths of [[], ["/"]]) {
			const between = createServer((outer) => {
				const inner = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
				for (const socket of [outer, inner]) socket.on("error", () => {});
				outer.once("close", () => inner.destroy()).pipe(inner);
				inner.once("data", (first) => {
					outer.write(Buffer.concat([first, noTls]));
					inner.pipe(outer);
				});
			});
			// An error that nobody hears would end the test, as it would end a worker.
			const host = await ask(between, { paths, pathsWithCertificate: noCertificate }, undefined, 2000);
			assert.ok(host.replies.every(({ answer }) => answer.came !== "response"));
		}
		server.close();
	});

	it("leaves what an app lets wait for last", async () => {
		const server = createHttp2Server({ ...certificates.host.pair, allowHTTP1: true }, (request, response) => {
			if (request.url === "/") response.writeHead(403).end();
		});
		const lastPaths = ["/health", "/jobs"];
		const host = await ask(server, { pathsWithCertificate: noCertificate, lastPaths }, undefined, 3000);
		assert.deepEqual(answers(host), ["1.1 1.2 403", "1.1 1.3 403", "2 1.2 403", "2 1.3 403"]);
		assert.deepEqual([host.stopReason, host.pathsStopReason], [null, "no answer within 3 s"]);
	});

	it("takes no certificate for missing where the server has none of its own to show", async () => {
		const server = createTlsServer({ maxVersion: "TLSv1.2" });
		server.on("tlsClientError", () => {});
		const { replies } = await ask(server, { pathsWithCertificate: noCertificate });
		assert.ok(replies.length > 0);
		for (const { answer } of replies) {
			assert.deepEqual(answer, { came: "nothing", reason: "it broke off the TLS handshake with alert 40" });
		}
	});

	it("looks anew at each connection whether the server had shown its certificate", async () => {
		let connections = 0;
		const { cert, key } = certificates.host.pair;
		const contexts = [createSecureContext({ cert, key }), createSecureContext()];
		const server = createHttpsServer(
			{ maxVersion: "TLSv1.2", SNICallback: (_, done) => done(null, contexts[Math.min(connections++, 1)]) },
			(_, response) => response.writeHead(403, { connection: "close" }).end(),
		);
		server.on("tlsClientError", () => {});
		const { replies } = await ask(server, { paths: ["/", "/a"], pathsWithCertificate: noCertificate });
		assert.deepEqual(replies.map(({ answer }) => answer.came).slice(0, 2), ["response", "nothing"]);
	});

	it("leaves out HTTP/2 for what the server wants HTTP/1.1 for, and asks for the rest by it", async () => {
		const server = createHttp2Server(certificates.host.pair);
		server.on("stream", (stream: ServerHttp2Stream, { ":path": path }) => {
			stream.on("error", () => {});
			if (path === "/") stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
			else if (path === "/gone") stream.session?.goaway(constants.NGHTTP2_HTTP_1_1_REQUIRED);
			else stream.respond({ ":status": 200 }, { endStream: true });
		});
		server.on("sessionError", () => {});
		const paths = { paths: ["/", "/gone", "/health"], pathsWithCertificate: noCertificate, lastPaths: ["/jobs"] };
		const notifiedOf = async (plan: Partial<ProbePlan>) =>
			(await ask(server, plan, undefined, 3000)).replies.map(({ path, answer }) => `${path} ${nameAnswer(answer)}`);
		assert.deepEqual(await notifiedOf(paths), ["/health 200", "/health 200", "/jobs 200", "/jobs 200"]);
		// HTTP/2 is spoken all the same.
		assert.deepEqual(await notifiedOf({ ...paths, paths: ["/"] }), ["/jobs 200", "/jobs 200"]);
	});

	it("does not wait for the end of a page that has none", async () => {
		const server = createHttpsServer({ ...certificates.host.pair, maxVersion: "TLSv1.2" }, (_, response) => {
			response.writeHead(200);
			const more = () => {
				while (response.write("more and ".repeat(100)));
			};
			response.on("drain", more);
			more();
		});
		assert.deepEqual(answers(await ask(server, { paths: ["/", "/a"] })), ["1.1 1.2 200", "1.1 1.2 200", "1.1 1.2 200"]);
	});
});

describe("asking many hosts", () => {
	it("asks a name that several sites share one after the other", async () => {
		const certificates = await issueHostCertificates();
		await using front = await startFrontEnd([
			{ hostName, certificate: certificates.host.pair, clientCert: "Required" },
		]);
		const probes = leadTo(front, certificates);
		const hosts = await Promise.all(
			[hostName, "App.AzureWebsites.net", hostName].map((name) => probes.probeHost(name, all)),
		);
		assert.deepEqual(
			hosts.map(({ replies }) => replies.length),
			[4, 4, 4],
		);
		assert.deepEqual([...front.mostConnectionsAtOnce.values()], [1]);
	});

	it("asks ten at once, each over one connection, and those that hang hold up no other", async () => {
		const certificates = await issueHostCertificates();
		const names = Array.from({ length: 40 }, (_, index) => `app-${index}.azurewebsites.net`);
		await using front = await startFrontEnd(
			names.map((name, index) => ({
				hostName: name,
				certificate: certificates.host.pair,
				clientCert: "Required" as const,
				fault: index % 10 === 0 ? ("hangs-before-tls" as const) : null,
			})),
		);
		const probes = leadTo(front, certificates, null, 5000);
		const hosts = await Promise.all(names.map((name) => probes.probeHost(name, all)));
		assert.equal(hosts.filter(({ stopReason }) => stopReason !== null).length, 4);
		assert.equal(hosts.filter(({ replies }) => replies.length === 4).length, 36);
		assert.equal(front.mostHostsAtOnce, 10);
		assert.deepEqual(new Set(front.mostConnectionsAtOnce.values()), new Set([1]));
	});
});
