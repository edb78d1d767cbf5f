import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createClientCertificateCheck } from "../../src/client-certificate/index.ts";
import { type AlgorithmName, issueAuthority, issueLeaf, now } from "../support/certificates/client-certificates.ts";
import { scaleRuns } from "../support/fuzz.ts";

describe("a certificate with one byte altered", () => {
	for (const algorithm of ["P-256", "RSA", "RSA-PSS", "Ed25519"] satisfies AlgorithmName[]) {
		it(`is never allowed: ${algorithm}`, async () => {
			const root = await issueAuthority({ algorithm });
			const { der, base64 } = await issueLeaf({ issuer: root, algorithm });
			const thumbprint = createHash("sha1").update(der).digest("hex");
			const checks = [
				{ certificates: [{ name: "a", issuer: root.name, routes: ["*"] }], authorities: [root.base64] },
				{ certificates: [{ name: "a", thumbprint, routes: ["*"] }] },
			].map(createClientCertificateCheck);
			for (const check of checks) assert.equal(check(base64, "any", now).allowed, true);
			const isAllowed = (index: number, byte: number) => {
				const altered = Buffer.from(der).fill(byte, index, index + 1);
				return checks.some((check) => check(altered.toString("base64"), "any", now).allowed);
			};
			fc.assert(
				fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) =>
					assert.equal(isAllowed(index, (der[index] as number) ^ change), false),
				),
				{ numRuns: scaleRuns(500) },
			);
			// Each byte once at least, by the one bit that decodes most alike.
			for (const index of der.keys())
				assert.equal(isAllowed(index, (der[index] as number) ^ 1), false, `byte ${index}`);
		});
	}

	it("is never allowed: base64 that decodes to the same bytes", async () => {
		const root = await issueAuthority();
		let leaf = await issueLeaf({ issuer: root });
		while (!leaf.base64.endsWith("=")) leaf = await issueLeaf({ issuer: root, name: `${leaf.name}, OU=x` });
		const check = createClientCertificateCheck({
			certificates: [{ name: "a", issuer: root.name, routes: ["*"] }],
			authorities: [root.base64],
		});
		const padding = leaf.base64.indexOf("=");
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		const next = alphabet[alphabet.indexOf(leaf.base64[padding - 1] as string) + 1] as string;
		const other = `${leaf.base64.slice(0, padding - 1)}${next}${leaf.base64.slice(padding)}`;
		assert.deepEqual(Buffer.from(other, "base64"), leaf.der);
		assert.equal(check(other, "any", now).allowed, false);
	});
});
