import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";

/** The managed identity where Azure Functions offers one, else whatever this terminal is logged in with. */
export function createCredential(azure: AzureConfig, clientId = azure.clientId): TokenCredential {
	if (azure.managedIdentity) {
		return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
	}
	return new DefaultAzureCredential({
		authorityHost: azure.cloud.authority,
		...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
	});
}
