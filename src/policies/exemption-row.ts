import type { Exemption } from "../core/model/exemption.ts";
import { rules } from "../core/rules/index.ts";
import { exemptionColumns } from "./columns.ts";
import { type Row, readFields, type ValidationError } from "./fields.ts";

/** What a row of exemptions came to: one with any bad or missing cell exempts nothing, and says so. */
export interface ExemptionRow {
	readonly exemption: Exemption | null;
	readonly validationErrors: readonly ValidationError[];
}

const exemptsNothing = "It exempts nothing until that is mended.";

/** Reads one exemption, from the table, a file or the command line. Whether it has expired is for the clock to say. */
export function readExemptionRow({ name, fields }: Row): ExemptionRow {
	// One for each cell.
	const validationErrors = new Map<string, ValidationError>();
	const addError = (column: string, what: string) =>
		validationErrors.set(column, { column, what, effect: exemptsNothing });
	const read: Record<string, unknown> = { target: null };
	const meant = new Set<string | undefined>();
	for (const reading of readFields(fields, exemptionColumns)) {
		if (reading.is === "read") read[reading.column] = reading.value;
		else addError(reading.is === "unknown" ? reading.spelling : reading.column, reading.what);
		meant.add(reading.is === "unknown" ? reading.nearest : reading.column);
	}
	const { rule, target } = read as Partial<Exemption>;
	if (target != null && rules.some(({ id, perHostName }) => id === rule && !perHostName)) {
		addError("target", `is a host name, but ${rule} checks the site as a whole: take the cell away.`);
	}
	for (const column of Object.keys(exemptionColumns)) {
		if (read[column] === undefined && !meant.has(column)) addError(column, "is missing.");
	}
	const exemption = { name, ...read } as Exemption;
	return {
		exemption: validationErrors.size === 0 ? exemption : null,
		validationErrors: [...validationErrors.values()],
	};
}
