import type { Environment } from "../config/settings.ts";
import { type Exemption, hasExpired } from "../core/model/exemption.ts";
import { printable } from "../core/model/text.ts";
import { readExemptionRow } from "../policies/exemption-row.ts";
import { explainExpired } from "../policies/policy-set.ts";
import { type InputOptions, openTables, readInput } from "./input.ts";
import { describeProblem, describeValidationError, drawTable, print } from "./render/terminal.ts";
import { argument, checkName, explainRestore, findRow, refuse } from "./rows.ts";

/** What `exemption add` was given. */
export interface ExemptionOptions {
	readonly scope: string;
	readonly rule: string;
	readonly target?: string;
	readonly category: string;
	readonly reason: string;
	readonly owner: string;
	readonly expires: string;
}

/** Prints every exemption, and what is wrong with the rows. */
export async function listExemptions(options: InputOptions, env: Environment): Promise<void> {
	const { policySet } = await readInput(options, env);
	const now = new Date();
	const rows = policySet.exemptions
		.toSorted((a, b) => (a.name < b.name ? -1 : 1))
		.map((exemption) => describeRow(exemption, now));
	if (rows.length > 0) {
		print(drawTable(["exemption", "rule", "scope", "category", "owner", "until", "reason"], rows));
	} else print("There is no exemption that can be used.");
	for (const problem of policySet.problems.filter(({ code }) => code === "exemption-invalid")) {
		print(describeProblem(problem));
	}
}

/** Adds an exemption. Throws, and writes nothing, where it could not be used, or is there already. */
export async function addExemption(name: string, options: ExemptionOptions, env: Environment): Promise<void> {
	checkName(name);
	const { expires, ...given } = options;
	const row = { name, fields: { ...given, expiresOn: expires } };
	const { exemption, validationErrors } = readExemptionRow(row);
	const refused = `exemption "${name}"`;
	if (exemption === null) refuse(refused, validationErrors.map(describeValidationError));
	if (hasExpired(exemption, new Date())) refuse(refused, [describeValidationError(explainExpired(exemption))]);

	const { exemptions: table } = openTables(env);
	const { rows } = await table.read("leave");
	if (findRow(rows, name, "DriftExemption") !== undefined) {
		throw new Error(`there is an exemption "${name}" already: remove it first, or choose another name`);
	}
	const { scope, rule, target, category, reason, owner, expiresOn } = exemption;
	const fields = { scope, rule, ...(target === null ? {} : { target }), category, reason, owner, expiresOn };
	await table.insert({ name, fields });
	const what = rule === "*" ? "every rule" : rule;
	const where = target === null ? scope : `${target} at ${scope}`;
	print(
		`Exemption "${printable(name)}" accepts drift of ${what} for ${printable(where)} until ${expiresOn.toISOString()}.`,
	);
}

/** Takes an exemption away, and prints how to bring it back. */
export async function removeExemption(name: string, env: Environment): Promise<void> {
	const { exemptions: table } = openTables(env);
	const { rows } = await table.read("leave");
	const stored = findRow(rows, name, "DriftExemption");
	if (stored === undefined) throw new Error(`there is no exemption "${name}" in DriftExemption`);
	await table.remove(stored);
	const options = Object.entries(stored.fields).flatMap(([column, value]) => {
		const option = `--${column.trim().toLowerCase()}`.replace("expireson", "expires");
		return String(value).startsWith("-") ? [`${option}=${value}`] : [option, String(value)];
	});
	const { exemption } = readExemptionRow(stored);
	const isRight = exemption !== null && !hasExpired(exemption, new Date());
	print(
		`Exemption "${printable(name)}" was removed from DriftExemption.`,
		...explainRestore(stored, isRight, ["mtls-drift", "exemption", "add", ...options, ...argument(name)]),
	);
}

function describeRow(
	{ name, rule, target, scope, category, owner, expiresOn, reason }: Exemption,
	now: Date,
): string[] {
	const until = expiresOn.toISOString();
	const what = target === null ? rule : `${rule}\n${printable(target)}`;
	const state = hasExpired({ expiresOn }, now) ? `${until}\nexpired` : until;
	return [printable(name), what, printable(scope), category, printable(owner), state, printable(reason)];
}
