import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { createClientCertificateCheck, refusalReasons } from "../../src/client-certificate/index.ts";
import { issueAuthority, issueLeaf, now } from "../support/certificates/client-certificates.ts";
import { createRandom, makeHeader, textOf } from "../support/certificates/header-fuzzer.ts";
import { fuzzRuns, fuzzSeed } from "../support/fuzz.ts";

const wellFormed = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{10,800}$/u;

describe("any header", () => {
	it(`gives a verdict, and never a wrong one: ${fuzzRuns} of them`, async (test) => {
		test.diagnostic(`FUZZ_SEED=${fuzzSeed}`);
		const random = createRandom(fuzzSeed);
		const root = await issueAuthority({ algorithm: "RSA" });
		const listed = await Promise.all([
			issueLeaf({ issuer: root }),
			issueLeaf({ issuer: root, algorithm: "RSA", name: "CN=other", altNames: [{ type: "dns", value: "a.example" }] }),
		]);
		const self = await issueLeaf({ algorithm: "Ed25519" });
		const known = [...listed, self].map(({ der }) => der);
		const isKnown = new Set(known.map((der) => der.toString("base64")));
		const thumbprint = createHash("sha256").update(self.der).digest("hex");
		const check = createClientCertificateCheck({
			certificates: [
				{ name: "by issuer", issuer: root.name, routes: ["*"] },
				{ name: "by thumbprint", thumbprint, routes: ["*"] },
			],
			authorities: [root.base64, self.base64],
		});
		const counts = { allowed: 0, read: 0 };
		for (let index = 0; index < fuzzRuns; index++) {
			const header = makeHeader(random, known);
			const outcome = check(header, "any", now);
			assert.equal(outcome.checks.length, 7);
			if (outcome.certificate !== null) counts.read++;
			if (!outcome.allowed) {
				assert.ok(refusalReasons.includes(outcome.reason));
				assert.ok(wellFormed.test(outcome.message), outcome.message);
				continue;
			}
			counts.allowed++;
			const base64 = outcome.certificate.pem.replaceAll(/-----.*-----|\s/g, "");
			assert.ok(isKnown.has(base64) && textOf(header) === base64, `seed ${fuzzSeed}: ${JSON.stringify(header)}`);
		}
		test.diagnostic(JSON.stringify(counts));
		// A fuzzer whose inputs all fail at the first check would prove nothing.
		assert.ok(counts.allowed > fuzzRuns / 100 && counts.read > fuzzRuns / 10, JSON.stringify(counts));
	});
});
