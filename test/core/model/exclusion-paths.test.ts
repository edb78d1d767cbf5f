import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	coveringIn,
	describeExclusionPaths,
	explainBroadPaths,
	listSomePaths,
	parseExclusionPaths,
} from "../../../src/core/model/exclusion-paths.ts";

describe("parseExclusionPaths", () => {
	const cases: Record<string, [text: string, paths: string[]]> = {
		none: ["", []],
		"one or the other sign between them": ["/b;/a,/c", ["/a", "/b", "/c"]],
		"nothing between two signs": ["/a;;/b, ,", ["/a", "/b"]],
		"blanks around them": [" /a ; /b", ["/a", "/b"]],
		"one twice, in another case": ["/A;/a", ["/a"]],
	};
	for (const [name, [text, paths]] of Object.entries(cases)) {
		it(name, () => assert.deepEqual(parseExclusionPaths(text), paths));
	}
});

describe("describeExclusionPaths", () => {
	it("says that there are none", () => assert.equal(describeExclusionPaths([]), "none"));
	it("joins them", () => assert.equal(describeExclusionPaths(["/a", "/b"]), "/a;/b"));
	it("leaves 4,000 characters as they are, and cuts what is longer", () => {
		const path = (length: number) => `/${"a".repeat(length - 1)}`;
		assert.equal(describeExclusionPaths([path(4000)]), path(4000));
		assert.equal(describeExclusionPaths([path(3998), "/b"]), `${path(3998)};/… (2 paths)`);
	});
});

describe("explainBroadPaths", () => {
	const cases: Record<string, { observed: string[]; desired?: string[]; expect: string[] }> = {
		"says nothing of a narrow one": { observed: ["/health"], expect: [] },
		"says of / that it covers all": {
			observed: ["/"],
			expect: ["The path / covers every path: no caller needs a client certificate."],
		},
		"says of a / that is only desired that it would": {
			observed: [],
			desired: ["/"],
			expect: ["The desired path / would cover every path: no caller would need a client certificate."],
		},
		"says of a whole API that it is broad": {
			observed: ["/api", "/ap", "/api/", "/api/x"],
			expect: [
				"The path /api is broad: it covers the whole of /api.",
				"The path /ap is broad: it covers the whole of /api.",
				"The path /api/ is broad: it covers the whole of /api.",
			],
		},
		"says what lies beside a desired path is covered, too": {
			observed: ["/v1/status"],
			desired: ["/v1/status/health", "/v1/status/live/"],
			expect: ["The path /v1/status is broad: it covers all of /v1/status, not only /v1/status/health."],
		},
		"says nothing of one that is no more than the start of a desired path's last part": {
			observed: ["/status/he"],
			desired: ["/status/health"],
			expect: [],
		},
		"cuts paths of more than 100 characters": {
			observed: [`/${"a".repeat(100)}`],
			desired: [`/${"a".repeat(100)}/b`, `/${"a".repeat(97)}/c`],
			expect: [
				`The path /${"a".repeat(99)}… is broad: it covers all of /${"a".repeat(99)}…, not only /${"a".repeat(99)}….`,
			],
		},
		"leaves 100 characters as they are": {
			observed: [`/${"a".repeat(97)}`],
			desired: [`/${"a".repeat(97)}/b`],
			expect: [
				`The path /${"a".repeat(97)} is broad: it covers all of /${"a".repeat(97)}, not only /${"a".repeat(97)}/b.`,
			],
		},
	};
	for (const [name, { observed, desired = [], expect }] of Object.entries(cases)) {
		it(name, () => assert.deepEqual(explainBroadPaths(observed, desired), expect));
	}
});

describe("coveringIn", () => {
	const covering = coveringIn(["/", "/a", "/a/b", "/a/b/c", "/ab"]);
	const cases: Record<string, string[]> = {
		"/a/b": ["/", "/a", "/a/b"],
		"/abc": ["/", "/a", "/ab"],
		"/x": ["/"],
		"": [],
	};
	for (const [path, expect] of Object.entries(cases)) {
		it(`of ${JSON.stringify(path)}`, () => assert.deepEqual(covering(path), expect));
	}
});

describe("listSomePaths", () => {
	const paths = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);
	it("lists five", () => assert.equal(listSomePaths(paths(5), "and"), "/0 and /1 and /2 and /3 and /4"));
	it("counts the rest", () => assert.equal(listSomePaths(paths(7), "or"), "/0 or /1 or /2 or /3 or /4 or 2 more"));
});
