import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, it } from "node:test";
import {
	type AllowedCertificate,
	type ClientCertificateRules,
	createClientCertificateCheck,
	type Outcome,
	type RefusalReason,
	refusalReasons,
} from "../../src/client-certificate/index.ts";
import {
	type AlgorithmName,
	anyPurpose,
	type CertificateOptions,
	clientAuth,
	createOpenSsl,
	critical,
	digitalSignature,
	extension,
	type Issued,
	issueAuthority,
	issueLeaf,
	keyAgreement,
	keyCertSign,
	keyEncipherment,
	now,
	serverAuth,
} from "../support/certificates/client-certificates.ts";

const root = await issueAuthority();
const issuing = await issueAuthority({ name: "CN=Contoso Issuing CA, O=Contoso, C=NL", issuer: root });
const leaf = await issueLeaf({ issuer: root });
const selfSigned = await issueLeaf();
const impostor = await issueAuthority();

/** An entry for whatever the root has signed. */
const byRoot: AllowedCertificate = { name: "root's", issuer: root.name, routes: ["*"] };
const rules: ClientCertificateRules = { certificates: [byRoot], authorities: [root.base64] };

/** The verdict, and the one thing that it says. */
type Case = readonly [
	header: string | null | undefined,
	rules: ClientCertificateRules,
	verdict: Verdict,
	detail?: RegExp,
];
type Verdict = RefusalReason | `allowed as ${string}`;

async function leafOf(options: CertificateOptions): Promise<string> {
	return (await issueLeaf({ issuer: root, ...options })).base64;
}

function pinned(
	certificate: Issued,
	others: Partial<ClientCertificateRules> = {},
	hash = "sha256",
): ClientCertificateRules {
	const thumbprint = createHash(hash).update(certificate.der).digest("hex");
	return { certificates: [{ name: "pinned", thumbprint, routes: ["*"] }], ...others };
}

function entry(fields: Partial<AllowedCertificate>): ClientCertificateRules {
	return { ...rules, certificates: [{ ...byRoot, ...fields } as AllowedCertificate] };
}

const nameConstraints = Buffer.from("300ea00c300a820861626364652e6e6c", "hex");

/** A leaf of an authority that is made with these options, and rules that trust that one. */
async function underAuthority(options: CertificateOptions, verdict: Verdict, detail?: RegExp): Promise<Case> {
	const authority = await issueAuthority(options);
	const header = await leafOf({ issuer: authority });
	return [header, { ...rules, authorities: [authority.base64] }, verdict, detail as RegExp];
}

/** A leaf of an intermediate that is made with these options, and rules that trust the root above. */
async function underIntermediate(options: CertificateOptions, verdict: Verdict, detail?: RegExp): Promise<Case> {
	const between = await issueAuthority({ name: issuing.name, issuer: root, ...options });
	const certificates = [{ ...byRoot, name: "issuing", issuer: issuing.name }];
	const known = { certificates, authorities: [root.base64], intermediates: [between.base64] };
	return [await leafOf({ issuer: between }), known, verdict, detail as RegExp];
}

async function withAlgorithm(
	algorithm: AlgorithmName,
	verdict: Verdict = "allowed as root's",
	detail?: RegExp,
): Promise<Case> {
	const authority = await issueAuthority({ algorithm });
	const header = await leafOf({ issuer: authority, algorithm });
	return [header, { ...rules, authorities: [authority.base64] }, verdict, detail as RegExp];
}

const second = await issueAuthority({ name: "CN=Second CA", issuer: issuing });
const limited = await issueAuthority({ pathLength: 0 });
const belowLimited = await issueAuthority({ name: "CN=Below", issuer: limited });
const renewed = await issueAuthority({ issuer: limited });
const crossed = await issueAuthority({ name: root.name, issuer: issuing, keys: root });
const crossedIssuing = await issueAuthority({ name: issuing.name, issuer: root, keys: issuing });
const expiredIssuing = await issueAuthority({
	name: issuing.name,
	issuer: root,
	keys: issuing,
	notAfter: "2026-02-01",
});
const otherName = { name: "CN=Other Issuing CA" };
const otherIssuing = await issueAuthority({ ...otherName, issuer: root });
const byIssuing = { ...byRoot, issuer: issuing.name };
const ownAuthority = await issueAuthority({
	name: "CN=Own",
	keyUsage: digitalSignature | keyCertSign,
	extendedKeyUsage: [clientAuth],
});
const sharedName = await issueAuthority({ name: "CN=client.contoso.com, O=Contoso, C=NL" });

const cases: Record<string, Case> = {
	valid: [leaf.base64, rules, "allowed as root's", /leads to one of the authorities/],
	"valid through an intermediate": await underIntermediate({}, "allowed as issuing"),
	"valid through two intermediates": [
		await leafOf({ issuer: second }),
		{ ...entry({ issuer: second.name }), intermediates: [second.base64, issuing.base64] },
		"allowed as root's",
	],
	"an authority that another one signed": [
		await leafOf({ issuer: issuing }),
		{ ...entry({ issuer: issuing.name }), authorities: [issuing.base64] },
		"allowed as root's",
	],
	"the first of two intermediates with one key has expired": [
		await leafOf({ issuer: issuing }),
		{ certificates: [byIssuing], authorities: [root.base64], intermediates: [expiredIssuing.base64, issuing.base64] },
		"allowed as root's",
	],
	"authorities that signed each other, one of them trusted": [
		await leafOf({ issuer: issuing }),
		{ certificates: [byIssuing], authorities: [root.base64], intermediates: [crossed.base64, crossedIssuing.base64] },
		"allowed as root's",
	],
	"authorities that signed each other, none of them trusted": [
		await leafOf({ issuer: issuing }),
		{
			certificates: [byIssuing],
			authorities: [impostor.base64],
			intermediates: [crossed.base64, crossedIssuing.base64],
		},
		"certificate-untrusted",
		/too long, or leads round in a circle/,
	],
	"an authority with the client's own name": [
		await leafOf({ issuer: sharedName }),
		{ ...entry({ issuer: sharedName.name }), authorities: [sharedName.base64] },
		"allowed as root's",
	],

	expired: [
		await leafOf({ notAfter: "2026-06-01T11:59:59Z" }),
		rules,
		"certificate-expired",
		/expired at 2026-06-01T11:59:59/,
	],
	"not yet valid": [
		await leafOf({ notBefore: "2026-06-01T12:00:01Z" }),
		rules,
		"certificate-not-yet-valid",
		/not valid before/,
	],
	"valid to this second": [await leafOf({ notAfter: "2026-06-01T12:00:00Z" }), rules, "allowed as root's"],
	"valid from this second": [await leafOf({ notBefore: "2026-06-01T12:00:00Z" }), rules, "allowed as root's"],
	"valid beyond 2050": [await leafOf({ notAfter: "2099-01-01T00:00:00Z" }), rules, "allowed as root's"],
	"for ever": [await leafOf({ notAfter: "9999-12-31T23:59:59Z" }), rules, "allowed as root's"],

	"a key that can be computed": [
		(await issueLeaf({ issuer: root, algorithm: "short RSA" })).base64,
		rules,
		"certificate-usage",
		/has a key of 1024 bits, which is too short/,
	],
	"an authority whose key can be computed": await underAuthority(
		{ algorithm: "short RSA" },
		"certificate-untrusted",
		/has a key of 1024 bits/,
	),
	"name constraints on an authority that are not critical": await underAuthority(
		{ extensions: [extension("2.5.29.30", nameConstraints)] },
		"certificate-untrusted",
		/holds the constraints 2\.5\.29\.30, which are not checked here/,
	),

	"wrong issuer with the right name": [
		await leafOf({ issuer: impostor }),
		rules,
		"certificate-untrusted",
		/its issuer "CN=Contoso Root CA, O=Contoso, C=NL" did not sign it/,
	],
	"wrong issuer with the right name and another kind of key": [
		await leafOf({ issuer: await issueAuthority({ algorithm: "RSA" }) }),
		rules,
		"certificate-untrusted",
		/did not sign it/,
	],
	"the right issuer's key with another name": [
		await leafOf({ issuerName: "CN=Nobody" }),
		rules,
		"certificate-untrusted",
		/no certificate of its issuer "CN=Nobody" is among/,
	],
	"the issuer's name, in another order": [
		await leafOf({ issuerName: "C=NL, O=Contoso, CN=Contoso Root CA" }),
		rules,
		"certificate-untrusted",
		/key identifier|names/,
	],
	"self-signed": [selfSigned.base64, rules, "certificate-untrusted", /self-signed, and is not itself/],
	"self-signed, with the name of the authority": [
		(await issueLeaf({ name: root.name })).base64,
		entry({ issuer: root.name }),
		"certificate-untrusted",
		/self-signed/,
	],
	"self-signed and listed as authority": [
		selfSigned.base64,
		pinned(selfSigned, { authorities: [selfSigned.base64] }),
		"allowed as pinned",
	],
	"self-signed, where one with the same key is listed as authority": [
		(await issueLeaf({ keys: selfSigned })).base64,
		{ ...entry({ issuer: selfSigned.name }), authorities: [selfSigned.base64] },
		"certificate-untrusted",
		/self-signed/,
	],
	"self-signed and pinned by thumbprint without authorities": [
		selfSigned.base64,
		pinned(selfSigned),
		"allowed as pinned",
		/thumbprints alone decide/,
	],
	"self-signed and pinned by thumbprint among authorities": [
		selfSigned.base64,
		pinned(selfSigned, { authorities: [root.base64] }),
		"certificate-untrusted",
	],
	"signed by a self-signed client that is listed as authority": [
		await leafOf({ issuer: selfSigned, name: "CN=child" }),
		{ ...entry({ issuer: selfSigned.name }), authorities: [selfSigned.base64] },
		"certificate-untrusted",
		/is not that of an authority/,
	],
	"missing intermediate": [
		await leafOf({ issuer: issuing }),
		entry({ issuer: issuing.name }),
		"certificate-untrusted",
		/no certificate of its issuer "CN=Contoso Issuing CA, O=Contoso, C=NL" is among/,
	],
	"missing authority above the intermediate": [
		await leafOf({ issuer: second }),
		{ ...entry({ issuer: second.name }), intermediates: [second.base64] },
		"certificate-untrusted",
		/no certificate of "CN=Contoso Issuing CA, O=Contoso, C=NL", the issuer of "CN=Second CA", is among/,
	],
	"an intermediate is not trusted by itself": [
		await leafOf({ issuer: issuing }),
		{ certificates: [byIssuing], authorities: [impostor.base64], intermediates: [issuing.base64] },
		"certificate-untrusted",
		/"CN=Contoso Root CA, O=Contoso, C=NL", the issuer of .* did not sign it/,
	],
	"an authority used as a client": [issuing.base64, rules, "certificate-is-authority", /authority \(CA\)/],
	"a trusted authority used as a client": [
		ownAuthority.base64,
		pinned(ownAuthority, { authorities: [ownAuthority.base64] }),
		"certificate-is-authority",
	],
	"an authority without keyCertSign": await underAuthority(
		{ keyUsage: digitalSignature },
		"certificate-untrusted",
		/may not sign certificates/,
	),
	"an authority without key usage": await underAuthority({ keyUsage: null }, "allowed as root's"),
	"an authority that is none": await underAuthority(
		{ ca: false },
		"certificate-untrusted",
		/is not that of an authority/,
	),
	"an authority without basic constraints": await underAuthority({ ca: null }, "certificate-untrusted"),
	"an expired authority": await underAuthority(
		{ notAfter: "2026-06-01T11:59:59Z" },
		"certificate-untrusted",
		/its issuer "CN=Contoso Root CA, O=Contoso, C=NL" has expired at 2026-06-01T11:59:59/,
	),
	"an authority valid to this second": await underAuthority({ notAfter: "2026-06-01T12:00:00Z" }, "allowed as root's"),
	"an authority that is not yet valid": await underAuthority(
		{ notBefore: "2026-06-01T12:00:01Z" },
		"certificate-untrusted",
		/is not valid before/,
	),
	"an expired intermediate": await underIntermediate(
		{ notAfter: "2026-02-01T00:00:00Z" },
		"certificate-untrusted",
		/has expired/,
	),
	"an authority for servers only": await underAuthority(
		{ extendedKeyUsage: [serverAuth] },
		"certificate-untrusted",
		/not for client authentication/,
	),
	"an authority for clients": await underAuthority({ extendedKeyUsage: [serverAuth, clientAuth] }, "allowed as root's"),
	"an authority for any purpose": await underAuthority({ extendedKeyUsage: [anyPurpose] }, "allowed as root's"),
	"an intermediate for servers only": await underIntermediate(
		{ extendedKeyUsage: [serverAuth] },
		"certificate-untrusted",
	),
	"path length 0, none below": await underAuthority({ pathLength: 0 }, "allowed as root's"),
	"path length 0, one below": [
		await leafOf({ issuer: belowLimited }),
		{ ...entry({ issuer: "CN=Below" }), authorities: [limited.base64], intermediates: [belowLimited.base64] },
		"certificate-untrusted",
		/path length/,
	],
	"path length 0, one below of the same name": [
		await leafOf({ issuer: renewed }),
		{ ...rules, authorities: [limited.base64], intermediates: [renewed.base64] },
		"allowed as root's",
	],
	"path length 1, one below": await (async (): Promise<Case> => {
		const one = await issueAuthority({ pathLength: 1 });
		const below = await issueAuthority({ name: "CN=Below", issuer: one });
		const known = { ...entry({ issuer: "CN=Below" }), authorities: [one.base64], intermediates: [below.base64] };
		return [await leafOf({ issuer: below }), known, "allowed as root's"];
	})(),
	"critical name constraints on an authority": await underAuthority(
		{ extensions: [critical("2.5.29.30", nameConstraints)] },
		"certificate-untrusted",
		/holds the constraints 2\.5\.29\.30/,
	),
	"critical policy constraints on an intermediate": await underIntermediate(
		{ extensions: [critical("2.5.29.36", Buffer.from("3003800100", "hex"))] },
		"certificate-untrusted",
		/holds the constraints 2\.5\.29\.36/,
	),
	"an unknown critical extension": [
		await leafOf({ extensions: [critical()] }),
		rules,
		"certificate-untrusted",
		/it holds the critical extension 1\.3\.6\.1\.4\.1\.55555\.1/,
	],

	"for servers only": [
		await leafOf({ extendedKeyUsage: [serverAuth] }),
		rules,
		"certificate-usage",
		/extended key usage/,
	],
	"for clients and servers": [await leafOf({ extendedKeyUsage: [serverAuth, clientAuth] }), rules, "allowed as root's"],
	"without extended key usage": [await leafOf({ extendedKeyUsage: null }), rules, "allowed as root's"],
	"for any purpose": [await leafOf({ extendedKeyUsage: [anyPurpose] }), rules, "allowed as root's"],
	"key usage without digital signatures": [
		await leafOf({ keyUsage: keyEncipherment }),
		rules,
		"certificate-usage",
		/neither digital signatures nor key agreement/,
	],
	"key usage with key agreement": [await leafOf({ keyUsage: keyAgreement }), rules, "allowed as root's"],
	"without key usage": [await leafOf({ keyUsage: null }), rules, "allowed as root's"],
	"without any extension": [
		await leafOf({ ca: null, keyUsage: null, extendedKeyUsage: null }),
		rules,
		"allowed as root's",
	],
	"pinned, but for servers only": await (async (): Promise<Case> => {
		const server = await issueLeaf({ extendedKeyUsage: [serverAuth] });
		return [server.base64, pinned(server), "certificate-usage"];
	})(),
	"pinned, but expired": await (async (): Promise<Case> => {
		const old = await issueLeaf({ notAfter: "2026-05-01T00:00:00Z" });
		return [old.base64, pinned(old), "certificate-expired"];
	})(),

	RSA: await withAlgorithm("RSA"),
	"RSA-PSS": await withAlgorithm("RSA-PSS"),
	"P-256": await withAlgorithm("P-256"),
	"P-384": await withAlgorithm("P-384"),
	Ed25519: await withAlgorithm("Ed25519"),
	"RSA with SHA-1": await withAlgorithm("RSA with SHA-1", "certificate-untrusted", /it is signed with SHA-1/),
	"RSA-PSS with SHA-1": await withAlgorithm("RSA-PSS with SHA-1", "certificate-untrusted", /it is signed with SHA-1/),
	"P-256 with SHA-1": await withAlgorithm("P-256 with SHA-1", "certificate-untrusted", /it is signed with SHA-1/),
	"an authority that signed itself with SHA-1": await (async (): Promise<Case> => {
		const old = await issueAuthority({ algorithm: "P-256 with SHA-1" });
		const header = await leafOf({ issuer: { ...old, algorithm: "P-256" } });
		return [header, { ...rules, authorities: [old.base64] }, "allowed as root's"];
	})(),
	"an intermediate that was signed with SHA-1": await (async (): Promise<Case> => {
		const old = await issueAuthority({ algorithm: "P-256 with SHA-1" });
		const between = await issueAuthority({ name: issuing.name, issuer: old });
		const known = { ...entry({ issuer: issuing.name }), authorities: [old.base64], intermediates: [between.base64] };
		return [
			await leafOf({ issuer: between }),
			known,
			"certificate-untrusted",
			/"CN=Contoso Issuing CA.*" is signed with SHA-1/,
		];
	})(),
	"signed with SHA-1, and itself among the authorities": await (async (): Promise<Case> => {
		const old = await issueLeaf({ algorithm: "RSA with SHA-1" });
		return [old.base64, pinned(old, { authorities: [old.base64] }), "allowed as pinned"];
	})(),
	"signed with SHA-1, and pinned without authorities": await (async (): Promise<Case> => {
		const old = await issueLeaf({ algorithm: "RSA with SHA-1" });
		return [old.base64, pinned(old), "allowed as pinned"];
	})(),

	"SHA-256 thumbprint": [leaf.base64, pinned(leaf), "allowed as pinned"],
	"SHA-1 thumbprint": [leaf.base64, pinned(leaf, {}, "sha1"), "allowed as pinned"],
	"SHA-256 thumbprint with authorities": [leaf.base64, pinned(leaf, { authorities: [root.pem] }), "allowed as pinned"],
	...Object.fromEntries(
		["sha1", "sha256"].flatMap((hash) => {
			const hex = createHash(hash).update(leaf.der).digest("hex");
			const spellings = {
				"with colons": hex.toUpperCase().replaceAll(/..(?!$)/g, "$&:"),
				"in lower case with colons": hex.replaceAll(/..(?!$)/g, "$&:"),
				"with spaces, and a mark before": `\u200e${hex.replaceAll(/..(?!$)/g, "$& ")} `,
			};
			return Object.entries(spellings).map(([spelling, thumbprint]) => [
				`${hash} thumbprint ${spelling}`,
				[leaf.base64, { certificates: [{ name: "pinned", thumbprint, routes: ["*"] }] }, "allowed as pinned"],
			]);
		}),
	),
	"thumbprint of another certificate": [
		leaf.base64,
		pinned(selfSigned),
		"certificate-unknown",
		/it is not on the list/,
	],
	...Object.fromEntries(
		["sha1", "sha256"].flatMap((hash) =>
			[0, 1].map((end) => {
				const hex = createHash(hash).update(leaf.der).digest("hex");
				const other = (digit: string) => (digit === "0" ? "1" : "0");
				const thumbprint = end
					? `${hex.slice(0, -1)}${other(hex.slice(-1))}`
					: `${other(hex.slice(0, 1))}${hex.slice(1)}`;
				return [
					`${hash} thumbprint that differs in the ${end ? "last" : "first"} digit`,
					[leaf.base64, { certificates: [{ name: "pinned", thumbprint, routes: ["*"] }] }, "certificate-unknown"],
				];
			}),
		),
	),

	"issuer in another order and case": [
		leaf.base64,
		entry({ issuer: 'c = nl,o="CONTOSO" , cn=contoso   root ca' }),
		"allowed as root's",
	],
	"issuer with less": [leaf.base64, entry({ issuer: "CN=Contoso Root CA, O=Contoso" }), "certificate-unknown"],
	"issuer with more": [leaf.base64, entry({ issuer: `${root.name}, OU=x` }), "certificate-unknown"],
	"issuer by object identifiers": [
		leaf.base64,
		entry({ issuer: "2.5.4.3=Contoso Root CA, 2.5.4.10=Contoso, 2.5.4.6=NL" }),
		"allowed as root's",
	],
	"another trusted authority than the entry's": [
		await leafOf({ issuer: otherIssuing }),
		{ ...rules, intermediates: [otherIssuing.base64] },
		"certificate-unknown",
	],
	"the subject fits": [leaf.base64, entry({ subject: "O=contoso, C=NL, CN=client.contoso.com" }), "allowed as root's"],
	"another subject": [leaf.base64, entry({ subject: "CN=other, O=Contoso, C=NL" }), "certificate-unknown"],
	"a part of the subject": [leaf.base64, entry({ subject: "CN=client.contoso.com" }), "certificate-unknown"],
	"a subject of several values in one part": [
		await leafOf({ name: [{ CN: ["a"], OU: ["x, y"] }, { OU: ["z"] }] }),
		entry({ subject: "OU=z, OU=x\\, y + CN=a" }),
		"allowed as root's",
	],
	"a subject that holds what looks like one": [
		await leafOf({ name: [{ CN: ["a, O=Contoso"] }] }),
		entry({ subject: "CN=a, O=Contoso" }),
		"certificate-unknown",
	],
	"a subject with types of other names": [
		await leafOf({ name: [{ "2.5.4.5": ["42"] }, { E: ["a@contoso.com"] }, { DC: ["contoso"] }, { ST: ["Utrecht"] }] }),
		entry({ subject: "S=Utrecht, emailAddress=a@contoso.com, serialNumber=42, DC=contoso" }),
		"allowed as root's",
	],

	"another route": [leaf.base64, entry({ routes: ["orders"] }), "route-forbidden", /may not use "prices"/],
	"the route": [leaf.base64, entry({ routes: ["orders", "prices"] }), "allowed as root's"],
	"the route in another case": [leaf.base64, entry({ routes: ["PRICES"] }), "allowed as root's"],
	"a route that begins like it": [leaf.base64, entry({ routes: ["price"] }), "route-forbidden"],
	"entries whose routes are united": [
		leaf.base64,
		{
			...rules,
			certificates: [
				{ ...byRoot, name: "first", routes: ["orders"] },
				{ ...byRoot, name: "second", routes: ["prices"] },
				{ ...byRoot, name: "third", routes: ["*"] },
			],
		},
		"allowed as second",
	],
};

describe("createClientCertificateCheck", () => {
	for (const [name, [header, known, verdict, detail]] of Object.entries(cases)) {
		it(`${name}: ${verdict}`, () => {
			const outcome = createClientCertificateCheck(known)(header, "prices", now);
			assert.equal(outcome.allowed ? `allowed as ${outcome.name}` : outcome.reason, verdict, describeChecks(outcome));
			if (detail !== undefined) assert.match(describeChecks(outcome), detail);
			checkShape(outcome);
		});
	}

	it("gives each reason at least once, with the headers that cannot be read", () => {
		const reasons = new Set(Object.values(cases).map(([, , verdict]) => verdict));
		const unread: readonly Verdict[] = ["certificate-missing", "certificate-unreadable"];
		for (const reason of refusalReasons) assert.ok(reasons.has(reason) || unread.includes(reason), reason);
	});

	it("names the first check that failed, and lists them all", async () => {
		const worst = await issueAuthority({ name: "CN=x", notAfter: "2026-02-01", keyUsage: keyEncipherment });
		const outcome = createClientCertificateCheck(rules)(worst.base64, "prices", now);
		assert.equal(outcome.allowed ? "" : outcome.reason, "certificate-expired");
		assert.deepEqual(
			outcome.checks.map(({ check, result }) => `${check} ${result}`),
			[
				"readable passed",
				"dates failed",
				"chain failed",
				"basic-constraints failed",
				"usage failed",
				"allow-list failed",
				"route not-checked",
			],
		);
	});

	it("does not take an entry by issuer without a chain", async () => {
		const forged = await issueLeaf({ issuer: impostor });
		const { checks } = createClientCertificateCheck(rules)(forged.base64, "prices", now);
		assert.equal(checks.find(({ check }) => check === "allow-list")?.result, "failed");
	});

	it("takes this moment by default", async () => {
		const soon = await leafOf({
			notBefore: new Date(Date.now() - 60_000).toISOString(),
			notAfter: new Date(Date.now() + 60_000).toISOString(),
		});
		const authority = await issueAuthority({ keys: root, notAfter: "2099-01-01T00:00:00Z" });
		const check = createClientCertificateCheck({ ...rules, authorities: [authority.base64] });
		assert.equal(check(soon, "prices").allowed, true);
		assert.equal(check(soon, "prices", new Date(Date.now() + 120_000)).allowed, false);
	});

	it("takes the name of a route in any case", () => {
		const check = createClientCertificateCheck(entry({ routes: ["Prices"] }));
		for (const route of ["prices", "PRICES", "Prices"]) assert.equal(check(leaf.base64, route, now).allowed, true);
		for (const route of ["price", "prices/", "*", ""]) assert.equal(check(leaf.base64, route, now).allowed, false);
	});

	it("refuses at a moment that is none", () => {
		for (const known of [rules, pinned(leaf)]) {
			const outcome = createClientCertificateCheck(known)(leaf.base64, "prices", new Date(Number.NaN));
			assert.equal(outcome.allowed ? "" : outcome.reason, "certificate-not-yet-valid");
		}
	});

	it("shows names of callers without what hides or reorders", async () => {
		const hostile = "<script>alert(1)</script>\u202Egnp\r\n\u2028\u0007";
		const header = await leafOf({ name: [{ CN: [hostile] }], issuerName: [{ CN: [hostile] }] });
		const outcome = createClientCertificateCheck(rules)(header, "a\nb", now);
		checkShape(outcome);
		assert.match(describeChecks(outcome), /\\u\{202e\}gnp/);
		assert.match(outcome.certificate?.issuer ?? "", /\u202E/);
		const long = await leafOf({ issuerName: `CN=${"x".repeat(5000)}` });
		const refused = createClientCertificateCheck(rules)(long, "prices", now);
		assert.ok(!refused.allowed && refused.message.length < 600);
	});
});

describe("createClientCertificateCheck, with certificates of openssl", () => {
	const openssl = createOpenSsl();
	after(() => openssl.remove());

	it("judges as openssl verify does", async () => {
		openssl.write(
			"client.ext",
			"extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\nsubjectAltName=DNS:a.example\n",
		);
		openssl.write("server.ext", "extendedKeyUsage=serverAuth\n");
		openssl.write(
			"constrained.ext",
			"basicConstraints=critical,CA:true\nnameConstraints=critical,permitted;DNS:b.example\n",
		);
		openssl.write("ca.ext", "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=keyCertSign\n");
		await makeSelfSigned("root", "/CN=Root", "rsa:2048");
		await makeSelfSigned("other", "/CN=Root", "rsa:2048");
		await makeSigned("issuing", "/CN=Issuing", "root", "ca.ext");
		await makeSigned("good", "/CN=good", "issuing", "client.ext");
		await makeSigned("server", "/CN=server", "issuing", "server.ext");
		await makeSigned("forged", "/CN=forged", "other", "client.ext");
		await makeSigned("direct", "/CN=direct", "root", "client.ext");
		await makeSigned("md5", "/CN=md5", "root", "client.ext", "-md5");
		await makeSigned("deep", "/CN=Deep", "issuing", "ca.ext");
		await makeSigned("too-deep", "/CN=too-deep", "deep", "client.ext");
		await makeSigned("constrained", "/CN=Constrained", "root", "constrained.ext");
		await makeSigned("outside", "/CN=outside", "constrained", "client.ext");
		const check = createClientCertificateCheck({
			certificates: ["Root", "Issuing", "Deep", "Constrained"].map((name) => ({
				name,
				issuer: `CN=${name}`,
				routes: ["*"],
			})),
			authorities: [read("root")],
			intermediates: [read("issuing"), read("deep"), read("constrained")],
		});
		openssl.write("between.pem", `${read("issuing")}${read("deep")}${read("constrained")}`);
		const verdicts: Record<string, Verdict> = {
			good: "allowed as Issuing",
			direct: "allowed as Root",
			server: "certificate-usage",
			forged: "certificate-untrusted",
			"too-deep": "certificate-untrusted",
			outside: "certificate-untrusted",
			md5: "certificate-untrusted",
		};
		for (const [name, verdict] of Object.entries(verdicts)) {
			const outcome = check(read(name), "prices");
			assert.equal(
				outcome.allowed ? `allowed as ${outcome.name}` : outcome.reason,
				verdict,
				`${name}: ${describeChecks(outcome)}`,
			);
			const words = ["-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "between.pem", `${name}.pem`];
			const verified = await openssl.run("verify", "-auth_level", "1", ...words).then(
				() => true,
				() => false,
			);
			assert.equal(outcome.allowed, verified, name);
		}
		const md5 = check(read("md5"), "prices");
		assert.match(describeChecks(md5), /it is signed with 1\.2\.840\.113549\.1\.1\.4, which is too weak/);
	});

	function read(name: string): string {
		return openssl.read(`${name}.pem`).toString();
	}

	async function makeSelfSigned(name: string, subject: string, key: string): Promise<void> {
		const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
		await openssl.run("req", "-x509", "-newkey", key, "-nodes", "-subj", subject, "-days", "30", ...files);
	}

	async function makeSigned(
		name: string,
		subject: string,
		issuer: string,
		extensions: string,
		hash = "-sha256",
	): Promise<void> {
		const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
		await openssl.run("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, ...files);
		const authority = ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"];
		const output = ["-days", "20", "-extfile", extensions, "-out", `${name}.pem`];
		await openssl.run("x509", "-req", "-in", `${name}.csr`, ...authority, ...output, hash);
	}
});

function describeChecks(outcome: Outcome): string {
	return outcome.checks.map(({ check, result, detail }) => `${check} ${result}: ${detail}`).join("\n");
}

function checkShape(outcome: Outcome): void {
	const texts = [...outcome.checks.map(({ detail }) => detail), ...(outcome.allowed ? [] : [outcome.message])];
	for (const text of texts) {
		assert.match(text, /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
		assert.doesNotMatch(text, /MII|-----/);
	}
	if (outcome.allowed) {
		assert.ok(outcome.checks.every(({ result }) => result !== "failed"));
		return;
	}
	const isKnown = ["certificate-unknown", "route-forbidden"].includes(outcome.reason);
	assert.equal(outcome.status, isKnown ? 403 : 401);
	assert.equal(outcome.thumbprint, outcome.certificate?.thumbprints.sha256 ?? null);
	assert.ok(refusalReasons.includes(outcome.reason));
}
