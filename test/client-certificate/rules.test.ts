import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import {
	type ClientCertificateRules,
	ClientCertificateRulesError,
	createClientCertificateCheck,
	createClientCertificateInspector,
	findRulesProblems,
} from "../../src/client-certificate/index.ts";
import {
	critical,
	digitalSignature,
	issueAuthority,
	issueLeaf,
	serverAuth,
} from "../support/certificates/client-certificates.ts";

const root = await issueAuthority();
const leaf = await issueLeaf({ issuer: root });
const selfSigned = await issueLeaf();
const noSigner = await issueAuthority({ issuer: root, keyUsage: digitalSignature });
const sha1 = "0123456789abcdef0123456789ABCDEF01234567";
const good = { name: "a", thumbprint: sha1, routes: ["*"] };
const byIssuer = { name: "a", issuer: root.name, routes: ["*"] };
const authorities = [root.base64];

const usable: Record<string, unknown> = {
	"a thumbprint": { certificates: [good] },
	"an issuer": { certificates: [byIssuer], authorities },
	"an authority as PEM": { certificates: [byIssuer], authorities: [root.pem] },
	"a self-signed client as authority": { certificates: [good], authorities: [selfSigned.pem] },
	"no authorities, and intermediates": { certificates: [good], authorities: [], intermediates: [root.pem] },
	"names that begin alike": { certificates: [good, { ...good, name: "ab" }] },
};

const unusable: Record<string, readonly [rules: unknown, problems: readonly string[]]> = {
	"not an object": [null, ["certificates: must list at least one"]],
	"no certificates": [{}, ["certificates: must list at least one"]],
	"an empty list": [{ certificates: [] }, ["certificates: must list at least one"]],
	"an entry that is none": [
		{ certificates: ["a"] },
		["certificates[0]: must hold a name, a thumbprint or an issuer, and routes"],
	],
	"no name": [{ certificates: [{ ...good, name: " " }] }, ["certificates[0]: name must be a text that is not empty"]],
	"a name twice": [
		{ certificates: [good, { ...good, name: "A" }] },
		["certificates[1] (A): name is that of another entry too: give it another"],
	],
	"neither thumbprint nor issuer": [
		{ certificates: [{ name: "a", routes: ["*"] }] },
		["certificates[0] (a): takes one of thumbprint and issuer"],
	],
	"both thumbprint and issuer": [
		{ certificates: [{ ...byIssuer, thumbprint: sha1 }], authorities },
		["certificates[0] (a): takes one of thumbprint and issuer"],
	],
	"subject with a thumbprint": [
		{ certificates: [{ ...good, subject: "CN=a" }] },
		["certificates[0] (a): subject goes with issuer only"],
	],
	"an issuer without authorities": [
		{ certificates: [byIssuer], authorities: [] },
		["certificates[0] (a): issuer needs authorities: anyone can write an issuer's name into a certificate"],
	],
	"no routes": [
		{ certificates: [{ ...good, routes: [] }] },
		["certificates[0] (a): routes must list at least one name of a route, or * for all"],
	],
	"an empty route": [
		{ certificates: [{ ...good, routes: ["a", ""] }] },
		["certificates[0] (a): routes must list at least one name of a route, or * for all"],
	],
	"authorities that are no list": [
		{ certificates: [good], authorities: root.pem },
		["authorities: must be a list of certificates, PEM or base64 of the DER"],
	],
	"an authority that is no certificate": [
		{ certificates: [good], authorities: ["secret!"] },
		["authorities[0]: is not base64; give one certificate, as PEM or base64 of the DER"],
	],
	"an authority that is no text": [
		{ certificates: [good], authorities: [7] },
		["authorities[0]: is not base64; give one certificate, as PEM or base64 of the DER"],
	],
	"two authorities in one text": [
		{ certificates: [good], authorities: [`${root.pem}${root.pem}`] },
		["authorities[0]: holds more than one PEM block; give one certificate, as PEM or base64 of the DER"],
	],
	"a client as authority": [
		{ certificates: [good], authorities: [root.pem, leaf.pem] },
		["authorities[1]: is not the certificate of an authority (CA)"],
	],
	"an authority that may not sign": [
		{ certificates: [good], authorities: [noSigner.pem] },
		["authorities[0]: is not the certificate of an authority (CA)"],
	],
	"a self-signed client as intermediate": [
		{ certificates: [good], intermediates: [selfSigned.pem] },
		["intermediates[0]: is not the certificate of an authority (CA)"],
	],
	"everything at once": [
		{
			certificates: [
				{ name: "a\u202e", thumbprint: "12", subject: "CN=a", routes: ["*"] },
				{ name: "b", issuer: "Contoso", routes: [] },
				{ name: "b", issuer: "CN=a" },
			],
			intermediates: ["x"],
		},
		[
			"certificates[0] (a\\u{202e}): thumbprint must be 40 hex digits (SHA-1) or 64 (SHA-256)",
			"certificates[0] (a\\u{202e}): subject goes with issuer only",
			"certificates[1] (b): issuer must be a distinguished name like CN=Contoso CA, O=Contoso, C=NL",
			"certificates[1] (b): issuer needs authorities: anyone can write an issuer's name into a certificate",
			"certificates[1] (b): routes must list at least one name of a route, or * for all",
			"certificates[2] (b): issuer needs authorities: anyone can write an issuer's name into a certificate",
			"certificates[2] (b): routes must list at least one name of a route, or * for all",
			"certificates[2] (b): name is that of another entry too: give it another",
			"intermediates[0]: is not base64; give one certificate, as PEM or base64 of the DER",
		],
	],
};

const names: Record<string, boolean> = {
	"CN=a": true,
	"cn = a , o = b": true,
	"CN=a+OU=b, C=NL": true,
	'CN="a, b", O=c': true,
	"CN=a\\, b": true,
	"CN=a=b": true,
	"1.2.3.4=a": true,
	"CN=Ünïcode": true,
	"": false,
	" ": false,
	Contoso: false,
	"CN=": false,
	"CN=a,": false,
	"CN=a,,O=b": false,
	",CN=a": false,
	"CN=a, b": false,
	"x, CN=a": false,
	'CN="a': false,
	'CN="a"b': false,
	"CN=a\\": false,
	"NOBODY=a": false,
	"/CN=a/O=b": false,
};

const thumbprints: Record<string, boolean> = {
	[sha1]: true,
	[sha1.replaceAll(/../g, "$&:")]: true,
	[`${sha1}${sha1.slice(0, 24)}`]: true,
	[sha1.slice(1)]: false,
	[`${sha1}0`]: false,
	[`g${sha1.slice(1)}`]: false,
	[`0x${sha1.slice(2)}`]: false,
	"": false,
};

describe("findRulesProblems", () => {
	for (const [name, rules] of Object.entries(usable)) {
		it(`finds none in ${name}`, () => {
			assert.deepEqual(findRulesProblems(rules as ClientCertificateRules), []);
			createClientCertificateCheck(rules as ClientCertificateRules);
		});
	}
	for (const [name, [rules, problems]] of Object.entries(unusable)) {
		it(`finds ${name}`, () => {
			assert.deepEqual(findRulesProblems(rules as ClientCertificateRules), problems);
			for (const create of [createClientCertificateCheck, createClientCertificateInspector]) {
				assert.throws(
					() => create(rules as ClientCertificateRules),
					(error) =>
						error instanceof ClientCertificateRulesError &&
						assert.deepEqual(error.problems, problems) === undefined &&
						problems.every((problem) => error.message.includes(problem)),
				);
			}
		});
	}
	for (const [name, isGood] of Object.entries(names)) {
		it(`${isGood ? "takes" : "refuses"} the name ${name || "of nothing"}`, () => {
			for (const fields of [{ issuer: name }, { issuer: "CN=x", subject: name }]) {
				const rules = { certificates: [{ name: "a", routes: ["*"], ...fields }], authorities };
				assert.equal(findRulesProblems(rules).length, isGood ? 0 : 1);
			}
		});
	}
	for (const [thumbprint, isGood] of Object.entries(thumbprints)) {
		it(`${isGood ? "takes" : "refuses"} the thumbprint ${thumbprint || "of nothing"}`, () =>
			assert.equal(findRulesProblems({ certificates: [{ ...good, thumbprint }] }).length, isGood ? 0 : 1));
	}

	it("needs nothing but what comes with Node.js", async () => {
		const module = new URL("../../src/client-certificate/rules.ts", import.meta.url);
		const script = `await import(${JSON.stringify(module)}); process.stdout.write(String(Reflect.getMetadata))`;
		const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
		assert.equal(stdout, "undefined");
	});
});

describe("createClientCertificateCheck", () => {
	it("refuses an authority that only OpenSSL can read", async () => {
		const odd = await issueAuthority({ extensions: [critical("1.3.6.1.5.5.7.1.1", Buffer.from("0c0141", "hex"))] });
		const rules = { certificates: [good], authorities: [root.pem, odd.pem], intermediates: [odd.pem] };
		assert.deepEqual(findRulesProblems(rules), []);
		assert.throws(() => createClientCertificateCheck(rules), {
			problems: [
				"authorities[1]: is not a certificate that can be understood",
				"intermediates[0]: is not a certificate that can be understood",
			],
		});
	});

	it("keeps to the rules as they were", () => {
		const routes = ["orders"];
		const check = createClientCertificateCheck({ certificates: [{ ...byIssuer, routes }], authorities });
		routes.push("*");
		const outcome = check(leaf.base64, "prices", new Date("2026-06-01"));
		assert.equal(outcome.allowed ? "" : outcome.reason, "route-forbidden");
	});

	it("takes an authority that is for servers only, and then refuses what it signed", async () => {
		const server = await issueAuthority({ extendedKeyUsage: [serverAuth] });
		assert.deepEqual(findRulesProblems({ certificates: [byIssuer], authorities: [server.pem] }), []);
	});
});
