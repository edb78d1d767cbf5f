import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type PolicySet, readPolicySet } from "./policy-set.ts";

const row = z.looseObject({ name: z.string().trim().min(1) });
const file = z.strictObject({
	$schema: z.string().optional(),
	policies: z.array(row),
	exemptions: z.array(row).optional(),
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
		const complaints = parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "the file"}: ${message}`);
		throw new Error(`the policy file ${path} is not {"policies": [{"name": …}]}: ${complaints.join("; ")}`);
	}
	const rowsOf = (entries: z.infer<typeof row>[] = []) => entries.map(({ name, ...cells }) => ({ name, cells }));
	return readPolicySet(rowsOf(parsed.data.policies), rowsOf(parsed.data.exemptions));
}
