import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type ClientCertificate, readClientCertificate } from "../../src/client-certificate/index.ts";
import { createOpenSsl, issueLeaf } from "../support/certificates/client-certificates.ts";

describe("readClientCertificate", () => {
	const openssl = createOpenSsl();
	after(() => openssl.remove());

	it("says of a certificate what openssl says", async () => {
		const altNames =
			"DNS:a.example,DNS:*.b.example,URI:spiffe://contoso.com/a,email:a@contoso.com,IP:10.0.0.1,IP:2001:db8::1";
		await openssl.run(
			...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "a.key", "-out", "a.pem", "-days", "30"],
			...["-subj", "/C=NL/O=Contoso, Inc./CN=client \u00e9/emailAddress=a@contoso.com", "-utf8"],
			...["-addext", `subjectAltName=${altNames}`, "-set_serial", "0x0fEdcba9876543210"],
		);
		const facts = read(openssl.read("a.pem").toString());
		assert.equal(facts.subject, "C=NL, O=Contoso\\, Inc., CN=client \u00e9, E=a@contoso.com");
		assert.equal(facts.issuer, facts.subject);
		assert.deepEqual(facts.subjectAltNames, [
			"DNS:a.example",
			"DNS:*.b.example",
			"URI:spiffe://contoso.com/a",
			"email:a@contoso.com",
			"IP:10.0.0.1",
			"IP:2001:db8::1",
		]);
		const asks = ["-serial", "-dates", "-fingerprint"];
		const sha1 = parseLines(await openssl.run("x509", "-in", "a.pem", "-noout", "-sha1", ...asks));
		const sha256 = parseLines(await openssl.run("x509", "-in", "a.pem", "-noout", "-sha256", "-fingerprint"));
		assert.equal(facts.serialNumber, sha1.get("serial"));
		assert.equal(facts.serialNumber, "FEDCBA9876543210");
		assert.equal(facts.notBefore.getTime(), Date.parse(sha1.get("notBefore") as string));
		assert.equal(facts.notAfter.getTime(), Date.parse(sha1.get("notAfter") as string));
		assert.equal(facts.thumbprints.sha1, sha1.get("sha1 Fingerprint")?.replaceAll(":", ""));
		assert.equal(facts.thumbprints.sha256, sha256.get("sha256 Fingerprint")?.replaceAll(":", ""));
		assert.match(facts.thumbprints.sha1, /^[\dA-F]{40}$/);
		assert.match(facts.thumbprints.sha256, /^[\dA-F]{64}$/);
		assert.equal(facts.pem, openssl.read("a.pem").toString());
		assert.deepEqual(read(facts.pem), facts);
	});

	it("lists the other kinds of alternative names, and leaves out what it does not know", async () => {
		openssl.write(
			"names.cnf",
			`[ext]
subjectAltName=@names
[names]
otherName.1=1.3.6.1.4.1.311.20.2.3;UTF8:a@contoso.com
otherName.2=1.3.6.1.5.5.7.8.7;IA5:_x.contoso.com
RID.1=1.2.3.4
dirName.1=directory
DNS.1=a.example
[directory]
CN=a
O=Contoso
[req]
distinguished_name=directory
`,
		);
		await openssl.run(
			...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "b.key", "-out", "b.pem"],
			...["-subj", "/CN=b", "-config", "names.cnf", "-extensions", "ext"],
		);
		const { subjectAltNames } = read(openssl.read("b.pem").toString());
		assert.deepEqual(subjectAltNames, ["UPN:a@contoso.com", "RID:1.2.3.4", "DirName:CN=a, O=Contoso", "DNS:a.example"]);
	});

	it("reads a certificate of the first version", async () => {
		await openssl.run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "c.key", "-out", "c.csr", "-subj", "/CN=c");
		await openssl.run("x509", "-req", "-in", "c.csr", "-signkey", "c.key", "-out", "c.pem", "-days", "5");
		const facts = read(openssl.read("c.pem").toString());
		assert.deepEqual([facts.subject, facts.subjectAltNames], ["CN=c", []]);
	});

	it("reads a certificate without a subject", async () => {
		const { base64 } = await issueLeaf({ name: [], altNames: [{ type: "dns", value: "a.example" }] });
		assert.deepEqual([read(base64).subject, read(base64).subjectAltNames], ["", ["DNS:a.example"]]);
	});

	it("reads dates on both sides of 2050", async () => {
		const dates = { notBefore: "2049-12-31T23:59:59Z", notAfter: "2050-01-01T00:00:00Z" };
		const { notBefore, notAfter } = read((await issueLeaf(dates)).base64);
		assert.deepEqual([notBefore, notAfter], [new Date(dates.notBefore), new Date(dates.notAfter)]);
	});
});

function read(header: string): ClientCertificate {
	const reading = readClientCertificate(header);
	if (!reading.readable) throw new Error(reading.message);
	return reading.certificate;
}

function parseLines(text: string): Map<string, string> {
	return new Map(
		text
			.trim()
			.split("\n")
			.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
	);
}
