import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Issued, issueAuthority, issueLeaf } from "../support/certificates/client-certificates.ts";

const root = path.join(import.meta.dirname, "../..");
const run = promisify(execFile);

describe("the package for other apps", () => {
	let folder: string;
	let client: Issued;
	let stranger: Issued;
	let examples: readonly string[];

	before(async () => {
		const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();
		const valid = { notBefore: days(-1), notAfter: days(30) };
		const authority = await issueAuthority({ ...valid, name: "CN=Contoso Root CA" });
		const issuing = await issueAuthority({
			...valid,
			issuer: authority,
			name: "CN=Contoso Issuing CA, O=Contoso, C=NL",
		});
		client = await issueLeaf({ ...valid, issuer: issuing });
		stranger = await issueLeaf({ ...valid, issuer: authority, name: "CN=stranger" });

		folder = await mkdtemp(path.join(tmpdir(), "mtls-drift-package-"));
		const own = path.join(folder, "node_modules/mtls-drift");
		await mkdir(own, { recursive: true });
		const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
		await run("tar", ["-xzf", path.join(folder, stdout.trim()), "-C", own, "--strip-components=1"]);
		await symlink(
			path.dirname(fileURLToPath(import.meta.resolve("express"))),
			path.join(folder, "node_modules/express"),
		);
		await writeFile(path.join(folder, "contoso-root.pem"), authority.pem);
		await writeFile(path.join(folder, "contoso-issuing.pem"), issuing.pem);
		const [, section = ""] = (await readFile(path.join(root, "README.md"), "utf8")).split("### In other apps\n");
		examples =
			section
				.split(/\n(?=## )/)[0]
				?.match(/(?:^(?: {4}.*)?\n)+/gm)
				?.filter((block) => block.trim() !== "") ?? [];
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("guards an Express app, by the example of the README", async () => {
		await writeFile(
			path.join(folder, "express.mjs"),
			examples[0]?.replace(
				"app.listen(process.env.PORT)",
				"app.listen(0, function () { console.log(this.address().port); })",
			) ?? "",
		);
		const child = spawn(process.execPath, ["express.mjs"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
		const exited = once(child, "exit").then(() => assert.fail("the example has ended by itself"));
		exited.catch(() => {});
		try {
			const warnings: string[] = [];
			child.stderr.on("data", (data) => warnings.push(String(data)));
			const [port] = await Promise.race([once(child.stdout, "data"), exited]);
			const call = async (headers: Record<string, string>) => {
				const response = await fetch(`http://127.0.0.1:${String(port).trim()}/orders`, { headers });
				return [response.status, await response.json()];
			};
			assert.deepEqual(await call({ "X-ARR-ClientCert": client.base64 }), [200, { client: "contoso" }]);
			const [status, { error }] = (await call({ "X-ARR-ClientCert": stranger.base64 })) as [
				number,
				{ error: { code: string } },
			];
			assert.deepEqual([status, error.code], [403, "certificate-unknown"]);
			assert.equal((await call({}))[0], 401);
			assert.match(warnings.join(""), /Refused orders: certificate-unknown, thumbprint [\dA-F]{64}/);
		} finally {
			child.kill();
			await exited.catch(() => {});
		}
	});

	it("guards whatever has a Request, by the other example", async () => {
		await writeFile(path.join(folder, "request.mjs"), examples[1] ?? "");
		const script = `
			import { handle } from "./request.mjs";
			for (const header of process.argv.slice(1)) {
				const response = await handle(new Request("https://localhost/", { headers: { "x-arr-clientcert": header } }));
				console.log(response.status, await response.text());
			}`;
		const digest = await crypto.subtle.digest("SHA-1", new Uint8Array(client.der));
		const { stdout } = await run(
			process.execPath,
			["--input-type=module", "--eval", script, client.base64, stranger.base64, "x"],
			{
				cwd: folder,
				env: { ...process.env, CONTOSO_THUMBPRINT: Buffer.from(digest).toString("hex") },
			},
		);
		assert.deepEqual(stdout.trim().split("\n"), [
			'200 {"client":"contoso"}',
			'403 {"error":"certificate-unknown"}',
			'401 {"error":"certificate-unreadable"}',
		]);
	});

	it("brings its types, and needs no other package for them but those of Node.js", async () => {
		await mkdir(path.join(folder, "node_modules/@types"), { recursive: true });
		for (const name of ["@types/node", "undici-types"]) {
			await symlink(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
		}
		const lines = [
			'import { createClientCertificateCheck, type Outcome } from "mtls-drift/client-certificate";',
			'const check = createClientCertificateCheck({ certificates: [{ name: "a", thumbprint: "b", routes: ["*"] }] });',
			'const outcome: Outcome = check(null, "route");',
			"export const said: string = outcome.allowed ? outcome.certificate.pem : outcome.reason;",
			"// @ts-expect-error: only who is let in has a name",
			"export const name: string = outcome.name;",
		];
		await writeFile(path.join(folder, "types.ts"), lines.join("\n"));
		const tsc = path.join(root, "node_modules/typescript/bin/tsc");
		const options = [
			"--noEmit",
			"--strict",
			"--module",
			"nodenext",
			"--target",
			"es2022",
			"--types",
			"node",
			"types.ts",
		];
		const { stdout } = await run(process.execPath, [tsc, ...options], { cwd: folder }).catch((error) => error);
		assert.equal(stdout, "");
	});
});
