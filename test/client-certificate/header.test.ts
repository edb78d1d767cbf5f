import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	createClientCertificateCheck,
	type RefusalReason,
	readClientCertificate,
} from "../../src/client-certificate/index.ts";
import { issueAuthority, issueLeaf, now } from "../support/certificates/client-certificates.ts";

const root = await issueAuthority();
const leaf = await issueLeaf({ issuer: root });
const other = await issueLeaf({ issuer: root });
const large = await issueLeaf({ issuer: root, altNames: listNames(340) });
const tooLarge = await issueLeaf({ issuer: root, altNames: listNames(700) });
const { der, base64, pem } = leaf;
const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";
// What Buffer takes for base64 too.
const base64url = Buffer.from(der).toString("base64url");

type Case = readonly [header: string | null | undefined, verdict: "readable" | RefusalReason, message?: RegExp];
const unreadable = "certificate-unreadable";

const cases: Record<string, Case> = {
	undefined: [undefined, "certificate-missing", /^No client certificate arrived\. Send/],
	null: [null, "certificate-missing"],
	empty: ["", "certificate-missing"],
	blank: [" \t\r\n ", "certificate-missing"],
	"base64 of the DER": [base64, "readable"],
	"with spaces around it": [`  ${base64}\t `, "readable"],
	"with line breaks": [base64.replaceAll(/.{64}/g, "$&\r\n"), "readable"],
	PEM: [pem, "readable"],
	"PEM with spaces for line breaks": [pem.replaceAll("\n", " "), "readable"],
	"PEM with a space after each line break": [pem.replaceAll("\n", "\n "), "readable"],
	"PEM with tabs after line breaks": [pem.trim().replaceAll("\n", "\n\t"), "readable"],
	"PEM without line breaks": [pem.replaceAll("\n", ""), "readable"],
	"PEM, percent-encoded": [encodeURIComponent(pem), "readable"],
	"base64, percent-encoded": [encodeURIComponent(base64), "readable"],
	"PEM, percent-encoded with plus signs for spaces": [
		encodeURIComponent(pem).replaceAll("%20", "+"),
		unreadable,
		/PEM markers/,
	],
	"malformed percent-encoding": [`${base64}%`, unreadable, /percent-encoded, but wrongly/],
	"percent-encoding of half a character": [`${base64}%ff`, unreadable, /percent-encoded, but wrongly/],
	"percent-encoding of nothing": ["%20", unreadable, /is not base64/],
	"nearly 16 KiB": [large.base64, "readable"],
	"over 16 KiB": [tooLarge.base64, unreadable, /longer than 16 KiB/],
	"exactly 16 KiB": [base64.padEnd(16 * 1024), "readable"],
	"a byte more": [base64.padEnd(16 * 1024 + 1), unreadable, /longer than 16 KiB/],
	"a megabyte of blanks": [" ".repeat(2 ** 20), unreadable, /longer than 16 KiB/],
	garbage: ["garbage!", unreadable, /is not base64/],
	"a lone surrogate": ["\ud800", unreadable, /is not base64/],
	"a NUL behind it": [`${base64}\0`, unreadable, /is not base64/],
	"a no-break space in it": [`${base64.slice(0, 20)}\u00a0${base64.slice(20)}`, unreadable, /is not base64/],
	"base64 of something else": [
		Buffer.from("something else").toString("base64"),
		unreadable,
		/not a certificate in DER/,
	],
	"two headers": [`${base64},${other.base64}`, unreadable, /more than one certificate, joined by a comma/],
	"two headers with a space": [`${base64}, ${base64}`, unreadable, /more than one certificate/],
	"two headers of which one is empty": [`${base64},`, unreadable, /more than one certificate/],
	"two PEM blocks": [`${pem}${other.pem}`, unreadable, /more than one PEM block/],
	"the same PEM block twice": [`${pem}${pem}`, unreadable, /more than one PEM block/],
	"two certificates in one base64": [`${base64}${other.base64}`, unreadable],
	"only the marker before it": [`${begin}${base64}`, unreadable, /PEM markers/],
	"only the marker behind it": [`${base64}${end}`, unreadable, /PEM markers/],
	"only the markers": [`${begin}${end}`, unreadable, /is not base64/],
	"a text before the PEM": [`subject=x\n${pem}`, unreadable, /PEM markers/],
	"PEM of something else": [pem.replaceAll("CERTIFICATE", "PUBLIC KEY"), unreadable, /PEM markers/],
	"base64 of the PEM text": [Buffer.from(pem).toString("base64"), unreadable, /base64 of a PEM text/],
	"base64url with a letter of its own": [base64url, unreadable, /base64url/],
	"without padding": [base64.replace(/=+$/, "") + (base64.endsWith("=") ? "" : "A"), unreadable],
	"base64 twice": [Buffer.from(base64).toString("base64"), unreadable],
	hex: [der.toString("hex"), unreadable],
	"truncated DER": [der.subarray(0, -1).toString("base64"), unreadable, /only a part of one/],
	"half a DER": [der.subarray(0, der.length / 2).toString("base64"), unreadable],
	"a byte behind the DER": [
		Buffer.concat([der, Buffer.of(0)]).toString("base64"),
		unreadable,
		/bytes after the certificate/,
	],
	"another certificate behind the DER": [
		Buffer.concat([der, other.der]).toString("base64"),
		unreadable,
		/bytes after the certificate/,
	],
	"a certificate in another form than DER": [
		toIndefinite(der).toString("base64"),
		unreadable,
		/not a certificate in DER/,
	],
	"PEM inside what begins like DER": [
		Buffer.from(`0\n${pem}`).toString("base64"),
		unreadable,
		/not a certificate in DER/,
	],
};

describe("readClientCertificate", () => {
	for (const [name, [header, verdict, message]] of Object.entries(cases)) {
		it(`${name}: ${verdict}`, () => {
			const reading = readClientCertificate(header);
			assert.equal(reading.readable ? "readable" : reading.reason, verdict);
			if (message !== undefined) assert.match(reading.readable ? "" : reading.message, message);
			const outcome = createClientCertificateCheck({
				certificates: [{ name: "any", issuer: root.name, routes: ["*"] }],
				authorities: [root.pem],
			})(header, "any", now);
			assert.equal(outcome.allowed, reading.readable);
			if (outcome.allowed || reading.readable) return;
			assert.equal(outcome.message, reading.message);
			assert.equal(outcome.reason, reading.reason);
			assert.deepEqual([outcome.status, outcome.thumbprint, outcome.certificate], [401, null, null]);
			const results = outcome.checks.map(({ check, result }) => `${check} ${result}`);
			assert.equal(results[0], "readable failed");
			assert.ok(results.slice(1).every((result) => result.endsWith(" not-checked")) && results.length === 7);
		});
	}

	it("has cases of the kinds that they claim to be", () => {
		assert.match(base64url, /[-_]/);
		assert.ok(large.base64.length > 10_000 && large.base64.length < 16 * 1024, `${large.base64.length}`);
		assert.ok(tooLarge.base64.length > 16 * 1024);
	});

	it("takes what is no text for unreadable", () => {
		for (const header of [1, {}, [base64], true, Buffer.from(base64)]) {
			const reading = readClientCertificate(header as unknown as string);
			assert.equal(reading.readable ? "" : reading.reason, unreadable);
		}
	});

	it("decodes nothing of a header that is far too long", () => {
		// Decoded first, it would be refused for not being base64.
		const reading = readClientCertificate("%".repeat(2 ** 26));
		assert.match(reading.readable ? "" : reading.message, /longer than/);
	});

	it("refuses an extension that stands there twice", async () => {
		const { BasicConstraintsExtension } = await import("@peculiar/x509");
		const extensions = [new BasicConstraintsExtension(true, undefined, true)];
		const reading = readClientCertificate((await issueLeaf({ issuer: root, extensions })).base64);
		assert.match(reading.readable ? "" : reading.message, /holds the same extension twice/);
	});

	it("refuses dates the wrong way round", async () => {
		const dates = { notBefore: "2026-02-01", notAfter: "2026-01-01" };
		const reading = readClientCertificate((await issueLeaf(dates)).base64);
		assert.match(reading.readable ? "" : reading.message, /the wrong way round/);
	});

	it("refuses an extension that it cannot take apart", async () => {
		const { Extension } = await import("@peculiar/x509");
		const extensions = [new Extension("2.5.29.37", false, Buffer.from("0c0141", "hex"))];
		const reading = readClientCertificate((await issueLeaf({ extendedKeyUsage: null, extensions })).base64);
		assert.match(reading.readable ? "" : reading.message, /not a certificate that can be understood/);
	});
});

function listNames(count: number) {
	return Array.from({ length: count }, (_, index) => ({
		type: "dns" as const,
		value: `host-${index}.contoso.example`,
	}));
}

/** The same, with a length that is told by an end mark (ITU-T X.690 section 8.1.3.6). */
function toIndefinite(certificate: Buffer): Buffer {
	assert.equal(certificate[1], 0x82);
	return Buffer.concat([Buffer.of(0x30, 0x80), certificate.subarray(4), Buffer.of(0, 0)]);
}
