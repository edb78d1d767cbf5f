import type { Exemption } from "../core/model/exemption.ts";
import { rules } from "../core/rules/index.ts";
import { exemptionColumns } from "./columns.ts";
import { type Complaint, type Row, readCells } from "./fields.ts";

/** What a row of exemptions came to: one with any bad or missing cell exempts nothing, and says so. */
export interface ExemptionRow {
	readonly exemption: Exemption | null;
	readonly complaints: readonly Complaint[];
}

const exemptsNothing = "It exempts nothing until that is mended.";

/** Reads one exemption, from the table, a file or the command line. Whether it has expired is for the clock to say. */
export function readExemptionRow({ name, cells }: Row): ExemptionRow {
	// One for each cell.
	const complaints = new Map<string, Complaint>();
	const complain = (column: string, what: string) => complaints.set(column, { column, what, effect: exemptsNothing });
	const read: Record<string, unknown> = { target: null };
	const meant = new Set<string | undefined>();
	for (const reading of readCells(cells, exemptionColumns)) {
		if (reading.is === "read") read[reading.column] = reading.value;
		else complain(reading.is === "unknown" ? reading.spelling : reading.column, reading.what);
		meant.add(reading.is === "unknown" ? reading.nearest : reading.column);
	}
	const { rule, target } = read as Partial<Exemption>;
	if (target != null && rules.some(({ id, perHostName }) => id === rule && !perHostName)) {
		complain("target", `is a host name, but ${rule} checks the site as a whole: take the cell away.`);
	}
	for (const column of Object.keys(exemptionColumns)) {
		if (read[column] === undefined && !meant.has(column)) complain(column, "is missing.");
	}
	const exemption = { name, ...read } as Exemption;
	return { exemption: complaints.size === 0 ? exemption : null, complaints: [...complaints.values()] };
}
