import { rules } from "../core/rules/index.ts";
import { print } from "./render/terminal.ts";

/** Prints every rule: what it checks, when it is drifted, and how severe that is. */
export function listRules(): void {
	for (const { id, setting, description, severityNote, learnMore } of rules) {
		print(`${id}  (setting ${setting})`, `  drifted when ${description}`, `  ${severityNote}`, `  ${learnMore}`, "");
	}
}
