import Table from "cli-table3";
import { printable } from "../core/printable.ts";
import { type Problem, shorten } from "../core/problem.ts";
import type { Complaint } from "../policies/cells.ts";

export function print(...lines: readonly string[]): void {
	process.stdout.write(`${lines.join("\n")}\n`);
}

/** A table for a terminal. A cell may have several lines, which must be printable already. */
export function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
	table.push(...rows.map((row) => [...row]));
	return table.toString();
}

/** A problem in one line. */
export function describeProblem(problem: Problem): string {
	const { code, message } = shorten(problem);
	return `${code}: ${printable(message)}`;
}

/** What is wrong with a cell that is not written yet. */
export function describeComplaint({ column, what }: Complaint): string {
	return printable(`column "${column}" ${what}`);
}
