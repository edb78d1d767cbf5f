import { printable } from "../core/model/text.ts";
import type { Command } from "../core/remediation/az-commands.ts";
import { renderBash } from "../core/remediation/bash.ts";
import type { EditedRow } from "../storage/edited-table.ts";

/** The row of this name; undefined where there is none. Throws where there are several. */
export function findRow(rows: readonly EditedRow[], name: string, table: string): EditedRow | undefined {
	const [row, other] = rows.filter((candidate) => candidate.name === name);
	if (other === undefined) return row;
	throw new Error(`${table} has several rows named "${name}": give each a name of its own, or remove one by hand`);
}

/** https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields */
export function checkName(name: string): void {
	if (name.trim() === name && name !== "" && name.length <= 200 && !/[/\\#?\p{Cc}]/u.test(name)) return;
	throw new Error(
		`"${name}" cannot be the name of a row: it takes up to 200 characters, none of them / \\ # ? or a control character, and no spaces around them`,
	);
}

/** Ends a command that writes nothing. */
export function refuse(what: string, reasons: readonly string[]): never {
	throw new Error(`${what} was not written:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
}

/** A name as the words of a command line: what starts with a dash is no option then. */
export function argument(name: string): readonly string[] {
	return name.startsWith("-") ? ["--", name] : [name];
}

/** How to bring a removed row back; one that was not right is shown, since no command would write it. */
export function explainRestore({ fields }: EditedRow, isRight: boolean, command: Command): readonly string[] {
	return isRight
		? ["This brings it back:", renderBash(command)]
		: [
				`It was not right, or empty: no command brings it back. These were its cells: ${printable(JSON.stringify(fields))}`,
			];
}
