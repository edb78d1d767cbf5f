import { readFile } from "node:fs/promises";
import * as z from "zod";
import { exemptionColumns, policyColumns } from "./columns.ts";
import type { Row } from "./fields.ts";
import { type PolicySet, readPolicySet } from "./policy-set.ts";

const row = z.looseObject(
	{ name: z.string("must be text").trim().min(1, "must not be empty") },
	"must be an object with a name",
);
const file = z.strictObject({
	$schema: z.string().optional(),
	policies: z.array(row, "must be a list"),
	exemptions: z.array(row, "must be a list").optional(),
});

/**
 * Reads policies and exemptions from JSON: `{"policies": [{"name", …}], "exemptions": [{"name", …}]}`. Throws an error that
 * names the file when it is not of that form.
 */
export async function readPolicyFile(path: string): Promise<PolicySet> {
	let json: unknown;
	try {
		json = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/, ""));
	} catch (error) {
		throw new Error(`cannot read the policy file ${path}: ${(error as Error).message}`, { cause: error });
	}
	const parsed = file.safeParse(json);
	if (!parsed.success) {
		const issues = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the file"}: ${message}`);
		throw new Error(`the policy file ${path} is not {"policies": [{"name": …}]}: ${issues.join("; ")}`);
	}
	// The cells as they stand in the file: a copy that zod makes lacks those that JavaScript has a meaning for.
	const { policies, exemptions = [] } = json as z.infer<typeof file>;
	const toRow = ({ name, ...fields }: z.infer<typeof row>): Row => ({ name: name.trim(), fields });
	return readPolicySet(policies.map(toRow), exemptions.map(toRow));
}

/** The JSON Schema of a policy file, by which editors complete it: the spellings that are shown back, and no others. */
export function describePolicyFile(): object {
	const name = z.string().min(1).meta({ description: "A name of its own." });
	const { target, ...required } = exemptionColumns;
	const shape = z.strictObject({
		$schema: z.string().optional(),
		policies: z.array(z.strictObject({ name, ...z.strictObject(policyColumns).partial().shape })),
		exemptions: z.array(z.strictObject({ name, ...required, target: target.optional() })).optional(),
	});
	return { title: "Policies of mtls-drift", ...z.toJSONSchema(shape, { io: "input" }) };
}
