import { isRestError } from "@azure/core-rest-pipeline";
import type { TableClient } from "@azure/data-tables";
import * as z from "zod";
import type { ScanFacts, ScanState } from "../core/evaluation/scan-result.ts";
import type { RunningScan } from "../core/model/scan.ts";
import {
	type EnforcementCounts,
	type EnforcementOutcome,
	noEnforcement,
	publicOutcomeNames,
	toPublicNames,
} from "../core/probe/enforcement.ts";
import { type Columns, withoutNulls } from "./finding-row.ts";
import type { ScanLease } from "./ports.ts";
import { isMissingTable, writeOrCreate } from "./tables.ts";

/** The key of the one row among a subscription's findings that tells of its scans. */
export const stateRowKey = "scan";

/** The columns of what a scan counted. */
export const countColumns = z.object({
	sites: z.number(),
	inSync: z.number(),
	drifted: z.number(),
	exempt: z.number(),
	unknown: z.number(),
	notCovered: z.number(),
});
/** Nothing but zeros where no site was asked. */
const enforcementShape = z.object({
	rightAndEnforced: z.number(),
	rightButOpen: z.number(),
	wrongButClosed: z.number(),
	wrongAndOpen: z.number(),
	couldNotTell: z.number(),
} satisfies Record<(typeof publicOutcomeNames)[EnforcementOutcome], z.ZodType>);
const lastScan = z
	.object({
		scanId: z.string(),
		startedAt: z.date(),
		finishedAt: z.date(),
		complete: z.boolean(),
		...countColumns.shape,
		...enforcementShape.partial().shape,
	})
	.transform(({ scanId: id, startedAt, finishedAt, complete, ...rest }) => {
		const enforcement = readEnforcement(enforcementShape.safeParse(rest).data);
		return { id, startedAt, finishedAt, complete, counts: countColumns.parse(rest), enforcement };
	});
const running = z
	.object({ runningId: z.string(), runningSince: z.date() })
	.transform(({ runningId: id, runningSince: since }): RunningScan => ({ id, since }));
const named = z.object({ subscription: z.string() });

/** What a row tells; nothing where it is none of this version's. */
export function readStateRow(row: object | undefined): ScanState {
	return {
		name: named.safeParse(row).data?.subscription ?? null,
		lastScan: lastScan.safeParse(row).data ?? null,
		running: running.safeParse(row).data ?? null,
	};
}

export function writeStateRow({ name, lastScan: last, running: now }: ScanState): Columns {
	return withoutNulls({
		// It is read with what is open.
		...{ status: "open", subscription: name },
		...(last === null ? {} : writeFacts(last)),
		...{ runningId: now?.id, runningSince: now?.since },
	});
}

function writeFacts({ id: scanId, startedAt, finishedAt, complete, counts, enforcement }: ScanFacts): Columns {
	// A row can be written over an older one: what is not there any more must be said.
	return { scanId, startedAt, finishedAt, complete, ...counts, ...toPublicNames(enforcement ?? noEnforcement) };
}

/** Looks whether a scan is under way, and lets one be written down as such. Throws the SDK's errors. */
export async function openLease(table: TableClient, partition: string, name: string): Promise<ScanLease> {
	const key = { partitionKey: partition, rowKey: stateRowKey };
	const row = await table.getEntity(key.partitionKey, key.rowKey).catch((error) => {
		if (isMissingTable(error) || (isRestError(error) && error.statusCode === 404)) return undefined;
		throw error;
	});
	const { running: runs, lastScan: last } = readStateRow(row);
	return {
		running: runs,
		lastScan: last,
		async acquire({ id: runningId, since: runningSince }) {
			const fields = { ...key, runningId, runningSince, subscription: name, status: "open" };
			try {
				if (row?.etag === undefined) await writeOrCreate(table, () => table.createEntity(fields));
				else await table.updateEntity(fields, "Merge", { etag: row.etag });
				return true;
			} catch (error) {
				if (isRestError(error) && (error.statusCode === 409 || error.statusCode === 412)) return false;
				throw error;
			}
		},
	};
}

type EnforcementFields = z.output<typeof enforcementShape>;

function readEnforcement(fields: EnforcementFields | undefined): EnforcementCounts | null {
	if (fields === undefined || Object.values(fields).every((count) => count === 0)) return null;
	const entries = Object.entries(publicOutcomeNames).map(([outcome, column]) => [outcome, fields[column]]);
	return Object.fromEntries(entries) as EnforcementCounts;
}
