import { describeSdkError } from "../azure-sdk/errors.ts";
import { ConcurrentEditError } from "./edited-table.ts";

/** Throws in one line what the storage account's SDK throws, and lets through that somebody else was quicker. */
export async function withStorageErrors<T>(what: string, service: "Table" | "Queue", work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (error instanceof ConcurrentEditError) throw error;
		throw new Error(`${what}: ${describeStorageError(error, service)}`);
	}
}

/** Says in one line why Table or Queue Storage could not be used, and what to do. */
function describeStorageError(error: unknown, service: "Table" | "Queue"): string {
	const hints: Record<number, string> = {
		401: "the token was not accepted; check AzureWebJobsStorage__clientId and the tenant of the identity",
		403: `access was refused; check the key in AzureWebJobsStorage, or give the identity the role Storage ${service} Data Contributor, and check the account's network rules`,
		412: "another scan of the same subscription changed it at the same time",
	};
	return describeSdkError(
		error,
		"the storage account of AzureWebJobsStorage",
		"check that setting and the network",
		hints,
	);
}
