import type { Environment } from "../config/settings.ts";
import { type Policy, writePolicy } from "../core/model/policy.ts";
import { printable } from "../core/model/text.ts";
import { type Clash, explainClashes, findConflicts, findContradictions } from "../core/policy/incompatible-settings.ts";
import { type CellChange, editPolicy } from "../policies/edit-policy.ts";
import { readPolicyRow } from "../policies/policy-row.ts";
import { findProblems } from "../policies/policy-set.ts";
import type { StoredRow } from "../storage/edited-table.ts";
import { type InputOptions, openTables, readInput } from "./input.ts";
import { describeComplaint, describeProblem, drawTable, print } from "./render/terminal.ts";
import { argument, checkName, explainWayBack, findRow, refuse } from "./rows.ts";

/** Prints every policy, and what is wrong with the rows. */
export async function listPolicies(options: InputOptions, env: Environment): Promise<void> {
	const { policySet } = await readInput(options, env);
	const rows = policySet.policies
		.toSorted((a, b) => (a.name < b.name ? -1 : 1))
		.map((policy) => [printable(policy.name), ...describeCells(policy)]);
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
	const cells = readAssignments(assignments);
	if (assignments.length + unset.length === 0)
		throw new Error("policy set takes key=value, for example httpsOnly=true");
	checkName(name);
	const { policies: table } = openTables(env);
	const { rows } = await table.read("leave");
	const stored = findRow(rows, name, "DriftPolicy");
	const edit = editPolicy(name, stored, cells, unset);
	if (!edit.accepted) refuse(`policy "${name}"`, edit.complaints.map(describeComplaint));
	const torn = explainClashes(findIntroduced(stored === undefined ? [] : [stored], stored, edit.policy));
	if (torn.length > 0) refuse(`policy "${name}"`, torn.map(describeProblem));
	if (Object.keys(edit.row.cells).length === 0) {
		throw new Error(`policy "${name}" would have no cell left: remove it instead (mtls-drift policy remove)`);
	}

	if (stored !== undefined && edit.changes.length === 0) {
		print(`Policy "${printable(name)}" is so already: nothing was written.`);
		return;
	}
	await (stored === undefined ? table.insert(edit.row) : table.replace(stored, edit.row.cells));
	print(
		`Policy "${printable(name)}" in DriftPolicy ${stored === undefined ? "is new" : "was changed"}:`,
		drawTable(["column", "before", "after"], edit.changes.map(describeChange)),
	);
	// An edit of several rows has to begin with one of them: what does not fit yet is said, not refused.
	const introduced = explainClashes(findIntroduced(rows, stored, edit.policy));
	for (const problem of introduced) console.error(describeProblem(problem));
}

/** Takes a policy away, and prints how to bring it back. */
export async function removePolicy(name: string, env: Environment): Promise<void> {
	const { policies: table } = openTables(env);
	const { rows } = await table.read("leave");
	const stored = findRow(rows, name, "DriftPolicy");
	if (stored === undefined) throw new Error(`there is no policy "${name}" in DriftPolicy`);
	await table.remove(stored);
	const cells = Object.entries(stored.cells).map(([column, value]) => `${column}=${value}`);
	const { policy, complaints } = readPolicyRow(stored);
	const isRight = cells.length > 0 && policy !== null && complaints.length + findContradictions([policy]).length === 0;
	print(
		`Policy "${printable(name)}" was removed from DriftPolicy.`,
		...explainWayBack(stored, isRight, ["mtls-drift", "policy", "set", ...argument(name), ...cells]),
	);
}

/** Prints everything that is wrong with policies and exemptions. Gives the exit status: 1 where there is anything. */
export async function lintPolicies(options: InputOptions, env: Environment): Promise<0 | 1> {
	const { policySet } = await readInput(options, env);
	const conflicts = explainClashes(findConflicts(policySet.policies));
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

function describeCells(policy: Policy): [where: string, settings: string] {
	const cells = writePolicy(policy);
	const lines = (inSelectors: boolean) =>
		[...cells]
			.filter(([column]) => ["scope", "tag", "kind"].includes(column) === inSelectors)
			.map(([column, text]) => printable(column === "scope" ? text : `${column}=${text}`));
	return [lines(true).join("\n"), lines(false).join("\n")];
}

function describeChange({ column, before, after }: CellChange): string[] {
	return [column, before ?? "not set", after ?? "not set"].map(printable);
}

function readAssignments(assignments: readonly string[]): Record<string, string> {
	const cells = new Map<string, string>();
	for (const assignment of assignments) {
		const at = assignment.indexOf("=");
		if (at <= 0) throw new Error(`"${assignment}" is not key=value, for example httpsOnly=true`);
		const column = assignment.slice(0, at);
		if (cells.has(column)) throw new Error(`${column} is given twice`);
		cells.set(column, assignment.slice(at + 1));
	}
	return Object.fromEntries(cells);
}

/** What clashes among the rows once one of them is this policy, and did not before. */
function findIntroduced(rows: readonly StoredRow[], stored: StoredRow | undefined, policy: Policy): Clash[] {
	const find = (policies: readonly Policy[]) => [...findContradictions(policies), ...findConflicts(policies)];
	const read = (some: readonly StoredRow[]) => some.flatMap((row) => readPolicyRow(row).policy ?? []);
	const known = new Set(find(read(rows)).map((clash) => JSON.stringify(clash)));
	const others = rows.filter((row) => row !== stored);
	return find([...read(others), policy]).filter((clash) => !known.has(JSON.stringify(clash)));
}
