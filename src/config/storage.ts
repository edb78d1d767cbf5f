import * as z from "zod";
import { clouds, findCloud } from "./clouds.ts";
import { isSafe, safeUrl } from "./url.ts";

/** How one service of the storage account is reached. */
export type StorageConfig =
	| { readonly connectionString: string }
	| { readonly endpoint: string; readonly clientId: string | undefined };

/** Where the tables are, as Azure Functions defines the connection `AzureWebJobsStorage`. */
export const tableSettings = storageSettings("table");

/** Where the queues are. */
export const queueSettings = storageSettings("queue");

function storageSettings(service: "table" | "queue") {
	const serviceUri = `AzureWebJobsStorage__${service}ServiceUri` as const;
	const otherServiceUri = `AzureWebJobsStorage__${service === "table" ? "queue" : "table"}ServiceUri` as const;
	return z
		.object({
			AzureWebJobsStorage: z.string().optional(),
			AzureWebJobsStorage__accountName: z
				.string()
				.regex(/^[a-z\d]{3,24}$/, "is not the name of a storage account")
				.optional(),
			AzureWebJobsStorage__tableServiceUri: safeUrl.optional(),
			AzureWebJobsStorage__queueServiceUri: safeUrl.optional(),
			AzureWebJobsStorage__clientId: z.guid("is not a GUID").optional(),
			AZURE_CLOUD: z.string().default("AzureCloud"),
		})
		.transform((settings, context): StorageConfig => {
			const refuse = (setting: string, message: string) => {
				context.addIssue({ code: "custom", path: [setting], message });
				return z.NEVER;
			};
			const { storageSuffix } = findCloud(settings.AZURE_CLOUD) ?? clouds.AzureCloud;
			if (settings.AzureWebJobsStorage !== undefined) {
				return readConnectionString(settings.AzureWebJobsStorage, service, storageSuffix, (message) =>
					refuse("AzureWebJobsStorage", message),
				);
			}
			const clientId = settings.AzureWebJobsStorage__clientId;
			const account = settings.AzureWebJobsStorage__accountName;
			const endpoint =
				settings[serviceUri] ?? (account === undefined ? undefined : `https://${account}.${service}.${storageSuffix}`);
			if (endpoint !== undefined) return { endpoint, clientId };
			if (settings[otherServiceUri] !== undefined) return refuse(serviceUri, `is not set, but ${otherServiceUri} is`);
			return refuse(
				"AzureWebJobsStorage",
				"is not set: give a connection string, or AzureWebJobsStorage__accountName to use the managed identity",
			);
		});
}

/**
 * Checked and completed here: the SDK would take plain http to anywhere, and wants what other SDKs have a default for.
 * Source: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
function readConnectionString(
	text: string,
	service: "table" | "queue",
	cloudSuffix: string,
	refuse: (message: string) => never,
): StorageConfig {
	const parts = new Map(
		text.split(";").flatMap((part): [string, string][] => {
			const at = part.indexOf("=");
			return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()]];
		}),
	);
	if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") {
		return { connectionString: "UseDevelopmentStorage=true" };
	}
	const account = parts.get("accountname");
	const key = parts.get("accountkey");
	const signature = parts.get("sharedaccesssignature");
	const protocol = parts.get("defaultendpointsprotocol") ?? "https";
	const suffix = parts.get("endpointsuffix") ?? cloudSuffix;
	const given = parts.get(`${service}endpoint`);
	const endpoint = given ?? `${protocol}://${account}.${service}.${suffix}`;
	const hasKey = account && key;
	const hasSignature = signature && (account || given);
	if (!(hasKey || hasSignature) || !URL.canParse(endpoint)) {
		return refuse(
			signature && !given && (parts.has("tableendpoint") || parts.has("queueendpoint"))
				? `names no ${service} endpoint`
				: "is not a connection string of a storage account",
		);
	}
	if (!isSafe(endpoint)) {
		return refuse("names an endpoint that is not https (plain http is accepted for this machine's own addresses only)");
	}
	const access = hasKey
		? `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key}`
		: `SharedAccessSignature=${signature}`;
	return { connectionString: `${access};${service === "table" ? "Table" : "Queue"}Endpoint=${endpoint}` };
}
