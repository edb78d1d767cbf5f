import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, it } from "node:test";

describe("the demo", () => {
	it("runs by itself and shows findings, commands, warnings, what is unknown, and the page", async () => {
		const script = path.join(import.meta.dirname, "demo.ts");
		const child = spawn(process.execPath, [script, "--page"], { stdio: ["ignore", "pipe", "inherit"] });
		const exited = once(child, "exit");
		let stdout = "";
		for await (const data of child.stdout) {
			stdout += String(data);
			const address = /^The page: (\S+)/m.exec(stdout)?.[1];
			if (address === undefined || child.killed) continue;
			const page = await (await fetch(address)).text();
			// One of the twelve was mended meanwhile.
			assert.match(page, /<h2 id="overview">16 sites, 11 drifted<\/h2>/);
			child.kill("SIGINT");
		}
		assert.deepEqual(await exited, [0, null]);
		assert.match(stdout, /16 sites, 12 drifted, 1 unknown, 1 exempt, 1 not covered, 1 in sync/);
		for (const verb of [
			"az webapp update",
			"az functionapp update",
			"az logicapp update",
			"az rest",
			"az webapp config ssl bind",
			"az webapp config set",
		]) {
			assert.match(stdout, new RegExp(`^${verb} `, "m"));
		}
		assert.match(stdout, /tier is Free/);
		assert.match(stdout, /certificate-expiry .* 30 days .* 5 days/);
		assert.match(stdout, /A newer one that is valid until/);
		assert.match(stdout, /min-tls-version is exempt by "old-terminals" \(waiver\) until/);
		assert.match(stdout, /office-phones could not be judged/);
		assert.match(stdout, /nothing has changed: 0 messages are posted/);
		assert.match(stdout, /^ +resolved {2}pay-cards {2}client-cert-mode$/m);
	});
});
