import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import type { Problem } from "../core/model/problem.ts";
import { type Row, toProblem } from "../policies/fields.ts";
import { type PolicySet, readPolicySet } from "../policies/policy-set.ts";
import { deleteRow, type EditedRow, insertRow, readRows, replaceRow } from "./edited-table.ts";
import { withStorageErrors } from "./errors.ts";
import { connectTable } from "./tables.ts";

/** The two tables that people edit. */
export function connectEditedTables(tables: StorageConfig, azure: AzureConfig) {
	return {
		policies: connectEditedTable(tables, azure, "DriftPolicy", "policy"),
		exemptions: connectEditedTable(tables, azure, "DriftExemption", "exemption"),
	};
}

/** One table that people edit. Whatever it throws is an error in one line; where somebody else was quicker, nothing is written. */
export interface EditedTable {
	/** The rows, and those that have another PartitionKey than they must. `whenMissing` says whether to make a table that is not there. */
	read(
		whenMissing: "create" | "leave",
	): Promise<{ readonly rows: readonly EditedRow[]; readonly misplaced: readonly EditedRow[] }>;
	insert(row: Row): Promise<void>;
	replace(stored: EditedRow, fields: Row["fields"]): Promise<void>;
	remove(stored: EditedRow): Promise<void>;
}

function connectEditedTable(
	tables: StorageConfig,
	azure: AzureConfig,
	name: string,
	partitionKey: string,
): EditedTable {
	const table = connectTable(tables, azure, name);
	const withEditErrors = (work: Promise<void>) =>
		withStorageErrors(`The table ${name} cannot be written`, "Table", work);
	return {
		async read(whenMissing) {
			const all = await withStorageErrors(`The table ${name} cannot be read`, "Table", readRows(table, whenMissing));
			const isInPartition = (row: EditedRow) => row.partitionKey.trim().toLowerCase() === partitionKey;
			return { rows: all.filter(isInPartition), misplaced: all.filter((row) => !isInPartition(row)) };
		},
		insert: (row) => withEditErrors(insertRow(table, partitionKey, row)),
		replace: (stored, fields) => withEditErrors(replaceRow(table, stored, fields)),
		remove: (stored) => withEditErrors(deleteRow(table, stored)),
	};
}

/** Reads desired state and exemptions from their tables. */
export function connectPolicies(
	tables: StorageConfig,
	azure: AzureConfig,
	whenMissing: "create" | "leave",
): () => Promise<PolicySet> {
	const { policies, exemptions } = connectEditedTables(tables, azure);
	return async () => {
		// One after the other: where nothing can be read, it is always the same that is said.
		const policyRows = await policies.read(whenMissing);
		const exemptionRows = await exemptions.read(whenMissing);
		const { problems, ...set } = readPolicySet(policyRows.rows, exemptionRows.rows);
		const misplaced = [
			...policyRows.misplaced.map((row) => explainPartition("policy-invalid", row, "policy")),
			...exemptionRows.misplaced.map((row) => explainPartition("exemption-invalid", row, "exemption")),
		];
		const unread = [...set.unread, ...policyRows.misplaced.map(({ name }) => name)];
		return { ...set, unread, problems: [...misplaced, ...problems] };
	};
}

function explainPartition(
	code: "policy-invalid" | "exemption-invalid",
	{ name, partitionKey }: EditedRow,
	wanted: "policy" | "exemption",
): Problem {
	const does = wanted === "policy" ? "governs" : "exempts";
	const what = `is "${partitionKey}", but it must be "${wanted}".`;
	const effect = `The row ${does} nothing until that is mended.`;
	return toProblem(code, name, { column: "PartitionKey", what, effect });
}
