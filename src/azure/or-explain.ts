import { ConcurrentEditError } from "./edited-table.ts";
import { describeStorageError } from "./errors.ts";

/** Throws in one line what the storage account's SDK throws, and lets through that somebody else was quicker. */
export async function orExplain<T>(what: string, service: "Table" | "Queue", work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (error instanceof ConcurrentEditError) throw error;
		throw new Error(`${what}: ${describeStorageError(error, service)}`);
	}
}
