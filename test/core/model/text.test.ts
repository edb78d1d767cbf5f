import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printable, storable } from "../../../src/core/model/text.ts";

describe("printable", () => {
	const cases: Record<string, [text: string, shown: string]> = {
		"what people can see": ["Zürich 界 😀", "Zürich 界 😀"],
		"a line break": ["a\nb\r\u2028\u2029", "a\\u{a}b\\u{d}\\u{2028}\\u{2029}"],
		"a control character": ["\u001b[31m", "\\u{1b}[31m"],
		"a direction mark": ["\u202eabc", "\\u{202e}abc"],
		"a mark beyond the first plane": ["\u{e0041}", "\\u{e0041}"],
	};
	for (const [name, [text, shown]] of Object.entries(cases)) {
		it(`shows ${name}`, () => assert.equal(printable(text), shown));
	}
});

describe("storable", () => {
	it("replaces half a character, and each line break that only JSON lets pass", () =>
		assert.equal(storable("a\ud800b\u2028c\u2029\nd"), "a\ufffdb c \nd"));
});
