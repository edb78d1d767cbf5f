import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createCredential } from "../../src/azure-sdk/credential.ts";
import { clouds } from "../../src/config/clouds.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";

describe("the credential", () => {
	let azure: ArmEmulator;
	const former = { ...process.env };
	before(async () => {
		azure = await ArmEmulator.start();
		Object.assign(process.env, azure.environment);
	});
	after(async () => {
		process.env = former;
		await azure[Symbol.asyncDispose]();
	});

	it("is the managed identity where Azure Functions offers one, whoever else could be asked", async () => {
		// With these, the credential for terminals would ask Microsoft Entra ID first.
		Object.assign(process.env, {
			AZURE_TENANT_ID: "00000000-0000-0000-0000-00000000000f",
			AZURE_CLIENT_ID: "00000000-0000-0000-0000-00000000000c",
			AZURE_CLIENT_SECRET: "none",
		});
		const credential = createCredential({ managedIdentity: true, clientId: undefined, cloud: clouds.AzureCloud });
		const token = await credential.getToken("https://management.azure.com/.default");
		assert.ok((token?.expiresOnTimestamp ?? 0) > Date.now());
	});
});
