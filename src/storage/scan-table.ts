import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import * as z from "zod";
import { type Problem, problemCodes } from "../core/model/problem.ts";
import type { ScanPoint } from "../core/model/scan.ts";
import type { ScanKey, ScanRecord } from "./ports.ts";
import { countColumns } from "./scan-state-row.ts";
import { isMissingTable, writeOrCreate } from "./tables.ts";

const keptDays = 90;
/** Table Storage takes 32 Ki characters of text in a cell; the first problems tell enough. */
const longestText = 30_000;

const row = z.object({
	startedAt: z.date(),
	finishedAt: z.date(),
	complete: z.boolean(),
	...countColumns.shape,
	armRequests: z.number(),
	problems: z
		.string()
		.transform((text): unknown => JSON.parse(text))
		.pipe(z.array(z.object({ code: z.enum(problemCodes), scope: z.string(), message: z.string() }))),
	problemCount: z.number(),
	tries: z.number(),
	failure: z.string().nullable().default(null),
});

/** Writes the record of a scan, over that of an earlier try. Throws the SDK's errors. */
export async function writeScanRecord(table: TableClient, record: ScanRecord): Promise<void> {
	const { subscriptionId: _, counts, requests, problems, failure, ...facts } = record;
	const entity = {
		...keyOf(record),
		...facts,
		...counts,
		armRequests: requests,
		problems: listProblems(problems),
		...(failure === null ? {} : { failure: failure.slice(0, longestText) }),
	};
	await writeOrCreate(table, () => table.upsertEntity(entity, "Replace"));
}

/** The record that the last try of a scan left; undefined when it left none that can be read. Throws the SDK's errors. */
export async function readScanRecord(table: TableClient, key: ScanKey): Promise<ScanRecord | undefined> {
	const { partitionKey, rowKey } = keyOf(key);
	try {
		const parsed = row.safeParse(await table.getEntity(partitionKey, rowKey));
		if (!parsed.success) return undefined;
		const { sites, inSync, drifted, exempt, unknown, notCovered, armRequests, ...facts } = parsed.data;
		const counts = { sites, inSync, drifted, exempt, unknown, notCovered };
		return { ...key, ...facts, counts, requests: armRequests };
	} catch (error) {
		if (isMissingTable(error) || (isRestError(error) && error.statusCode === 404)) return undefined;
		throw error;
	}
}

/** When the last scan that saw everything ended, first looked for among those asked for since a time; null where there is none. Throws the SDK's errors. */
export async function readLastCompleteScan(
	table: TableClient,
	subscriptionId: string,
	since: Date,
): Promise<Date | null> {
	const partitionKey = subscriptionId.toLowerCase();
	const complete = odata`PartitionKey eq ${partitionKey} and complete eq true`;
	const start = since.toISOString();
	for (const filter of [odata`RowKey ge ${start}`, odata`RowKey lt ${start}`]) {
		let last: Date | null = null;
		const queryOptions = { filter: `${complete} and ${filter}`, select: ["finishedAt"] };
		try {
			for await (const { finishedAt } of table.listEntities({ queryOptions })) {
				if (finishedAt instanceof Date) last = finishedAt;
			}
		} catch (error) {
			if (!isMissingTable(error)) throw error;
		}
		if (last !== null) return last;
	}
	return null;
}

const point = z.object({ finishedAt: z.date(), complete: z.boolean(), ...countColumns.shape });

/** What the scans of a subscription counted that were asked for since a time: one request for each 1,000. Throws the SDK's errors. */
export async function readScanPoints(table: TableClient, subscriptionId: string, since: Date): Promise<ScanPoint[]> {
	const filter = odata`PartitionKey eq ${subscriptionId.toLowerCase()} and RowKey ge ${since.toISOString()}`;
	const points: ScanPoint[] = [];
	try {
		for await (const entity of table.listEntities({ queryOptions: { filter, select: Object.keys(point.shape) } })) {
			const { success, data } = point.safeParse(entity);
			if (!success) continue;
			const { finishedAt, complete, ...counts } = data;
			points.push({ finishedAt, complete, counts });
		}
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
	return points;
}

/** In the order of time, and the same for each try of one scan. */
function keyOf({ subscriptionId, requestedAt, scanId }: ScanKey): { partitionKey: string; rowKey: string } {
	return { partitionKey: subscriptionId.toLowerCase(), rowKey: `${requestedAt.toISOString()}_${scanId}` };
}

function listProblems(problems: readonly Problem[]): string {
	const some: Problem[] = [];
	let length = 2;
	for (const problem of problems) {
		length += JSON.stringify(problem).length + 1;
		if (length <= longestText) some.push(problem);
	}
	return JSON.stringify(some);
}

/** Deletes up to 100 records of a subscription that are older than 90 days. Throws the SDK's errors. */
export async function deleteOldScanRecords(table: TableClient, subscriptionId: string, now: Date): Promise<void> {
	const partitionKey = subscriptionId.toLowerCase();
	const limit = new Date(now.getTime() - keptDays * 86_400_000).toISOString();
	const filter = odata`PartitionKey eq ${partitionKey} and RowKey lt ${limit}`;
	const pages = table.listEntities({ queryOptions: { filter, select: ["RowKey"] } }).byPage({ maxPageSize: 100 });
	const { value: old = [] } = await pages.next();
	const actions = old.map(({ rowKey = "" }): TransactionAction => ["delete", { partitionKey, rowKey }]);
	if (actions.length > 0) await table.submitTransaction(actions);
}
