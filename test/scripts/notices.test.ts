import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { readNotice, renderNotices } from "../../scripts/notices.ts";

describe("the notice of a package that is bundled", () => {
	const folders: string[] = [];
	after(() => {
		for (const folder of folders) rmSync(folder, { recursive: true });
	});
	function pack(
		license: unknown,
		files: Readonly<Record<string, string>> = { LICENSE: "Do as you please.\r\n" },
	): string {
		const folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-notices-"));
		folders.push(folder);
		writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "@a/b", version: "1.2.3", license }));
		for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
		return folder;
	}

	it("is what it says of itself, with each text of a licence that it brings", () => {
		const expected = { name: "@a/b 1.2.3", licence: "MIT", text: "Do as you please." };
		assert.deepEqual(readNotice(pack("MIT")), expected);
		const files = {
			"License.md": "one",
			NOTICE: "two",
			"LICENSE-MIT.txt": "three",
			"licensed.js": "no",
			"README.md": "no",
		};
		assert.equal(readNotice(pack("ISC", files)).text, "three\n\none\n\ntwo");
	});

	for (const licence of [
		"GPL-3.0-only",
		"(MIT OR GPL-3.0)",
		"UNLICENSED",
		"SEE LICENSE IN LICENSE",
		undefined,
		{ type: "MIT" },
	]) {
		it(`is refused under ${JSON.stringify(licence)}`, () =>
			assert.throws(() => readNotice(pack(licence)), /^Error: @a\/b 1\.2\.3 is bundled under .* none of MIT, /));
	}

	it("is refused without the text of its licence", () => {
		for (const files of [{}, { LICENSE: " \n" }]) {
			assert.throws(() => readNotice(pack("MIT", files)), /comes without the text .*: put it into scripts\/licences$/);
		}
	});

	it("stands once with those that say the same", () => {
		const notices = [
			{ name: "a 1", licence: "MIT", text: "Same" },
			{ name: "b 1", licence: "ISC", text: "Other" },
			{ name: "c 2", licence: "MIT", text: "Same" },
			{ name: "a 1", licence: "MIT", text: "Same" },
		];
		const [, first, second, ...others] = renderNotices(notices).split(/-{80}\n/);
		assert.deepEqual([first, second, others], ["a 1 (MIT)\nc 2 (MIT)\n\nSame\n\n", "b 1 (ISC)\n\nOther\n", []]);
	});
});
