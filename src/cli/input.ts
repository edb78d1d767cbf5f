import { type AzureConfig, azureSettings } from "../config/azure.ts";
import { type Environment, readSettings } from "../config/settings.ts";
import { tableSettings } from "../config/storage.ts";
import { readPolicyFile } from "../policies/policy-file.ts";
import type { PolicySet } from "../policies/policy-set.ts";
import { connectEditedTables, connectPolicies } from "../storage/edited-tables.ts";

export interface InputOptions {
	/** A JSON file of policies and exemptions, instead of the tables. */
	readonly policy?: string;
}

/** Where Azure is, and what is desired there: from a file, or from the tables, which are left as they are. */
export async function readInput(
	{ policy: file }: InputOptions,
	env: Environment,
): Promise<{ readonly azure: AzureConfig; readonly policySet: PolicySet }> {
	if (file !== undefined) {
		const { azure } = readSettings({ azure: azureSettings }, env);
		return { azure, policySet: await readPolicyFile(file) };
	}
	const { azure, tables } = readSettings({ azure: azureSettings, tables: tableSettings }, env);
	return { azure, policySet: await connectPolicies(tables, azure, "leave")() };
}

/** The tables that people edit. */
export function openTables(env: Environment): ReturnType<typeof connectEditedTables> {
	const { azure, tables } = readSettings({ azure: azureSettings, tables: tableSettings }, env);
	return connectEditedTables(tables, azure);
}
