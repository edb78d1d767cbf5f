import { invalidField, type Policy, settingNames, writePolicy } from "../core/model/policy.ts";
import { policyColumns } from "./columns.ts";
import type { Row, ValidationError } from "./fields.ts";
import { readPolicyRow } from "./policy-row.ts";

/** What an edit of one cell comes to, as people write it; undefined where there is none. */
export interface FieldChange {
	readonly column: string;
	readonly before: string | undefined;
	readonly after: string | undefined;
}

/** What an edit of one row comes to: what is to be written, or why it must not be. */
export type PolicyEdit =
	| { readonly accepted: true; readonly row: Row; readonly policy: Policy; readonly changes: readonly FieldChange[] }
	| { readonly accepted: false; readonly validationErrors: readonly ValidationError[] };

/** Puts cells into a row, or into a new one, and takes others away. The row as a whole must be right then. */
export function editPolicy(
	name: string,
	before: Row | undefined,
	assigned: Row["fields"],
	unset: readonly string[],
): PolicyEdit {
	const columnsBefore = new Set(Object.keys(before?.fields ?? {}).map(canonicalColumn));
	const mistaken = unset.map(canonicalColumn).flatMap((column): ValidationError[] => {
		if (Object.keys(assigned).some((given) => canonicalColumn(given) === column)) {
			return [{ column, what: "is both set and taken away.", effect: "" }];
		}
		const isRemovable = Object.hasOwn(policyColumns, column) || columnsBefore.has(column);
		return isRemovable ? [] : [{ column, what: "is not there to be taken away.", effect: "" }];
	});
	const touched = new Set([...Object.keys(assigned), ...unset].map(canonicalColumn));
	const kept = Object.entries(before?.fields ?? {}).filter(([column]) => !touched.has(canonicalColumn(column)));
	const { policy, validationErrors } = readPolicyRow({ name, fields: { ...Object.fromEntries(kept), ...assigned } });
	const all = [...mistaken, ...validationErrors];
	if (policy === null || all.length > 0) return { accepted: false, validationErrors: all };

	const given = Object.entries(assigned).map(([column, value]) => [canonicalColumn(column), value] as const);
	const fields = { ...Object.fromEntries(kept), ...Object.fromEntries(given), ...valuesOf(policy, given) };
	const row = { name, fields };
	const [stood, stands] = [before === undefined ? new Map<string, string>() : describeRow(before), describeRow(row)];
	const changes = [...touched]
		.map((column) => ({ column, before: stood.get(column), after: stands.get(column) }))
		.filter((change) => change.before !== change.after);
	return { accepted: true, row, policy, changes };
}

function canonicalColumn(spelling: string): string {
	const wanted = spelling.trim().toLowerCase();
	return Object.keys(policyColumns).find((column) => column.toLowerCase() === wanted) ?? spelling;
}

/** The given cells in the spelling that is shown back; Booleans and numbers keep their type in the table. */
function valuesOf(policy: Policy, given: readonly (readonly [column: string, value: unknown])[]): Row["fields"] {
	const texts = writePolicy(policy);
	const values = new Map<string, unknown>(
		settingNames.map((setting) => {
			const field = policy.settings[setting];
			return [setting, field?.is === "value" && typeof field.value !== "object" ? field.value : undefined];
		}),
	);
	return Object.fromEntries(
		given.flatMap(([column]) => (texts.has(column) ? [[column, values.get(column) ?? texts.get(column)]] : [])),
	);
}

/** What stands in each cell of a row, as it is understood; where it is not, as it is. */
function describeRow(row: Row): ReadonlyMap<string, string> {
	const { policy } = readPolicyRow(row);
	const texts = policy === null ? new Map<string, string>() : writePolicy(policy);
	return new Map(
		Object.entries(row.fields).map(([spelling, value]) => {
			const column = canonicalColumn(spelling);
			const text = texts.get(column);
			return [column, text === undefined || text === invalidField ? String(value) : text];
		}),
	);
}
