import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { rules } from "../../../src/core/rules/index.ts";

describe("the list of rules", () => {
	it("has each rule of the folder once, and each has a table of cases", () => {
		const ids = rules.map(({ id }) => id).sort();
		const namesIn = (folder: string, ending: string) =>
			readdirSync(new URL(folder, import.meta.url))
				.filter((file) => file.endsWith(ending) && file !== `index${ending}`)
				.map((file) => file.replace(ending, ""))
				.sort();
		assert.deepEqual(namesIn("../../../src/core/rules/", ".ts"), ids);
		assert.deepEqual(namesIn("./", ".test.ts"), ids);
	});

	it("tells apart the host names of a site by these rules, so that an exemption of one can name a host name", () => {
		assert.deepEqual(rules.flatMap(({ id, perHostName }) => (perHostName ? [id] : [])).sort(), [
			"certificate-expiry",
			"custom-domain-tls",
			"domain-bindings",
			"enforced-client-cert",
			"enforced-exclusions",
			"enforced-https",
			"served-certificate",
		]);
	});

	for (const { id, learnMore } of rules) {
		it(`leads from ${id} to a page of Microsoft's`, () =>
			assert.match(learnMore, /^https:\/\/learn\.microsoft\.com\/azure\/app-service\/[a-z]/));
	}
});
