import type { Exemption } from "../core/exemption.ts";
import type { Problem } from "../core/problem.ts";
import { cellProblem, type Row, readCells } from "./cells.ts";
import { exemptionColumns } from "./columns.ts";

/** What a row of exemptions came to: one with any bad or missing cell exempts nothing, and says so. */
export interface ExemptionRow {
	readonly exemption: Exemption | null;
	readonly problems: readonly Problem[];
}

const exemptsNothing = "It exempts nothing until that is mended.";

/** Reads one exemption, from the table, a file or the command line. Whether it has expired is for the clock to say. */
export function readExemptionRow({ name, cells }: Row): ExemptionRow {
	const problems = new Map<string, Problem>();
	const report = (column: string, what: string) =>
		problems.set(column, cellProblem("exemption-invalid", name, column, `${what} ${exemptsNothing}`));
	const read: Record<string, unknown> = { target: null };
	const meant = new Set<string | undefined>();
	for (const reading of readCells(cells, exemptionColumns)) {
		if (reading.is === "read") read[reading.column] = reading.value;
		else report(reading.is === "unknown" ? reading.spelling : reading.column, reading.what);
		meant.add(reading.is === "unknown" ? reading.nearest : reading.column);
	}
	for (const column of Object.keys(exemptionColumns)) {
		if (read[column] === undefined && !meant.has(column)) report(column, "is missing.");
	}
	const exemption = { name, ...read } as Exemption;
	return { exemption: problems.size === 0 ? exemption : null, problems: [...problems.values()] };
}
