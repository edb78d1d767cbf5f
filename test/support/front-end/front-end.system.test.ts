import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { after, before, describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect } from "node:tls";
import functions from "@azure/functions";
import { createCertInfo } from "../../../src/functions/cert-info.ts";
import { exportKey, type Issued, issueAuthority, issueLeaf, serverAuth } from "../certificates/client-certificates.ts";
import { type FrontEndSite, startFrontEnd } from "./front-end.ts";

type FrontEnd = Awaited<ReturnType<typeof startFrontEnd>>;
type Protocol = Pick<FrontEnd["requests"][number], "tls" | "httpVersion">;

const host = "app.azurewebsites.net";
const other = "other.azurewebsites.net";
const protocols: readonly Protocol[] = [
	{ tls: "1.2", httpVersion: "1.1" },
	{ tls: "1.3", httpVersion: "1.1" },
	{ tls: "1.2", httpVersion: "2" },
	{ tls: "1.3", httpVersion: "2" },
];
const [renegotiable] = protocols as [Protocol];

const directory = mkdtempSync(path.join(tmpdir(), "front-end-"));
const rootFile = path.join(directory, "root.pem");
const clientFile = path.join(directory, "client.pem");
let client: Issued;
let certificate: FrontEndSite["certificate"];

before(async () => {
	const dates = {
		notBefore: new Date(Date.now() - 86_400_000).toISOString(),
		notAfter: new Date(Date.now() + 86_400_000).toISOString(),
	};
	const root = await issueAuthority(dates);
	const server = await issueLeaf({
		...dates,
		name: "CN=*.azurewebsites.net",
		issuer: root,
		extendedKeyUsage: [serverAuth],
		altNames: [{ type: "dns", value: "*.azurewebsites.net" }],
	});
	certificate = { cert: server.pem, key: await exportKey(server) };
	client = await issueLeaf({ ...dates, name: "CN=prober, O=Contoso" });
	writeFileSync(rootFile, root.pem);
	writeFileSync(clientFile, `${client.pem}\n${await exportKey(client)}`);
});
after(() => rmSync(directory, { recursive: true }));

const handleCertInfo = createCertInfo(undefined, () => new Date());

/** What the app gets of a caller is what it answers. */
async function app({ method, url, headers }: Request): Promise<Response> {
	const request = new functions.HttpRequest({ method: "GET", url, headers: Object.fromEntries(headers) });
	const answer = await handleCertInfo(request, new functions.InvocationContext());
	const { status = 200, jsonBody } = answer as functions.HttpResponseInit;
	return Response.json(method === "HEAD" ? null : jsonBody, { status });
}

/** A site, and another with nothing but the defaults. */
function start(changes: Partial<FrontEndSite> = {}): Promise<FrontEnd> {
	return startFrontEnd([
		{ hostName: host, certificate, http20: true, app, ...changes },
		{ hostName: other, certificate },
	]);
}

interface Call extends Partial<Protocol> {
	readonly url?: string;
	readonly withCertificate?: boolean;
	readonly more?: readonly string[];
}

interface Outcome {
	readonly exit: number;
	readonly error: string | null;
	readonly status: number;
	readonly httpVersion: string;
	readonly connects: number;
	readonly redirect: string | null;
	/** With the headers. */
	readonly text: string;
}

/** Starts the real curl. */
function curl(front: FrontEnd, { url = `https://${host}/`, tls, httpVersion, withCertificate, more = [] }: Call = {}) {
	const words = [
		...["--silent", "--include", "--cacert", rootFile, "--write-out", "%{stderr}%{json}\n"],
		...["--connect-to", `:443:127.0.0.1:${front.httpsPort}`, "--connect-to", `:80:127.0.0.1:${front.httpPort}`],
		...(tls ? [`--tlsv${tls}`, "--tls-max", tls] : []),
		...(httpVersion ? [`--http${httpVersion}`] : []),
		...(withCertificate ? ["--cert", clientFile] : []),
		...more,
		url,
	];
	const { promise, resolve } = Promise.withResolvers<readonly Outcome[]>();
	const process = execFile("curl", words, (ended, text, notes) => {
		// Of one that was killed, what it had begun to say is of no use.
		if (ended?.killed) return resolve([]);
		const transfers = notes.split("\n").filter((line) => line.startsWith("{"));
		resolve(
			transfers.map((line) => {
				const body = JSON.parse(line);
				const { exitcode: exit, errormsg: error, http_code: status, http_version: httpVersion } = body;
				return {
					exit,
					error,
					status,
					httpVersion,
					connects: body.num_connects,
					redirect: body.redirect_url,
					text,
				};
			}),
		);
	});
	return { process, outcomes: promise };
}

async function ask(front: FrontEnd, call: Call = {}): Promise<Outcome> {
	const [outcome] = await curl(front, call).outcomes;
	assert.ok(outcome);
	return outcome;
}

/** The status, and whose certificate the app got, if it was asked. */
async function enter(front: FrontEnd, call: Call): Promise<string> {
	const { status, text, httpVersion, exit } = await ask(front, call);
	assert.equal(exit, 0);
	if (call.httpVersion !== undefined) assert.equal(httpVersion, call.httpVersion);
	const seen = front.requests.at(-1);
	assert.deepEqual({ tls: seen?.tls, httpVersion: seen?.httpVersion }, { tls: call.tls, httpVersion });
	const body = text.slice(text.indexOf("\r\n\r\n") + 4);
	if (status !== 200) {
		assert.match(body, /<h1>Error 403 - Forbidden<\/h1><p>A client certificate is required/);
		return String(status);
	}
	const { header, subject } = JSON.parse(body);
	assert.equal(seen?.hasCertificate, header === "present");
	return header === "missing" ? "200 as nobody" : `200 as ${subject}`;
}

/** Waits until the test itself is out of time. */
async function until({ signal }: TestContext, isSo: () => boolean): Promise<void> {
	while (!isSo()) await nextTurn(undefined, { signal });
}

describe("who comes in at a front end", () => {
	const modes: readonly {
		readonly name: string;
		readonly settings: Partial<FrontEndSite>;
		/** With a certificate and without one. */
		readonly expected: (protocol: Protocol) => readonly [string, string];
	}[] = [
		{
			name: "Required",
			settings: { clientCert: "Required" },
			expected: () => ["200 as CN=prober, O=Contoso", "403"],
		},
		{
			name: "Optional",
			settings: { clientCert: "Optional" },
			expected: () => ["200 as CN=prober, O=Contoso", "200 as nobody"],
		},
		{ name: "Ignore", settings: { clientCert: "Ignore" }, expected: () => ["200 as nobody", "200 as nobody"] },
		...(["open", "closed"] as const).map((withoutRenegotiation) => ({
			name: `Required with exclusion paths, ${withoutRenegotiation} without renegotiation`,
			settings: { clientCert: "Required" as const, exclusionPaths: ["/health"], withoutRenegotiation },
			expected: (protocol: Protocol): readonly [string, string] => {
				if (protocol === renegotiable) return ["200 as CN=prober, O=Contoso", "403"];
				return withoutRenegotiation === "open" ? ["200 as nobody", "200 as nobody"] : ["403", "403"];
			},
		})),
	];
	for (const { name, settings, expected } of modes) {
		for (const protocol of protocols) {
			it(`${name}: HTTP/${protocol.httpVersion} with TLS ${protocol.tls}`, async () => {
				await using front = await start(settings);
				const entered = [
					await enter(front, { ...protocol, withCertificate: true }),
					await enter(front, { ...protocol, withCertificate: false }),
				];
				assert.deepEqual(entered, expected(protocol));
			});
		}
	}

	it("lets everybody in on paths that start with an exclusion path, whatever the case, and asks nobody", async () => {
		await using front = await start({ clientCert: "Required", exclusionPaths: ["/Health", "/a b"] });
		for (const protocol of protocols) {
			for (const below of ["/health", "/HEALTHZ/x?y", "/a%20b/c", "/x/../health"]) {
				const call = { ...protocol, url: `https://${host}${below}`, withCertificate: true, more: ["--path-as-is"] };
				assert.equal(await enter(front, call), "200 as nobody", below);
			}
			for (const below of ["/heal", "/x/health", "/?/health", "/health/../x"]) {
				const call = { ...protocol, url: `https://${host}${below}`, more: ["--path-as-is"] };
				assert.equal(await enter(front, call), "403", below);
			}
		}
	});

	it("keeps what was found out by renegotiation as long as the connection", async () => {
		await using front = await start({ clientCert: "Required", exclusionPaths: ["/health"] });
		const urls = ["/1", "/2", "/health", "/3", "/4", "/5"].map((below) => `https://${host}${below}`);
		for (const withCertificate of [true, false]) {
			const outcomes = await curl(front, { ...renegotiable, withCertificate, more: urls }).outcomes;
			assert.deepEqual(
				outcomes.map(({ status, connects }) => [status, connects]),
				[...urls, "/"].map((url, index) => [
					withCertificate || url.endsWith("/health") ? 200 : 403,
					index === 0 ? 1 : 0,
				]),
			);
		}
	});

	it("gets the certificate of a client that resumes its session", async () => {
		await using front = await start({ clientCert: "Required", exclusionPaths: ["/health"] });
		const pem = readFileSync(clientFile);
		const trust = { servername: host, ca: readFileSync(rootFile), cert: pem, key: pem };
		const agent = new https.Agent({ ...trust, maxVersion: "TLSv1.2", keepAlive: false });
		const reused: boolean[] = [];
		for (let time = 0; time < 3; time++) {
			const headers = { host };
			const request = https.get({ host: "127.0.0.1", port: front.httpsPort, agent, headers });
			const [response] = await once(request, "response");
			reused.push(response.socket.isSessionReused());
			const { header, subject } = (await json(response)) as { header: string; subject: string };
			assert.deepEqual({ header, subject }, { header: "present", subject: client.name });
		}
		assert.deepEqual(
			front.requests.map(({ hasCertificate }) => hasCertificate),
			[true, true, true],
		);
	});

	it("does not ask again who has a certificate already", async () => {
		await using front = await start({ clientCert: "Optional" });
		for (const protocol of protocols) {
			assert.equal(await enter(front, { ...protocol, withCertificate: true }), `200 as ${client.name}`);
		}
	});

	it("never passes on what a caller writes into X-ARR-ClientCert", async () => {
		await using front = await start({ httpsOnly: false });
		const more = ["--header", `x-ARR-clientcert: ${client.base64}`];
		for (const protocol of protocols) assert.equal(await enter(front, { ...protocol, more }), "200 as nobody");
		assert.match((await ask(front, { url: `http://${host}/`, more })).text, /"header":"missing"/);

		front.setSite(host, { clientCert: "Required" });
		for (const protocol of protocols) assert.equal(await enter(front, { ...protocol, more }), "403");
		const forged = ["--header", "X-ARR-ClientCert: AAAA"];
		for (const protocol of protocols) {
			const call = { ...protocol, withCertificate: true, more: forged };
			assert.equal(await enter(front, call), `200 as ${client.name}`);
		}
	});
});

describe("a front end by plain http", () => {
	it("redirects to https, or hands on to the app", async () => {
		await using front = await start({ clientCert: "Required" });
		const url = `http://${host}/a?b=c`;
		const { status, redirect } = await ask(front, { url });
		assert.deepEqual({ status, redirect }, { status: 301, redirect: `https://${host}/a?b=c` });
		front.setSite(host, { httpsOnly: false });
		const passed = await ask(front, { url, more: ["--header", "X-Forwarded-Proto: https"] });
		assert.equal(passed.status, 200);
		assert.match(passed.text, /This request came by plain http/);
	});

	it("knows no other names", async () => {
		await using front = await start();
		const { status } = await ask(front, { url: "http://unknown.azurewebsites.net/" });
		assert.equal(status, 404);
	});
});

describe("a front end and TLS", () => {
	it("speaks the versions of the site", async () => {
		await using front = await start({ minTlsVersion: "1.3" });
		assert.deepEqual(await exits(front), [35, 0, 35, 0]);
		front.setSite(host, { minTlsVersion: "1.2", maxTlsVersion: "1.2" });
		assert.deepEqual(await exits(front), [0, 35, 0, 35]);
	});

	it("offers HTTP/2 where the site has it", async () => {
		await using front = await start();
		const versionsOf = async (hostName: string) => {
			const both = await Promise.all(
				(["1.1", "2"] as const).map((httpVersion) => ask(front, { url: `https://${hostName}/`, httpVersion })),
			);
			return both.map(({ httpVersion }) => httpVersion);
		};
		assert.deepEqual(await versionsOf(host), ["1.1", "2"]);
		assert.deepEqual(await versionsOf(other), ["1.1", "1.1"]);
	});

	it("resets connections to names that it does not know, and to none", async () => {
		await using front = await start();
		for (const url of ["https://unknown.azurewebsites.net/", "https://127.0.0.1/"]) {
			const { exit, error } = await ask(front, { url });
			assert.equal(exit, 35);
			assert.match(error ?? "", /reset/i);
		}
		assert.deepEqual(front.requests, []);
	});

	it("finds a name in a ClientHello that comes in pieces, in whatever case", async () => {
		await using front = await start();
		const tcp = connectTcp({ port: front.httpsPort, host: "127.0.0.1", noDelay: true });
		const inPieces = new Duplex({
			read: () => {},
			write: async (chunk: Buffer, _encoding, done) => {
				for (let at = 0; at < chunk.length; at += 50) {
					tcp.write(chunk.subarray(at, at + 50));
					await nextTurn();
				}
				done();
			},
		});
		tcp.on("data", (chunk) => inPieces.push(chunk));
		const socket = connect({ socket: inPieces, servername: host.toUpperCase(), ca: readFileSync(rootFile) });
		await once(socket, "secureConnect");
		tcp.destroy();
	});

	it("answers for the site of the handshake alone", async () => {
		await using front = await start();
		for (const protocol of protocols) {
			const { status } = await ask(front, { ...protocol, more: ["--header", `Host: ${other}`] });
			assert.equal(status, 404);
		}
	});
});

async function exits(front: FrontEnd): Promise<readonly number[]> {
	const outcomes = await Promise.all(protocols.map((protocol) => ask(front, protocol)));
	return outcomes.map(({ exit }) => exit);
}

describe("what a front end saw", () => {
	it("is told of each request", async () => {
		await using front = await start({ clientCert: "Required" });
		const more = ["--user-agent", "prober/1", "--header", `Host: ${host.toUpperCase()}:443`];
		for (const protocol of protocols) {
			await ask(front, { ...protocol, url: `https://${host}/a?b`, withCertificate: true, more });
		}
		await ask(front, { url: `http://${host}/a?b`, more: ["--head", "--user-agent", ""] });
		const common = { hostName: host, path: "/a?b", bodyBytes: 0 };
		const https = { ...common, scheme: "https", method: "GET", userAgent: "prober/1", hasCertificate: true };
		const http = { ...common, scheme: "http", method: "HEAD", userAgent: null, hasCertificate: false };
		assert.deepEqual(front.requests, [
			...protocols.map((protocol) => ({ ...https, ...protocol })),
			{ ...http, tls: null, httpVersion: "1.1" },
		]);
	});

	it("is let through by HEAD, too", async () => {
		await using front = await start();
		for (const protocol of protocols) {
			const { status, exit } = await ask(front, { ...protocol, more: ["--head"] });
			assert.deepEqual({ status, exit }, { status: 200, exit: 0 });
		}
	});

	it("is refused by any other method, and with any body", async () => {
		const asked: string[] = [];
		await using front = await start({
			app: async ({ method }) => {
				asked.push(method);
				return new Response("");
			},
		});
		const body = ["--data", "abc"];
		for (const more of [["-X", "POST"], ["-X", "OPTIONS"], body, ["-X", "GET", ...body]]) {
			for (const protocol of protocols)
				assert.equal((await ask(front, { ...protocol, more })).status, 405, more.join(" "));
			assert.equal((await ask(front, { url: `http://${host}/`, more })).status, 405, more.join(" "));
		}
		assert.deepEqual(asked, []);
		const seen = front.requests.map(({ method, bodyBytes }) => `${method} ${bodyBytes}`);
		assert.deepEqual([...new Set(seen)], ["POST 0", "OPTIONS 0", "POST 3", "GET 3"]);
	});

	it("counts the connections that were open at once", async (test) => {
		await using front = await start({ fault: "hangs-before-response" });
		front.setSite(other, { fault: "hangs-before-response" });
		const urls = [`https://${host}/`, `https://${host}/`, `http://${host}/`, `https://${other}/`];
		const calls = urls.map((url) => curl(front, { url }));
		await until(test, () => front.requests.length === 4);
		assert.equal(front.mostConnectionsAtOnce.get(host), 3);
		assert.equal(front.mostConnectionsAtOnce.get(other), 1);
		assert.equal(front.mostHostsAtOnce, 2);
		for (const { process } of calls) process.kill();
		await Promise.all(calls.map(({ outcomes }) => outcomes));
	});

	it("does not count those that have ended", async () => {
		await using front = await start();
		const options = { port: front.httpsPort, host: "127.0.0.1", ca: readFileSync(rootFile) };
		for (let time = 0; time < 100; time++) {
			for (const servername of [host, other]) {
				const socket = connect({ ...options, servername });
				await once(socket, "secureConnect");
				socket.destroy();
			}
		}
		assert.equal(front.mostConnectionsAtOnce.get(host), 1);
		assert.equal(front.mostConnectionsAtOnce.get(other), 1);
		assert.equal(front.mostHostsAtOnce, 1);
	});
});

describe("a front end with a fault", () => {
	const schemes = ["https", "http"] as const;

	it("blocks an address", async () => {
		await using front = await start({ fault: "ip-forbidden", clientCert: "Required" });
		for (const scheme of schemes) {
			const { text } = await ask(front, { url: `${scheme}://${host}/`, httpVersion: "1.1" });
			assert.match(text, /^HTTP\/1\.1 403 Ip Forbidden\r\n/);
			assert.match(text, /^x-ms-forbidden-ip: 127\.0\.0\.1\r$/m);
			assert.match(text, /^content-type: text\/html\r$/m);
			assert.match(text, /Error 403 - Forbidden.*has blocked your access\./s);
		}
		assert.match((await ask(front, { httpVersion: "2" })).text, /^HTTP\/2 403 \r\n.*x-ms-forbidden-ip/s);
	});

	it("answers for a site that is stopped, or out of order", async () => {
		await using front = await start({ fault: "stopped" });
		for (const scheme of schemes) {
			front.setSite(host, { fault: "stopped" });
			const { text } = await ask(front, { url: `${scheme}://${host}/`, httpVersion: "1.1" });
			assert.match(text, /^HTTP\/1\.1 403 Site Disabled\r\n.*Error 403 - This web app is stopped\./s);
			front.setSite(host, { fault: "unavailable" });
			assert.equal((await ask(front, { url: `${scheme}://${host}/` })).status, 503);
		}
	});

	it("says in words what a certificate is missing for", async () => {
		await using front = await start({ clientCert: "Required" });
		const { text } = await ask(front, renegotiable);
		assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
		assert.match(text, /^content-type: text\/html\r$/m);
	});

	it("resets connections", async () => {
		await using front = await start({ fault: "resets" });
		const overTls = await ask(front);
		assert.equal(overTls.exit, 35);
		assert.match(overTls.error ?? "", /reset/i);
		const plain = await ask(front, { url: `http://${host}/` });
		assert.equal(plain.exit, 56);
		assert.match(plain.error ?? "", /reset/i);
		assert.equal((await ask(front, { url: `https://${other}/` })).status, 200);
	});

	it("breaks off the handshake where there is no certificate", async () => {
		await using front = await start({ fault: "fails-handshake", clientCert: "Required" });
		for (const protocol of protocols) {
			const { status, error } = await ask(front, protocol);
			assert.equal(status, 0);
			assert.match(error ?? "", protocol.tls === "1.3" ? /alert certificate required/ : /alert handshake failure/);
			assert.equal(front.requests.length, 0);
		}
		for (const protocol of protocols) {
			assert.equal(await enter(front, { ...protocol, withCertificate: true }), `200 as ${client.name}`);
		}
	});

	for (const fault of ["hangs-before-tls", "hangs-before-response"] as const) {
		it(`${fault}, until the caller gives up or it is closed`, async (test) => {
			const front = await start({ fault });
			const [first, second] = [curl(front), curl(front)];
			await until(test, () => front.mostConnectionsAtOnce.get(host) === 2);
			await until(test, () => fault === "hangs-before-tls" || front.requests.length === 2);
			front.setSite(host, { fault: null });
			assert.equal((await ask(front)).status, 200);
			assert.equal(first.process.exitCode ?? second.process.exitCode, null);
			first.process.kill();
			await first.outcomes;
			await front.close();
			const [outcome] = await second.outcomes;
			assert.equal(outcome?.status, 0);
			assert.equal(front.requests.length, fault === "hangs-before-tls" ? 1 : 3);
		});
	}
});
