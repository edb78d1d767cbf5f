import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/identity";
import type { AzureConfig } from "../config/azure.ts";
import { once } from "../core/once.ts";

/** What says which identity to use. */
type IdentityConfig = Pick<AzureConfig, "managedIdentity" | "clientId"> & {
	readonly cloud: { readonly authority: string };
};

/**
 * The managed identity where Azure Functions offers one, else whatever this terminal is logged in with. Its library is loaded with
 * the first token: it would make each cold start slower.
 */
export function createCredential(config: IdentityConfig, clientId = config.clientId): TokenCredential {
	const loadOnce = once(() => load(config, clientId));
	return {
		async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
			return await (await loadOnce()).getToken(scopes, options);
		},
	};
}

async function load(
	{ managedIdentity, cloud }: IdentityConfig,
	clientId: string | undefined,
): Promise<TokenCredential> {
	const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
	if (managedIdentity) {
		return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
	}
	return new DefaultAzureCredential({
		authorityHost: cloud.authority,
		...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
	});
}
