import type { Policy } from "./core/policy.ts";
import type { Problem } from "./core/problem.ts";
import { readPolicyRow } from "./policy-row.ts";

/** Desired state as far as it could be read, and what is wrong with the rest. */
export interface PolicySet {
	readonly policies: readonly Policy[];
	readonly problems: readonly Problem[];
}

/** Reads rows one by one: a bad one never takes the others with it. */
export function collectPolicies(
	rows: readonly { readonly name: string; readonly cells: Readonly<Record<string, unknown>> }[],
): PolicySet {
	const policies: Policy[] = [];
	const problems: Problem[] = [];
	const names = new Set<string>();
	for (const { name, cells } of rows) {
		const row = readPolicyRow(name, cells);
		problems.push(...row.problems);
		if (names.has(name)) problems.push(duplicate(name));
		names.add(name);
		if (row.policy) policies.push(row.policy);
	}
	if (rows.length === 0) problems.push(missing);
	// One problem for each cell: rows of one name have the same cells.
	return { policies, problems: [...new Map(problems.map((problem) => [problem.scope, problem])).values()] };
}

const missing: Problem = {
	code: "policy-missing",
	scope: "/",
	message:
		"There is no policy: no site is covered. Add a row to the table DriftPolicy (PartitionKey policy, RowKey any name), for example with httpsOnly true and clientCertMode Required.",
};

function duplicate(name: string): Problem {
	return {
		code: "policy-invalid",
		scope: `DriftPolicy/${name}/name`,
		message: `Two policies are named "${name}"; give each a name of its own.`,
	};
}
