import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readSettings, SettingsError } from "../../src/config/settings.ts";
import { verifySettings } from "../../src/config/verify.ts";
import { createOpenSsl } from "../support/certificates/client-certificates.ts";

describe("with what sites are asked at their doors", () => {
	let openssl: ReturnType<typeof createOpenSsl>;
	const text = (file: string) => openssl.read(file).toString();
	const base64 = (file: string) => openssl.read(file).toString("base64");

	before(async () => {
		openssl = createOpenSsl();
		for (const name of ["client", "other"]) {
			const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
			await openssl.run("req", "-x509", ...key, "-out", `${name}.pem`, "-subj", `/CN=${name}`, "-days", "30");
		}
		const pair = ["-export", "-in", "client.pem", "-inkey", "client.key"];
		await openssl.run("pkcs12", ...pair, "-passout", "pass:", "-out", "open.pfx");
		await openssl.run("pkcs12", ...pair, "-passout", "pass:hush-hush", "-out", "closed.pfx");
		await openssl.run("pkcs12", "-legacy", ...pair, "-passout", "pass:hush-hush", "-out", "legacy.pfx");
		await openssl.run("ec", "-in", "client.key", "-aes256", "-passout", "pass:hush-hush", "-out", "closed.key");
		openssl.write("both.pem", text("client.pem") + text("client.key"));
	});
	after(() => openssl.remove());

	const read = (env: Record<string, string>) => readSettings({ verify: verifySettings }, env).verify;
	const validationError = (env: Record<string, string>) => {
		try {
			read(env);
		} catch (error) {
			assert.ok(error instanceof SettingsError);
			return error.message;
		}
		return assert.fail("nothing was refused");
	};

	it("is nothing by default", () => assert.deepEqual(read({}), { identity: null, authorities: [] }));

	it("is a certificate with its key in PEM, in one setting or two, and in one line", () => {
		assert.notEqual(read({ DRIFT_VERIFY_CERT: text("both.pem") }).identity, null);
		assert.notEqual(read({ DRIFT_VERIFY_CERT: text("both.pem").replaceAll("\n", "\\n") }).identity, null);
		const two = { DRIFT_VERIFY_CERT: text("client.pem"), DRIFT_VERIFY_KEY: text("client.key") };
		assert.notEqual(read(two).identity, null);
	});

	it("is a PFX in base64, with a passphrase or without, as Key Vault gives it", () => {
		assert.notEqual(read({ DRIFT_VERIFY_CERT: base64("open.pfx") }).identity, null);
		const closed = { DRIFT_VERIFY_CERT: base64("closed.pfx"), DRIFT_VERIFY_PASSPHRASE: "hush-hush" };
		assert.notEqual(read(closed).identity, null);
	});

	it("holds authorities one by one", () => {
		const { authorities } = read({ DRIFT_VERIFY_CA: `Ours:\n${text("client.pem")}\n${text("other.pem")}` });
		assert.deepEqual(
			authorities.map((pem) => `${pem}\n`),
			[text("client.pem"), text("other.pem")],
		);
	});

	it("says what cannot be used, by the setting's name and without a word of what it holds", () => {
		const cases: readonly [env: Record<string, string>, expected: RegExp][] = [
			[{ DRIFT_VERIFY_CERT: text("client.pem") }, /DRIFT_VERIFY_CERT is no certificate with its key/],
			[
				{ DRIFT_VERIFY_CERT: text("client.pem"), DRIFT_VERIFY_KEY: text("other.key") },
				/DRIFT_VERIFY_CERT and its key do not belong together/,
			],
			[{ DRIFT_VERIFY_CERT: "hush-hush" }, /DRIFT_VERIFY_CERT is neither PEM nor a PFX in base64/],
			[
				{ DRIFT_VERIFY_CERT: base64("closed.pfx"), DRIFT_VERIFY_PASSPHRASE: "hush" },
				/DRIFT_VERIFY_CERT cannot be opened with the passphrase DRIFT_VERIFY_PASSPHRASE/,
			],
			[
				{ DRIFT_VERIFY_CERT: base64("legacy.pfx"), DRIFT_VERIFY_PASSPHRASE: "hush-hush" },
				/DRIFT_VERIFY_CERT is encrypted in a way that OpenSSL 3 does not read any more/,
			],
			[
				{ DRIFT_VERIFY_CERT: text("client.pem"), DRIFT_VERIFY_KEY: text("closed.key") },
				/DRIFT_VERIFY_CERT needs a passphrase/,
			],
			[{ DRIFT_VERIFY_KEY: text("client.key") }, /DRIFT_VERIFY_KEY is set without DRIFT_VERIFY_CERT/],
			[
				{ DRIFT_VERIFY_CERT: base64("closed.pfx") },
				/DRIFT_VERIFY_CERT needs a passphrase: set DRIFT_VERIFY_PASSPHRASE/,
			],
			[
				{ DRIFT_VERIFY_CERT: base64("open.pfx"), DRIFT_VERIFY_KEY: text("client.key") },
				/DRIFT_VERIFY_KEY is set beside a PFX/,
			],
			[{ DRIFT_VERIFY_CA: "hush-hush", DRIFT_VERIFY_CERT: "hush-hush" }, /_CA holds no .*\n.*_CERT is neither/],
			[{ DRIFT_VERIFY_CA: "hush-hush" }, /DRIFT_VERIFY_CA holds no certificate in PEM/],
			[
				{ DRIFT_VERIFY_CA: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
				/DRIFT_VERIFY_CA holds no certificate in PEM, or one that cannot be read/,
			],
		];
		for (const [env, expected] of cases) {
			const message = validationError(env);
			assert.match(message, expected);
			for (const secret of ["hush", "BEGIN", "MII"]) assert.ok(!message.includes(secret), message);
		}
	});
});
