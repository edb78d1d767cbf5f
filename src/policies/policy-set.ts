import { type Exemption, hasExpired } from "../core/model/exemption.ts";
import type { Policy } from "../core/model/policy.ts";
import type { Problem } from "../core/model/problem.ts";
import { explainPolicyIssues, findIncompatibleSettings } from "../core/policy/incompatible-settings.ts";
import { readExemptionRow } from "./exemption-row.ts";
import { type Row, toProblem, type ValidationError } from "./fields.ts";
import { readPolicyRow } from "./policy-row.ts";

/** Desired state and what is accepted to differ from it, as far as they could be read, and what is wrong with the rest. */
export interface PolicySet {
	readonly policies: readonly Policy[];
	readonly exemptions: readonly Exemption[];
	/** The names of the policies whose rows govern nothing until they are mended: what they want is unknown. */
	readonly unread: readonly string[];
	/** Of rows and cells by themselves. */
	readonly problems: readonly Problem[];
}

/** Reads rows one by one: a bad one never takes the others with it. */
export function readPolicySet(policyRows: readonly Row[], exemptionRows: readonly Row[]): PolicySet {
	const policies = policyRows.map((row) => ({ name: row.name, ...readPolicyRow(row) }));
	const exemptions = exemptionRows.map((row) => ({ name: row.name, ...readExemptionRow(row) }));
	const problems = [
		...policies.flatMap(({ name, validationErrors }) =>
			validationErrors.map((one) => toProblem("policy-invalid", name, one)),
		),
		...findDoubles(policyRows, "policy-invalid"),
		...(policyRows.length === 0 ? [missing] : []),
		...exemptions.flatMap(({ name, validationErrors }) =>
			validationErrors.map((one) => toProblem("exemption-invalid", name, one)),
		),
		...findDoubles(exemptionRows, "exemption-invalid"),
	];
	return {
		policies: policies.flatMap(({ policy }) => policy ?? []),
		exemptions: exemptions.flatMap(({ exemption }) => exemption ?? []),
		unread: policies.flatMap(({ name, policy }) => (policy === null ? [name] : [])),
		// One problem for each cell: rows of one name have the same cells.
		problems: [...new Map(problems.map((problem) => [problem.scope, problem])).values()],
	};
}

/** Everything that can be said against the tables before any site is looked at. */
export function findProblems({ policies, exemptions, problems }: PolicySet, now: Date): readonly Problem[] {
	const expired = exemptions.filter((exemption) => hasExpired(exemption, now));
	return [
		...problems,
		...explainPolicyIssues(findIncompatibleSettings(policies)),
		...expired.map((one) => toProblem("exemption-invalid", one.name, explainExpired(one))),
	];
}

/** Why an exemption exempts nothing any more. */
export function explainExpired({ expiresOn }: Exemption): ValidationError {
	const what = `is ${expiresOn.toISOString()}, which is past.`;
	return { column: "expiresOn", what, effect: "It exempts nothing any more: renew it or take the row away." };
}

const missing: Problem = {
	code: "policy-missing",
	scope: "/",
	message:
		"There is no policy: no site is covered. Add one (mtls-drift policy set default httpsOnly=true clientCertMode=Required), or a row to the table DriftPolicy (PartitionKey policy, RowKey any name).",
};

function findDoubles(rows: readonly Row[], code: "policy-invalid" | "exemption-invalid"): Problem[] {
	return [...Map.groupBy(rows, ({ name }) => name)]
		.filter(([, some]) => some.length > 1)
		.map(([name]) =>
			toProblem(code, name, {
				column: "name",
				what: "is the name of several rows.",
				effect: "Give each a name of its own.",
			}),
		);
}
