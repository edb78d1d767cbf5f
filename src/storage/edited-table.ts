import { isRestError } from "@azure/core-rest-pipeline";
import type { TableClient, TableEntity, TableEntityResult } from "@azure/data-tables";
import type { Row } from "../policies/fields.ts";
import { isMissingTable, writeOrCreate } from "./tables.ts";

/** A row as it stood when it was read. */
export interface EditedRow extends Row {
	readonly partitionKey: string;
	readonly etag: string;
}

/** The row is not as it was read: somebody else was quicker, or an earlier try of the same request whose answer was lost. */
export class ConcurrentEditError extends Error {
	override readonly name = "ConcurrentEditError";
}

/** Reads every row. No table is no rows; `whenMissing` says whether to make it then. Throws the SDK's errors. */
export async function readRows(table: TableClient, whenMissing: "create" | "leave"): Promise<EditedRow[]> {
	const rows: EditedRow[] = [];
	try {
		for await (const entity of table.listEntities<TableEntityResult<Record<string, unknown>>>()) {
			const { partitionKey = "", rowKey: name = "", timestamp, etag, ...fields } = entity;
			rows.push({ name, partitionKey, etag, fields: toJson(fields) });
		}
	} catch (error) {
		if (!isMissingTable(error)) throw error;
		if (whenMissing === "create") await table.createTable();
	}
	return rows;
}

/** The types that Table Storage has beyond those of JSON, as JSON says them. */
function toJson(fields: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).map(([column, value]) => [column, toJsonValue(value)]));
}

function toJsonValue(value: unknown): unknown {
	if (typeof value === "bigint") return Number(value);
	if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
	if (value instanceof Uint8Array) return `(${value.length} bytes)`;
	// Where JavaScript has no type, the SDK gives the value with the name of its type.
	if (typeof value === "object" && value !== null && "value" in value) return value.value;
	return value;
}

/** Writes a row that must not be there yet. Throws a ConcurrentEditError where it is, else the SDK's errors. */
export async function insertRow(table: TableClient, partitionKey: string, { name, fields }: Row): Promise<void> {
	const entity = { partitionKey, rowKey: name, ...fields };
	await orConcurrent(writeOrCreate(table, () => table.createEntity(entity)));
}

/** Writes a row over one that was read. Throws a ConcurrentEditError where that has changed since, else the SDK's errors. */
export async function replaceRow(
	table: TableClient,
	{ partitionKey, name, etag }: EditedRow,
	fields: Row["fields"],
): Promise<void> {
	const entity: TableEntity = { partitionKey, rowKey: name, ...fields };
	await orConcurrent(table.updateEntity(entity, "Replace", { etag }));
}

/** Deletes a row that was read, or is gone already. Throws a ConcurrentEditError where it has changed since, else the SDK's errors. */
export async function deleteRow(table: TableClient, { partitionKey, name, etag }: EditedRow): Promise<void> {
	const isGone = (error: unknown) => isRestError(error) && error.statusCode === 404;
	await orConcurrent(
		table.deleteEntity(partitionKey, name, { etag }).catch((error) => {
			if (!isGone(error)) throw error;
		}),
	);
}

async function orConcurrent(write: Promise<unknown>): Promise<void> {
	try {
		await write;
	} catch (error) {
		// Made, taken away or changed meanwhile.
		if (!isRestError(error) || ![404, 409, 412].includes(error.statusCode ?? 0)) throw error;
		throw new ConcurrentEditError(
			"The row was changed meanwhile, by somebody else or by a try of this command whose answer was lost: nothing was written over it. Look at it, and run the command again.",
		);
	}
}
