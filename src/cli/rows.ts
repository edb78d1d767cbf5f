import type { StoredRow } from "../azure/edited-table.ts";

/** The row of this name; undefined where there is none. Throws where there are several. */
export function findRow(rows: readonly StoredRow[], name: string, table: string): StoredRow | undefined {
	const [row, other] = rows.filter((candidate) => candidate.name === name);
	if (other === undefined) return row;
	throw new Error(`${table} has several rows named "${name}": give each a name of its own, or remove one by hand`);
}

/** https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields */
export function checkName(name: string): void {
	if (name.trim() === name && name !== "" && name.length <= 200 && !/[/\\#?\p{Cc}]/u.test(name)) return;
	throw new Error(
		`"${name}" cannot be the name of a row: it takes up to 200 characters, none of them / \\ # ? or a control character`,
	);
}

/** Ends a command that writes nothing. */
export function refuse(what: string, reasons: readonly string[]): never {
	throw new Error(`${what} was not written:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
}
