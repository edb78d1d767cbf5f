import { z } from "zod";
import { clouds } from "./clouds.ts";
import { isSafe, safeUrl } from "./url.ts";

export type StorageConfig =
	| { readonly connectionString: string }
	| { readonly tableEndpoint: string; readonly clientId: string | undefined };

/** Where the tables are, as Azure Functions defines the connection `AzureWebJobsStorage`. */
export const storageSettings = z
	.object({
		AzureWebJobsStorage: z.string().transform(readConnectionString).optional(),
		AzureWebJobsStorage__accountName: z
			.string()
			.regex(/^[a-z\d]{3,24}$/, "is not the name of a storage account")
			.optional(),
		AzureWebJobsStorage__tableServiceUri: safeUrl.optional(),
		AzureWebJobsStorage__clientId: z.guid("is not a GUID").optional(),
		AZURE_CLOUD: z.string().optional(),
	})
	.transform((settings, context): StorageConfig => {
		if (settings.AzureWebJobsStorage !== undefined) return { connectionString: settings.AzureWebJobsStorage };
		const clientId = settings.AzureWebJobsStorage__clientId;
		if (settings.AzureWebJobsStorage__tableServiceUri !== undefined) {
			return { tableEndpoint: settings.AzureWebJobsStorage__tableServiceUri, clientId };
		}
		const account = settings.AzureWebJobsStorage__accountName;
		if (account !== undefined) {
			const cloud = Object.entries(clouds).find(([name]) => name.toLowerCase() === settings.AZURE_CLOUD?.toLowerCase());
			return { tableEndpoint: `https://${account}.table.${(cloud?.[1] ?? clouds.AzureCloud).storageSuffix}`, clientId };
		}
		context.addIssue({
			code: "custom",
			path: ["AzureWebJobsStorage"],
			message: "is not set: give a connection string, or AzureWebJobsStorage__accountName to use the managed identity",
		});
		return z.NEVER;
	});

/** Checked here, since the SDK would take plain http to anywhere; and completed, since it takes a key only beside a protocol. */
function readConnectionString(value: string, context: z.core.$RefinementCtx<string>): string {
	const parts = new Map(
		value.split(";").flatMap((part): [string, string][] => {
			const at = part.indexOf("=");
			return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()]];
		}),
	);
	if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") return value;
	const endpoint = parts.get("tableendpoint");
	const protocol = parts.get("defaultendpointsprotocol");
	const isWhole = parts.has("accountkey")
		? parts.has("accountname")
		: parts.has("sharedaccesssignature") && endpoint !== undefined;
	if (!isWhole) {
		context.addIssue("is not a connection string of a storage account");
	} else if (endpoint === undefined ? protocol === "http" : !URL.canParse(endpoint) || !isSafe(endpoint)) {
		context.addIssue(
			"names an endpoint that is not https (plain http is accepted for this machine's own addresses only)",
		);
	}
	return protocol === undefined ? `DefaultEndpointsProtocol=https;${value}` : value;
}
