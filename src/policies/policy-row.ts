import type { Field, Policy, SettingName } from "../core/model/policy.ts";
import { isSiteScope } from "../core/model/scope.ts";
import { policyColumns, settingColumns } from "./columns.ts";
import { type Row, readFields, type ValidationError } from "./fields.ts";

/** What a row of policies came to: a policy where its selectors can be trusted, and what is wrong with its cells. */
export interface PolicyRow {
	readonly policy: Policy | null;
	/** One for each bad cell. */
	readonly validationErrors: readonly ValidationError[];
}

const governsNothing = "The row governs nothing until that is mended.";
const isUnknown = "setting is unknown wherever this row would have won.";

/**
 * Reads one row of desired state, from the table, a file or the command line. A bad setting is invalid where the row would
 * have won; a row with a bad or unknown selector is no policy at all, since nobody can tell what it was meant to govern.
 */
export function readPolicyRow({ name, fields }: Row): PolicyRow {
	// One for each cell: what is said last of it weighs most.
	const validationErrors = new Map<string, ValidationError>();
	const addError = (column: string, what: string, effect = "") =>
		validationErrors.set(column, { column, what, effect });
	let selectable = true;
	const selectors: { scope: string } & Pick<Policy, "tag" | "kind"> = { scope: "/" };
	const settings: Partial<Record<SettingName, Field<unknown>>> = {};
	const invalidSettings = new Set<SettingName>();

	for (const reading of readFields(fields, policyColumns)) {
		if (reading.is === "read") {
			const { column, value } = reading;
			if (isSetting(column)) settings[column] = value === "Any" ? { is: "any" } : { is: "value", value };
			else Object.assign(selectors, { [column]: value });
		} else if (reading.is !== "unknown" && isSetting(reading.column)) {
			invalidSettings.add(reading.column);
			addError(reading.column, reading.what, `The ${isUnknown}`);
		} else if (reading.is === "unknown" && isSetting(reading.nearest)) {
			invalidSettings.add(reading.nearest);
			addError(reading.spelling, reading.what, `That ${isUnknown}`);
		} else {
			addError(reading.is === "unknown" ? reading.spelling : reading.column, reading.what, governsNothing);
			selectable = false;
		}
	}
	for (const setting of invalidSettings) settings[setting] = { is: "invalid" };
	if (settings.domainBindings?.is === "value" && !isSiteScope(selectors.scope)) {
		settings.domainBindings = { is: "invalid" };
		addError(
			"domainBindings",
			`is for one site only, but the row's scope is ${selectors.scope}: give it the resource ID of a site or slot.`,
			`The ${isUnknown}`,
		);
	}

	const policy: Policy = { name, ...selectors, settings: settings as Policy["settings"] };
	return { policy: selectable ? policy : null, validationErrors: [...validationErrors.values()] };
}

function isSetting(column: string | undefined): column is SettingName {
	return column !== undefined && Object.hasOwn(settingColumns, column);
}
