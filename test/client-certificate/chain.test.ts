import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it, mock } from "node:test";
import { type ParsedCertificate, parseCertificate } from "../../src/client-certificate/certificate.ts";
import { findChainProblem } from "../../src/client-certificate/chain.ts";
import {
	digitalSignature,
	type Issued,
	issueAuthority,
	issueLeaf,
	keyCertSign,
	now,
} from "../support/certificates/client-certificates.ts";

const root = await issueAuthority();

// Rules refuse such intermediates beforehand; the chain does not rely on it.
describe("findChainProblem", () => {
	it("refuses an intermediate that is no authority", async () => {
		const between = await issueAuthority({ name: "CN=Between", issuer: root, ca: false });
		assert.match((await problemBelow([root], [between])) ?? "", /"CN=Between" is not that of an authority/);
	});

	it("refuses an intermediate that may not sign certificates", async () => {
		const between = await issueAuthority({ name: "CN=Between", issuer: root, keyUsage: digitalSignature });
		assert.match((await problemBelow([root], [between])) ?? "", /"CN=Between" may not sign certificates/);
	});

	it("takes an intermediate with several usages", async () => {
		const keyUsage = digitalSignature | keyCertSign;
		const between = await issueAuthority({ name: "CN=Between", issuer: root, keyUsage });
		assert.equal(await problemBelow([root], [between]), null);
	});

	it("climbs over seven intermediates and no more", async () => {
		const line = [root];
		for (let index = 1; index <= 8; index++) {
			line.push(await issueAuthority({ name: `CN=CA ${index}`, issuer: line.at(-1) as Issued }));
		}
		assert.equal(await problemBelow([root], line.slice(1, 8)), null);
		assert.match((await problemBelow([root], line.slice(1))) ?? "", /too long/);
		assert.equal(await problemBelow([line[1] as Issued], line.slice(2)), null);
	});

	it("finds the way where many signed each other, and ends where there is none", async () => {
		const names = Array.from({ length: 6 }, (_, index) => `CN=CA ${index}`);
		const own = await Promise.all(names.map((name) => issueAuthority({ name })));
		const crossed = await Promise.all(
			own.flatMap((keys) =>
				own.filter((one) => one !== keys).map((issuer) => issueAuthority({ name: keys.name, keys, issuer })),
			),
		);
		const trusted = await issueAuthority({ name: (own[0] as Issued).name, issuer: root, keys: own[0] as Issued });
		const signatures = mock.method(X509Certificate.prototype, "verify");
		assert.notEqual(await problemBelow([root], crossed, own[5]), null);
		assert.equal(await problemBelow([root], [...crossed, trusted], own[5]), null);
		// 1,094 of them; to try each way through six authorities that signed each other takes some 490,000.
		assert.ok(signatures.mock.callCount() < 5000, String(signatures.mock.callCount()));
		signatures.mock.restore();
	});

	it("tells of the issuer that signed, not of those that have its name", async () => {
		const impostors = await Promise.all([1, 2].map(() => issueAuthority({ name: "CN=Between", issuer: root })));
		const expired = await issueAuthority({ name: "CN=Between", issuer: root, notAfter: "2026-02-01" });
		const [first, second] = impostors as [Issued, Issued];
		assert.match((await problemBelow([root], [first, expired, second], expired)) ?? "", /has expired at 2026-02-01/);
	});
});

/** Of a leaf that the last intermediate has signed, or another. */
async function problemBelow(
	authorities: readonly Issued[],
	intermediates: readonly Issued[],
	issuer = intermediates.at(-1) as Issued,
): Promise<string | null> {
	const trust = { authorities: authorities.map(parse), intermediates: intermediates.map(parse) };
	return findChainProblem(parse(await issueLeaf({ issuer })), trust, now);
}

function parse({ der }: Issued): ParsedCertificate {
	const parsed = parseCertificate(new X509Certificate(der));
	if ("problem" in parsed) throw new Error(parsed.problem);
	return parsed;
}
