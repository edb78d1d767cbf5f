import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Problem } from "./core/problem.ts";
import { collectPolicies, type PolicySet } from "./policy-set.ts";

const row = z.looseObject({ name: z.string().trim().min(1) });
const file = z.strictObject({ policies: z.array(row), exemptions: z.array(row).optional() });

/** Reads policies from JSON: `{"policies": [{"name", …}]}`. Throws an error that names the file when it is not of that form. */
export async function readPolicyFile(path: string): Promise<PolicySet> {
	let json: unknown;
	try {
		json = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/, ""));
	} catch (error) {
		throw new Error(`cannot read the policy file ${path}: ${(error as Error).message}`, { cause: error });
	}
	const parsed = file.safeParse(json);
	if (!parsed.success) {
		const complaints = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the file"}: ${message}`);
		throw new Error(`the policy file ${path} is not {"policies": [{"name": …}]}: ${complaints.join("; ")}`);
	}
	const rows = parsed.data.policies.map(({ name, ...cells }) => ({ name, cells }));
	const { policies, problems } = collectPolicies(rows);
	return { policies, problems: [...problems, ...(parsed.data.exemptions ?? []).map(notApplied)] };
}

function notApplied(exemption: { readonly name: string }): Problem {
	return {
		code: "exemption-invalid",
		scope: `DriftExemption/${exemption.name}/name`,
		message: `Exemption "${exemption.name}": this version of mtls-drift does not apply exemptions; its findings stay as they are.`,
	};
}
