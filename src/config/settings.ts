import type { z } from "zod";

/** The environment: app settings, or a terminal's variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that cannot be used, all of them at once. The text names settings and never repeats a value that may be secret. */
export class SettingsError extends Error {
	override readonly name = "SettingsError";
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
		this.problems = problems;
	}
}

/** An empty setting is as good as none, but for what would open a door. */
const neverBlank = ["DRIFT_CLIENT_CERTS"];

/** Reads several groups of settings. Throws one SettingsError that names everything that is wrong in all of them. */
export function readSettings<T extends Record<string, z.ZodType>>(
	groups: T,
	env: Environment,
): { readonly [G in keyof T]: z.output<T[G]> } {
	const set = Object.fromEntries(
		Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
	);
	const problems = new Map<string, string>();
	for (const name of neverBlank) {
		if (env[name]?.trim() === "") problems.set(name, "is empty: remove it, or say in it who may come");
	}
	for (const [name, value] of Object.entries(set)) {
		if (/^(?:DRIFT_|AZURE_|AzureWebJobsStorage)/.test(name) && value.startsWith("@Microsoft.KeyVault(")) {
			problems.set(name, "is a Key Vault reference that was not resolved: let the app's identity read that secret");
		}
	}
	const values: Record<string, unknown> = {};
	for (const [group, schema] of Object.entries(groups)) {
		const parsed = schema.safeParse(set);
		if (parsed.success) values[group] = parsed.data;
		for (const { path, message } of parsed.error?.issues ?? []) {
			// The first complaint about a setting tells what to mend.
			const name = String(path[0]);
			if (!problems.has(name)) problems.set(name, message);
		}
	}
	if (problems.size > 0) throw new SettingsError([...problems].map(([name, message]) => `${name} ${message}`));
	return values as { readonly [G in keyof T]: z.output<T[G]> };
}
