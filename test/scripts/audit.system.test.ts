import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { unexplained } from "../../scripts/advisories.ts";

const root = path.join(import.meta.dirname, "../..");

/** https://api-docs.npmjs.com: what a registry answers when it is asked for advisories. */
function advisory(id: string, severity: string) {
	return { id: 1, url: `https://github.com/advisories/${id}`, title: "It is odd", severity, vulnerable_versions: "*" };
}

describe("the audit of what is bundled", () => {
	let registry: Server;
	/** What the registry says, by package; null for a registry that cannot be asked. */
	let advisories: Record<string, unknown> | null = {};

	before(async () => {
		registry = createServer(async (request, response) => {
			await request.toArray();
			const isCalled = request.url?.endsWith("/advisories/bulk");
			response.writeHead(advisories === null ? 405 : isCalled ? 200 : 404, { "content-type": "application/json" });
			response.end(JSON.stringify(isCalled ? advisories : {}));
		});
		registry.listen(0, "127.0.0.1");
		await once(registry, "listening");
	});
	after(() => registry.close());

	/** By the real npm. */
	function audit(): Promise<{ status: unknown; stdout: string }> {
		const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
		const env = { ...process.env, npm_config_registry: url, npm_config_fetch_retries: "0" };
		return new Promise((resolve) => {
			execFile(process.execPath, ["scripts/audit.ts"], { cwd: root, env }, (error, stdout) =>
				resolve({ status: error?.code ?? 0, stdout }),
			);
		});
	}

	it("ends well where there is nothing", async () => {
		advisories = {};
		const { status, stdout } = await audit();
		assert.match(stdout, /^\d{2,3} bundled packages: 0 advisories that SECURITY\.md does not explain\.\n$/);
		assert.equal(status, 0);
	});

	it("fails for a package that is bundled, also deep down, and not for one that is there to develop with", async () => {
		advisories = {
			zod: [advisory("GHSA-aaaa-aaaa-aaaa", "high")],
			"fast-sha256": [advisory("GHSA-bbbb-bbbb-bbbb", "low")],
			"axe-core": [advisory("GHSA-cccc-cccc-cccc", "critical")],
		};
		const { status, stdout } = await audit();
		assert.deepEqual(stdout.split("\n").slice(0, -2).sort(), [
			"GHSA-aaaa-aaaa-aaaa  high  zod: It is odd",
			"GHSA-bbbb-bbbb-bbbb  low  fast-sha256: It is odd",
			"GHSA-cccc-cccc-cccc  critical  axe-core (not bundled): It is odd",
		]);
		assert.match(stdout, / bundled packages: 2 advisories that SECURITY\.md does not explain\.\n$/);
		assert.equal(status, 1);
	});

	it("says that it knows nothing where the registry cannot be asked, and does not fail", async () => {
		advisories = null;
		const { status, stdout } = await audit();
		assert.match(
			stdout,
			/^Not audited: npm cannot ask the registry \(405 .*\)\. Nothing is known of \d+ bundled packages\.\n$/,
		);
		assert.equal(status, 0);
	});

	it("lets pass what is explained", () => {
		const one = { id: "GHSA-aaaa-aaaa-aaaa", package: "zod", severity: "high", title: "It is odd", isBundled: true };
		const unused = { ...one, id: "GHSA-bbbb-bbbb-bbbb", isBundled: false };
		assert.deepEqual(unexplained([one, unused], "| GHSA-bbbb-bbbb-bbbb | …"), [one]);
		assert.deepEqual(unexplained([one, unused], "| GHSA-aaaa-aaaa-aaaa | never called |"), []);
	});
});
