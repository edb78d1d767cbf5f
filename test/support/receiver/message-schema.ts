import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describeMessage } from "../../../src/notify/sinks/message-schema.ts";

// Whoever posts has to keep to the closed form: no field goes out that the schema does not tell of.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const validateMessage = ajv.compile(describeMessage("closed"));
const validateData = ajv.compile({ $ref: "urn:mtls-drift:report.v1#/properties/data" });

/** What of a message is not as its schema says, each with its place; empty if it is as it should be. */
export function findFaults(message: unknown): readonly string[] {
	return faultsOf(validateMessage, message);
}

/** The same of the `data` of a message, as `scan --format json` prints it. */
export function findFaultsInData(data: unknown): readonly string[] {
	return faultsOf(validateData, data);
}

function faultsOf(validate: ValidateFunction, value: unknown): readonly string[] {
	if (validate(value)) return [];
	return (validate.errors ?? []).map(
		({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
	);
}
