import { closest, distance } from "fastest-levenshtein";
import * as z from "zod";
import type { Problem } from "../core/model/problem.ts";

/** A row of one of the tables that people edit, as far as JSON can say it: from the table, a file or the command line. */
export interface Row {
	readonly name: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

/** The columns of a table, each with what its cells take. */
export type Columns = Readonly<Record<string, z.ZodType>>;

/** What one cell came to. `what` is as in a complaint. */
export type FieldReading<Column extends string> =
	| { readonly is: "read"; readonly column: Column; readonly value: unknown }
	| { readonly is: "bad" | "double"; readonly column: Column; readonly what: string }
	| { readonly is: "unknown"; readonly spelling: string; readonly nearest: Column | undefined; readonly what: string };

/** Reads the cells of a row, the names of columns without regard to case and stray spaces. */
export function readFields<C extends Columns>(
	fields: Row["fields"],
	columns: C,
): readonly FieldReading<Extract<keyof C, string>>[] {
	type Column = Extract<keyof C, string>;
	const names = Object.keys(columns) as Column[];
	const seen = new Set<Column>();
	return Object.entries(fields).map(([spelling, value]): FieldReading<Column> => {
		const column = names.find((known) => known.toLowerCase() === spelling.trim().toLowerCase());
		if (column === undefined) {
			const nearest = nearestOf(spelling, names);
			const hint = nearest === undefined ? `The columns are ${names.join(", ")}.` : `Did you mean ${nearest}?`;
			return { is: "unknown", spelling, nearest, what: `is unknown. ${hint}` };
		}
		if (seen.has(column)) {
			return { is: "double", column, what: "stands there twice, in different spellings; keep one." };
		}
		seen.add(column);
		const parsed = (columns[column] as z.ZodType).safeParse(value);
		if (parsed.success) return { is: "read", column, value: parsed.data };
		const message = [...new Set(parsed.error.issues.map(({ message }) => message))].join("; ");
		return { is: "bad", column, what: `is ${show(value)}, but it ${message}.` };
	});
}

/** What is wrong with one cell: `what` and `effect` are sentences that go on where `column "x"` left off. */
export interface ValidationError {
	readonly column: string;
	readonly what: string;
	/** What comes of it while the row stands so; empty where nothing does. */
	readonly effect: string;
}

/** A validation error of a row of a table, as a problem. The text begins with the table, the row and the column. */
export function toProblem(
	code: "policy-invalid" | "exemption-invalid",
	row: string,
	{ column, what, effect }: ValidationError,
): Problem {
	const table = code === "policy-invalid" ? "DriftPolicy" : "DriftExemption";
	const message = `${table}, row "${row}", column "${column}" ${what} ${effect}`.trimEnd();
	return { code, scope: `${table}/${row}/${column}`, message };
}

/** Text without the spaces around it. */
export const text = z.string("must be text").trim();

/** One of some words, read without regard to case and given back in the spelling here. */
export function oneOf<const T extends string>(...words: T[]) {
	return text
		.transform((value, context): T => {
			const word = words.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
			if (word !== undefined) return word;
			const nearest = nearestOf(value, words);
			context.addIssue(`takes ${words.join(", ")}${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`);
			return z.NEVER;
		})
		.meta({ enum: words });
}

/** The name that a spelling was meant for, where no more than a third of it is wrong; very short ones are like anything. */
function nearestOf<T extends string>(spelling: string, names: readonly T[]): T | undefined {
	const wanted = spelling.trim().toLowerCase().slice(0, 200);
	const lowerCase = names.map((name) => name.toLowerCase());
	const nearest = closest(wanted, lowerCase);
	const isNear = nearest.length > 3 && distance(wanted, nearest) <= Math.ceil(nearest.length / 3);
	return isNear ? names[lowerCase.indexOf(nearest)] : undefined;
}

/** Quoted, and cut where it is long: what people typed, not what a card should be filled with. */
function show(value: unknown): string {
	if (typeof value === "string" && value.length > 80) return JSON.stringify(`${value.slice(0, 80)}…`);
	const shown = JSON.stringify(value) ?? String(value);
	return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
