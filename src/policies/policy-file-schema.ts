import * as z from "zod";
import { exemptionColumns, policyColumns } from "./columns.ts";

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
