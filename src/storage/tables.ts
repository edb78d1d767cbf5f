import { isRestError } from "@azure/core-rest-pipeline";
import { TableClient, type TransactionAction } from "@azure/data-tables";
import { createCredential } from "../azure-sdk/credential.ts";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import { isLoopback } from "../config/url.ts";
import { storable } from "../core/model/text.ts";

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

/** https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions: 100 rows and 4 MiB; as JSON with its envelopes, 3 MiB are well below. */
const rowsAtOnce = 100;
const bytesAtOnce = 3 * 1024 * 1024;

/** Writes rows of one partition in as few transactions as can be, in this order; each of them succeeds or fails as a whole. Throws the SDK's errors. */
export async function submitAll(table: TableClient, actions: readonly TransactionAction[]): Promise<void> {
	let some: TransactionAction[] = [];
	let bytes = 0;
	const submit = async () => {
		const batch = some;
		[some, bytes] = [[], 0];
		if (batch.length > 0) await writeOrCreate(table, () => table.submitTransaction(batch));
	};
	for (const action of actions.map(withStorableTexts)) {
		const size = sizeOf(action);
		if (some.length === rowsAtOnce || bytes + size > bytesAtOnce) await submit();
		some.push(action);
		bytes += size;
	}
	await submit();
}

/** One text that cannot be stored would take the whole transaction with it. */
function withStorableTexts<T extends TransactionAction>(action: T): T {
	const [verb, entity, ...rest] = action;
	const fields = Object.entries(entity).map(([name, field]) => [
		name,
		typeof field === "string" ? storable(field) : field,
	]);
	return [verb, Object.fromEntries(fields), ...rest] as unknown as T;
}

function sizeOf([, entity]: TransactionAction): number {
	return Object.values(entity).reduce((sum: number, value) => {
		if (value instanceof Uint8Array) return sum + Math.ceil(value.length / 3) * 4 + 100;
		return sum + Buffer.byteLength(JSON.stringify(value) ?? "") + 100;
	}, 0);
}

export function isMissingTable(error: unknown): boolean {
	if (!isRestError(error)) return false;
	const { odataError } = (error.details ?? {}) as { odataError?: { code?: string } };
	// The first of a single request, the second of a transaction.
	return [odataError?.code, error.code].includes("TableNotFound");
}
