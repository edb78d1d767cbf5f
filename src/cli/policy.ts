import type { Environment } from "../config/settings.ts";
import { type Policy, writePolicy } from "../core/model/policy.ts";
import { printable } from "../core/model/text.ts";
import {
	explainPolicyIssues,
	findConflicts,
	findIncompatibleSettings,
	type PolicyIssue,
} from "../core/policy/incompatible-settings.ts";
import { editPolicy, type FieldChange } from "../policies/edit-policy.ts";
import { readPolicyRow } from "../policies/policy-row.ts";
import { findProblems } from "../policies/policy-set.ts";
import type { EditedRow } from "../storage/edited-table.ts";
import { type InputOptions, openTables, readInput } from "./input.ts";
import { describeProblem, describeValidationError, drawTable, print } from "./render/terminal.ts";
import { argument, checkName, explainRestore, findRow, refuse } from "./rows.ts";

/** Prints every policy, and what is wrong with the rows. */
export async function listPolicies(options: InputOptions, env: Environment): Promise<void> {
	const { policySet } = await readInput(options, env);
	const rows = policySet.policies
		.toSorted((a, b) => (a.name < b.name ? -1 : 1))
		.map((policy) => [printable(policy.name), ...describeFields(policy)]);
	if (rows.length > 0) print(drawTable(["policy", "for", "wants"], rows));
	for (const problem of policySet.problems) print(describeProblem(problem));
}

/** Writes cells of a policy, and prints what changed. Throws, and writes nothing, where the row would not be right by itself. */
export async function setPolicy(
	name: string,
	assignments: readonly string[],
	{ unset = [] }: { readonly unset?: readonly string[] },
	env: Environment,
): Promise<void> {
	const fields = readAssignments(assignments);
	if (assignments.length + unset.length === 0)
		throw new Error("policy set takes key=value, for example httpsOnly=true");
	checkName(name);
	const { policies: table } = openTables(env);
	const { rows } = await table.read("leave");
	const stored = findRow(rows, name, "DriftPolicy");
	const edit = editPolicy(name, stored, fields, unset);
	if (!edit.accepted) refuse(`policy "${name}"`, edit.validationErrors.map(describeValidationError));
	const issues = explainPolicyIssues(findIntroduced(stored === undefined ? [] : [stored], stored, edit.policy));
	if (issues.length > 0) refuse(`policy "${name}"`, issues.map(describeProblem));
	if (Object.keys(edit.row.fields).length === 0) {
		throw new Error(`policy "${name}" would have no cell left: remove it instead (mtls-drift policy remove)`);
	}

	if (stored !== undefined && edit.changes.length === 0) {
		print(`Policy "${printable(name)}" is so already: nothing was written.`);
		return;
	}
	await (stored === undefined ? table.insert(edit.row) : table.replace(stored, edit.row.fields));
	print(
		`Policy "${printable(name)}" in DriftPolicy ${stored === undefined ? "is new" : "was changed"}:`,
		drawTable(["column", "before", "after"], edit.changes.map(describeChange)),
	);
	// An edit of several rows has to begin with one of them: what does not fit yet is said, not refused.
	const introduced = explainPolicyIssues(findIntroduced(rows, stored, edit.policy));
	for (const problem of introduced) console.error(describeProblem(problem));
}

/** Takes a policy away, and prints how to bring it back. */
export async function removePolicy(name: string, env: Environment): Promise<void> {
	const { policies: table } = openTables(env);
	const { rows } = await table.read("leave");
	const stored = findRow(rows, name, "DriftPolicy");
	if (stored === undefined) throw new Error(`there is no policy "${name}" in DriftPolicy`);
	await table.remove(stored);
	const fields = Object.entries(stored.fields).map(([column, value]) => `${column}=${value}`);
	const { policy, validationErrors } = readPolicyRow(stored);
	const isRight =
		fields.length > 0 && policy !== null && validationErrors.length + findIncompatibleSettings([policy]).length === 0;
	print(
		`Policy "${printable(name)}" was removed from DriftPolicy.`,
		...explainRestore(stored, isRight, ["mtls-drift", "policy", "set", ...argument(name), ...fields]),
	);
}

/** Prints everything that is wrong with policies and exemptions. Gives the exit status: 1 where there is anything. */
export async function lintPolicies(options: InputOptions, env: Environment): Promise<0 | 1> {
	const { policySet } = await readInput(options, env);
	const conflicts = explainPolicyIssues(findConflicts(policySet.policies));
	const problems = [...findProblems(policySet, new Date()), ...conflicts];
	for (const problem of problems) print(describeProblem(problem));
	const { policies, exemptions } = policySet;
	const counted = [count(policies.length, "policy", "policies"), count(exemptions.length, "exemption", "exemptions")];
	print(`${count(problems.length, "problem", "problems")}; ${counted.join(" and ")} can be used.`);
	return problems.length > 0 ? 1 : 0;
}

function count(number: number, one: string, many: string): string {
	return `${number} ${number === 1 ? one : many}`;
}

function describeFields(policy: Policy): [where: string, settings: string] {
	const fields = writePolicy(policy);
	const lines = (inSelectors: boolean) =>
		[...fields]
			.filter(([column]) => ["scope", "tag", "kind"].includes(column) === inSelectors)
			.map(([column, text]) => printable(column === "scope" ? text : `${column}=${text}`));
	return [lines(true).join("\n"), lines(false).join("\n")];
}

function describeChange({ column, before, after }: FieldChange): string[] {
	return [column, before ?? "not set", after ?? "not set"].map(printable);
}

function readAssignments(assignments: readonly string[]): Record<string, string> {
	const fields = new Map<string, string>();
	for (const assignment of assignments) {
		const at = assignment.indexOf("=");
		if (at <= 0) throw new Error(`"${assignment}" is not key=value, for example httpsOnly=true`);
		const column = assignment.slice(0, at);
		if (fields.has(column)) throw new Error(`${column} is given twice`);
		fields.set(column, assignment.slice(at + 1));
	}
	return Object.fromEntries(fields);
}

/** What clashes among the rows once one of them is this policy, and did not before. */
function findIntroduced(rows: readonly EditedRow[], stored: EditedRow | undefined, policy: Policy): PolicyIssue[] {
	const find = (policies: readonly Policy[]) => [...findIncompatibleSettings(policies), ...findConflicts(policies)];
	const read = (some: readonly EditedRow[]) => some.flatMap((row) => readPolicyRow(row).policy ?? []);
	const before = new Set(find(read(rows)).map((issue) => JSON.stringify(issue)));
	const others = rows.filter((row) => row !== stored);
	return find([...read(others), policy]).filter((issue) => !before.has(JSON.stringify(issue)));
}
