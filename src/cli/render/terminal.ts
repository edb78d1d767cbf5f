import { styleText } from "node:util";
import Table from "cli-table3";
import type { Severity } from "../../core/model/finding.ts";
import { type Problem, shorten } from "../../core/model/problem.ts";
import { printable } from "../../core/model/text.ts";
import type { ValidationError } from "../../policies/fields.ts";

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
export function describeValidationError({ column, what }: ValidationError): string {
	return printable(`column "${column}" ${what}`);
}

type Style = "bold" | "dim" | Severity;

/** Colours a word for the terminal, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a terminal that wants them (https://no-color.org). */
export const paintTerminal: Paint = (style, text) => styleText(formats[style], text, { stream: process.stdout });

const formats: Record<Style, Parameters<typeof styleText>[0]> = {
	bold: "bold",
	dim: "dim",
	critical: ["bold", "red"],
	high: "red",
	medium: "yellow",
	low: "blue",
};
