import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Issued, issueAuthority, issueLeaf } from "../support/certificates/client-certificates.ts";
import { functionKey } from "../support/host/http-front.ts";
import { ServedApp } from "../support/host/served-app.ts";

const day = 86_400_000;
const at = (days: number) => new Date(Date.now() + days * day).toISOString();
const valid = { notBefore: at(-1), notAfter: at(30) };

interface Refused {
	readonly error: { readonly code: string; readonly message: string };
}

describe("the door of the HTTP API", () => {
	let app: ServedApp;
	let root: Issued;
	let partner: Issued;
	let pinned: Issued;

	before(async () => {
		root = await issueAuthority({ ...valid, name: "CN=Contoso Root" });
		partner = await issueLeaf({ ...valid, issuer: root });
		pinned = await issueLeaf({ ...valid, issuer: root, name: "CN=ops" });
		const rules = {
			certificates: [
				{
					name: "partner",
					issuer: "CN=Contoso Root",
					subject: "O=Contoso, C=NL, CN=client.contoso.com",
					routes: ["findings"],
				},
				{ name: "ops", thumbprint: await thumbprintOf(pinned), routes: ["*"] },
			],
			authorities: [root.pem],
			withoutCertificate: ["health"],
		};
		app = await ServedApp.start({ DRIFT_CLIENT_CERTS: JSON.stringify(rules) });
	});
	after(() => app[Symbol.asyncDispose]());

	async function thumbprintOf({ der }: Issued): Promise<string> {
		return Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(der))).toString("hex");
	}

	const call = async (
		route: string,
		certificate?: string | Issued,
		headers: Record<string, string> = {},
		method = "GET",
	) => {
		const value = typeof certificate === "object" ? certificate.base64 : certificate;
		const response = await app.fetch(
			route,
			{},
			{ method, headers: { ...headers, ...(value === undefined ? {} : { "X-ARR-ClientCert": value }) } },
		);
		return { status: response.status, headers: response.headers, text: await response.text() };
	};
	const refusal = async (...parameters: Parameters<typeof call>) => {
		const { status, text } = await call(...parameters);
		return [status, (JSON.parse(text) as Refused).error?.code];
	};

	it("lets each certificate use its own routes and no others", async () => {
		assert.equal((await call("findings", partner)).status, 200);
		assert.deepEqual(await refusal("scan", partner, {}, "POST"), [403, "route-forbidden"]);
		for (const route of ["findings", "report"]) assert.equal((await call(route, pinned)).status, 200);
	});

	it("refuses each other certificate for one reason, and logs it with the thumbprint", async () => {
		const cases: [string, Issued | string | undefined, number, string][] = [
			["none", undefined, 401, "certificate-missing"],
			["an empty header", "", 401, "certificate-missing"],
			["garbage", "not a certificate", 401, "certificate-unreadable"],
			["two headers", `${pinned.base64}, ${pinned.base64}`, 401, "certificate-unreadable"],
			[
				"one of yesterday",
				await issueLeaf({ issuer: root, notBefore: at(-3), notAfter: at(-1) }),
				401,
				"certificate-expired",
			],
			[
				"one of tomorrow",
				await issueLeaf({ issuer: root, notBefore: at(1), notAfter: at(3) }),
				401,
				"certificate-not-yet-valid",
			],
			["one of nobody", await issueLeaf(valid), 401, "certificate-untrusted"],
			[
				"one of somebody who has the right name",
				await issueLeaf({ ...valid, issuer: await issueAuthority({ ...valid, name: "CN=Contoso Root" }) }),
				401,
				"certificate-untrusted",
			],
			["the authority itself", root, 401, "certificate-is-authority"],
			[
				"one for servers",
				await issueLeaf({ ...valid, issuer: root, extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] }),
				401,
				"certificate-usage",
			],
			[
				"another of the same authority",
				await issueLeaf({ ...valid, issuer: root, name: "CN=eve" }),
				403,
				"certificate-unknown",
			],
		];
		for (const [name, certificate, status, reason] of cases) {
			const value = typeof certificate === "object" ? certificate.base64 : certificate;
			const headers: Record<string, string> = value === undefined ? {} : { "x-arr-clientcert": value };
			const { answer, logs } = await app.host.callAndLog("findings", { headers });
			assert.deepEqual([answer.status, (JSON.parse(answer.body) as Refused).error?.code], [status, reason], name);
			const thumbprint = typeof certificate === "object" ? (await thumbprintOf(certificate)).toUpperCase() : "none";
			assert.deepEqual(logs, [`Refused GET findings: ${reason}, thumbprint ${thumbprint}`], name);
		}
	});

	it("takes it in each of the ways in which it may come", async () => {
		for (const value of [
			pinned.base64,
			pinned.pem.replaceAll("\n", " "),
			encodeURIComponent(pinned.pem),
			` ${pinned.base64} `,
		]) {
			assert.equal((await call("findings", value)).status, 200);
		}
	});

	it("never takes a certificate for the function key", async () => {
		for (const route of ["report", "findings", "health", "cert-info"]) {
			const response = await fetch(app.url(route, {}, null), { headers: { "x-arr-clientcert": pinned.base64 } });
			assert.equal(response.status, 401);
			assert.equal(await response.text(), "");
		}
		const { functions } = app.host;
		const levels = functions.flatMap(({ bindings }) =>
			bindings.flatMap(({ type, authLevel }) => (type === "httpTrigger" ? authLevel : [])),
		);
		assert.deepEqual(levels, Array(5).fill("function"));
	});

	it("tells people by a page that they may not see it", async () => {
		const { status, headers, text } = await call("report", partner);
		assert.deepEqual([status, headers.get("content-type")], [403, "text/html; charset=utf-8"]);
		assert.match(text, /You may not see this[\s\S]*may not use/);
		assert.equal((await call("report", pinned, { "X-Forwarded-Proto": "http" })).status, 403);
	});

	it("asks for none where it is told so", async () => {
		assert.notEqual((await call("health")).status, 401);
		assert.match((await call("health")).text, /"healthy":/);
	});

	it("answers nothing by plain http", async () => {
		for (const route of ["findings", "health"]) {
			assert.deepEqual(await refusal(route, pinned, { "X-Forwarded-Proto": "http" }), [403, "https-required"]);
		}
		assert.equal((await call("findings", pinned, { "X-Forwarded-Proto": "https" })).status, 200);
		for (const passed of ["https,http", "HTTP, https"]) {
			assert.deepEqual(await refusal("findings", pinned, { "X-Forwarded-Proto": passed }), [403, "https-required"]);
		}
		const { logs } = await app.host.callAndLog("findings", { headers: { "x-forwarded-proto": "http" } });
		assert.deepEqual(logs, ["Refused GET findings: https-required, thumbprint none"]);
	});

	it("needs the function key alone where nothing else is set", async () => {
		await using open = await ServedApp.start();
		assert.equal((await open.fetch("findings")).status, 200);
		assert.equal((await open.fetch("findings", {}, { headers: { "x-arr-clientcert": "garbage" } })).status, 200);
	});

	it("says on each route what is wrong with the settings", async () => {
		await using broken = await ServedApp.start({
			DRIFT_CLIENT_CERTS: `{"certificates":[{"name":"x","issuer":"CN=a","routes":["home"]}]}`,
		});
		for (const route of ["report", "findings", "health", "cert-info"]) {
			const response = await broken.fetch(route, {}, { headers: { "x-functions-key": functionKey } });
			assert.equal(response.status, 503);
			const { error } = (await response.json()) as Refused;
			assert.match(
				error.message,
				/DRIFT_CLIENT_CERTS cannot be used: .*issuer needs authorities.*; certificates\[0\]: routes takes report, findings, scan, health, or \*/,
			);
		}
	});

	describe("GET /api/cert-info", () => {
		// biome-ignore lint/suspicious/noExplicitAny: what comes is what is tested.
		const info = async (certificate?: Issued | string, headers: Record<string, string> = {}): Promise<any> => {
			const { status, text } = await call("cert-info", certificate, headers);
			return { status, ...JSON.parse(text) };
		};

		it("shows what arrived, each check, and the routes that are open to it", async () => {
			const shown = await info(partner);
			assert.equal(shown.status, 200);
			assert.deepEqual(
				[shown.header, shown.subject, shown.issuer, shown.notBefore, shown.notAfter],
				[
					"present",
					"CN=client.contoso.com, O=Contoso, C=NL",
					"CN=Contoso Root",
					valid.notBefore.replace(/\.\d+/, ".000"),
					valid.notAfter.replace(/\.\d+/, ".000"),
				],
			);
			assert.equal(shown.thumbprints.sha256, (await thumbprintOf(partner)).toUpperCase());
			assert.match(shown.thumbprints.sha1, /^[\dA-F]{40}$/);
			assert.equal(shown.pem.replaceAll(/-----.*-----|\s/g, ""), partner.base64);
			assert.match(shown.serialNumber, /^[\dA-F]+$/);
			assert.deepEqual(
				shown.checks.map(({ check, result }: { check: string; result: string }) => `${check} ${result}`),
				[
					"readable passed",
					"dates passed",
					"chain passed",
					"basic-constraints passed",
					"usage passed",
					"allow-list passed",
					"route passed",
				],
			);
			assert.deepEqual([shown.refusal, shown.routes], [null, ["findings", "health"]]);
		});

		it("shows one that is refused too, and why", async () => {
			const shown = await info(await issueLeaf({ ...valid, name: "CN=eve" }));
			assert.deepEqual([shown.status, shown.subject, shown.refusal.reason], [200, "CN=eve", "certificate-untrusted"]);
			assert.deepEqual(shown.routes, ["health"]);
		});

		it("says why there may be none", async () => {
			const shown = await info();
			assert.deepEqual([shown.status, shown.header], [200, "missing"]);
			assert.match(
				shown.possibleReasons.join("\n"),
				/clientCertEnabled is false[\s\S]*clientCertExclusionPaths[\s\S]*plain http/,
			);
			const byHttp = await info(undefined, { "x-forwarded-proto": "http" });
			assert.match(byHttp.possibleReasons[0], /^This request came by plain http/);
		});

		it("says why one cannot be read", async () => {
			for (const [value, says] of [
				["garbage!", /base64/],
				[`${partner.base64},${partner.base64}`, /more than one/],
				[partner.base64.slice(0, -40), /certificate/],
			] as const) {
				const shown = await info(value);
				assert.deepEqual([shown.status, shown.error.code], [400, "certificate-unreadable"]);
				assert.match(shown.error.message, says);
			}
		});

		it("checks what can be checked where no list is set", async () => {
			await using open = await ServedApp.start();
			const response = await open.fetch("cert-info", {}, { headers: { "x-arr-clientcert": partner.base64 } });
			// biome-ignore lint/suspicious/noExplicitAny: what comes is what is tested.
			const shown = (await response.json()) as any;
			assert.deepEqual(
				shown.checks.map(({ result }: { result: string }) => result),
				["passed", "passed", "not-checked", "passed", "passed", "not-checked", "not-checked"],
			);
			assert.deepEqual([shown.isRequired, shown.routes.length], [false, 4]);
		});
	});
});
