import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { clientCertificateSettings } from "../../src/config/client-certificates.ts";
import { readSettings, SettingsError } from "../../src/config/settings.ts";
import { type Issued, issueAuthority, issueLeaf } from "../support/certificates/client-certificates.ts";

const thumbprint = "AB".repeat(32);

function read(content: unknown) {
	const text = typeof content === "string" ? content : JSON.stringify(content);
	return readSettings({ clients: clientCertificateSettings }, { DRIFT_CLIENT_CERTS: text }).clients;
}

describe("DRIFT_CLIENT_CERTS", () => {
	let root: Issued;
	let leaf: Issued;
	before(async () => {
		root = await issueAuthority();
		leaf = await issueLeaf({ issuer: root });
	});

	it("may be left out: then the function key is enough", () => {
		assert.equal(readSettings({ clients: clientCertificateSettings }, {}).clients, undefined);
	});

	it("opens no door by being empty", () => {
		for (const empty of ["", "  "])
			assert.throws(() => read(empty), /DRIFT_CLIENT_CERTS is empty: remove it, or say in it who may come/);
	});

	it("holds who may use which routes", () => {
		const rules = {
			certificates: [
				{ name: "ops", thumbprint, routes: ["*"] },
				{ name: "partner", issuer: root.name, subject: "CN=x", routes: ["Findings", "report"] },
			],
			authorities: [root.pem],
			intermediates: [root.base64],
		};
		assert.deepEqual(read({ ...rules, withoutCertificate: ["Health"] }), { rules, withoutCertificate: ["health"] });
	});

	it("is refused with everything that is wrong in it, and never with what it holds", () => {
		const entry = { name: "a", thumbprint, routes: ["report"] };
		const cases: readonly (readonly [name: string, content: unknown, says: RegExp])[] = [
			["no JSON", "AB:CD", /is not a JSON object like the one in the README/],
			["a list", [], /is not a JSON object/],
			["nobody", { certificates: [] }, /certificates: must list at least one/],
			[
				"an unknown field",
				{ certificates: [entry], roots: [] },
				/takes certificates, authorities, intermediates, withoutCertificate, and not "roots"/,
			],
			[
				"an unknown field of an entry",
				{ certificates: [{ ...entry, route: "x" }] },
				/certificates\[0\]: takes name, thumbprint, issuer, subject, routes, and not "route"/,
			],
			[
				"an unknown route",
				{ certificates: [{ ...entry, routes: ["reports"] }] },
				/certificates\[0\]: routes takes report, findings, scan, health, or \*/,
			],
			[
				"an unknown open route",
				{ certificates: [entry], withoutCertificate: ["cert-info"] },
				/withoutCertificate takes report, findings, scan, health/,
			],
			[
				"open routes that are no list",
				{ certificates: [entry], withoutCertificate: "health" },
				/withoutCertificate takes/,
			],
			[
				"a thumbprint of another length",
				{ certificates: [{ ...entry, thumbprint: "ab" }] },
				/thumbprint must be 40 hex digits/,
			],
			[
				"an issuer that anyone can claim to be",
				{ certificates: [{ name: "a", issuer: "CN=x", routes: ["*"] }] },
				/issuer needs authorities/,
			],
			[
				"an authority that is none",
				{ certificates: [entry], authorities: [leaf.pem] },
				/authorities\[0\]: is not the certificate of an authority/,
			],
		];
		for (const [name, content, says] of cases) {
			assert.throws(
				() => read(content),
				(error) => {
					assert.ok(error instanceof SettingsError, name);
					assert.match(error.message, says, name);
					assert.match(error.message, /DRIFT_CLIENT_CERTS /);
					assert.doesNotMatch(error.message, /BEGIN CERTIFICATE|MII/);
					return true;
				},
			);
		}
		assert.throws(
			() => read({ certificates: [{ name: "a", routes: [] }], withoutCertificate: ["x"] }),
			(error: SettingsError) => {
				return ["takes one of thumbprint and issuer", "routes must list", "withoutCertificate takes"].every((part) =>
					error.message.includes(part),
				);
			},
		);
	});
});
