import { isRestError } from "@azure/core-rest-pipeline";
import { TableClient } from "@azure/data-tables";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import { isLoopback } from "../config/url.ts";
import { createCredential } from "./credential.ts";

/** A table of the storage account; nothing is sent yet. Throws when the connection string cannot be used. */
export function connectTable(storage: StorageConfig, azure: AzureConfig, name: string): TableClient {
	if (!("connectionString" in storage)) {
		const credential = createCredential(azure, storage.clientId ?? azure.clientId);
		const allowInsecureConnection = isLoopback(storage.endpoint);
		return new TableClient(storage.endpoint, name, credential, { allowInsecureConnection });
	}
	try {
		// The settings accept http for loopback only; the SDK asks for this all the same.
		return TableClient.fromConnectionString(storage.connectionString, name, { allowInsecureConnection: true });
	} catch {
		// The SDK's error can hold the key.
		throw new Error("AzureWebJobsStorage is not a connection string that can be used");
	}
}

/** Writes to a table, which is made first where it is not there. */
export async function writeOrCreate<T>(table: TableClient, write: () => Promise<T>): Promise<T> {
	try {
		return await write();
	} catch (error) {
		if (!isMissingTable(error)) throw error;
		await table.createTable();
		return await write();
	}
}

export function isMissingTable(error: unknown): boolean {
	if (!isRestError(error)) return false;
	const { odataError } = (error.details ?? {}) as { odataError?: { code?: string } };
	// The first of a single request, the second of a transaction.
	return [odataError?.code, error.code].includes("TableNotFound");
}
