import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Page, readPages } from "../../src/azure/pages.ts";

function page(items: readonly string[], continuationToken?: string): Page<string> {
	return Object.assign([...items], continuationToken === undefined ? {} : { continuationToken });
}

describe("readPages", () => {
	it("asks for the next page while one is worked on", async () => {
		const asked: (string | undefined)[] = [];
		const pages = readPages(async (link) => {
			asked.push(link);
			return link === undefined ? page(["a"], "second") : page(["b"]);
		});
		assert.deepEqual([...((await pages.next()).value ?? [])], ["a"]);
		assert.deepEqual(asked, [undefined, "second"]);
		assert.deepEqual([...((await pages.next()).value ?? [])], ["b"]);
		assert.equal((await pages.next()).done, true);
	});

	it("tells that the next page failed when it is its turn, and not before", async () => {
		const unhandled: unknown[] = [];
		const note = (reason: unknown) => unhandled.push(reason);
		process.on("unhandledRejection", note);
		const pages = readPages(async (link) => {
			if (link !== undefined) throw new Error("planted");
			return page(["a"], "second");
		});
		await pages.next();
		// The first page takes long.
		for (let turns = 0; turns < 5; turns++) await turn();
		await assert.rejects(pages.next(), /planted/);
		process.off("unhandledRejection", note);
		assert.deepEqual(unhandled, []);
	});

	it("ends at an empty link", async () => {
		const pages = readPages(async () => page(["a"], ""));
		await pages.next();
		assert.equal((await pages.next()).done, true);
	});
});
