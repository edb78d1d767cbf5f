import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findOldNames } from "../../scripts/old-names.ts";

describe("names that have a standard term", () => {
	const cases: Readonly<Record<string, { file?: string; text: string; expect: readonly string[] }>> = {
		"a function": { text: "export function mendSite(): void {}", expect: ["mendSite mend"] },
		"an asynchronous function": { text: "export async function tellAll() {}", expect: ["tellAll tell"] },
		"a constant": { text: "export const byHandSteps = 1;", expect: ["byHandSteps byHand"] },
		"a type": { text: "export type DoorPlan = string;", expect: ["DoorPlan door"] },
		"what is exported from elsewhere": { text: 'export { type Known, b } from "./x.ts";', expect: ["Known known"] },
		"a member of an exported interface": {
			text: "export interface A {\n\treadonly gaveUp: string | null;\n\tb(): void;\n}",
			expect: ["gaveUp gaveUp"],
		},
		"the name of a file": { file: "src/core/settle.test.ts", text: "", expect: ["settle settle"] },
		"two words in a file's name": { file: "src/core/give-up.ts", text: "", expect: ["give-up giveUp"] },
		"a word within a longer one": { text: "export const recommended = 1, doorway = 2;", expect: [] },
		"what is not exported": { text: "const mend = 1;\ninterface A {\n\tdoor: string;\n}", expect: [] },
		"a name that stays": {
			file: "src/client-certificate/outcome.ts",
			text: "export type RefusalReason = string;",
			expect: [],
		},
		"the same name elsewhere": { text: "export type Refusal = string;", expect: ["Refusal refusal"] },
	};
	for (const [name, { file = "src/a.ts", text, expect }] of Object.entries(cases)) {
		it(name, () =>
			assert.deepEqual(
				findOldNames(file, text).map((found) => `${found.name} ${found.word}`),
				expect,
			),
		);
	}
});
