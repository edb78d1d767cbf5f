import { isRestError } from "@azure/core-rest-pipeline";
import type { TableClient } from "@azure/data-tables";
import * as z from "zod";
import type { ScanFacts, ScanState } from "../core/evaluation/scan-result.ts";
import type { RunningScan } from "../core/model/scan.ts";
import { nothingAsked, type Standing } from "../core/probe/enforcement.ts";
import { type Cells, withoutNulls } from "./finding-row.ts";
import type { ScanClaim } from "./ports.ts";
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
/** The columns of what the doors came to: nothing but zeros where no site was asked. */
const doorColumns = z.object({
	rightAndEnforced: z.number(),
	rightButOpen: z.number(),
	wrongButClosed: z.number(),
	wrongAndOpen: z.number(),
	couldNotTell: z.number(),
} satisfies Record<Standing, z.ZodType>);
const lastScan = z
	.object({
		scanId: z.string(),
		startedAt: z.date(),
		finishedAt: z.date(),
		complete: z.boolean(),
		...countColumns.shape,
		...doorColumns.partial().shape,
	})
	.transform(({ scanId: id, startedAt, finishedAt, complete, ...rest }) => {
		const asked = doorColumns.safeParse(rest).data ?? nothingAsked;
		const doors = Object.values(asked).some((count) => count > 0) ? asked : null;
		return { id, startedAt, finishedAt, complete, counts: countColumns.parse(rest), doors };
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

export function writeStateRow({ name, lastScan: last, running: now }: ScanState): Cells {
	return withoutNulls({
		// It is read with what is open.
		...{ status: "open", subscription: name },
		...(last === null ? {} : writeFacts(last)),
		...{ runningId: now?.id, runningSince: now?.since },
	});
}

function writeFacts({ id: scanId, startedAt, finishedAt, complete, counts, doors }: ScanFacts): Cells {
	// A row can be written over an older one: what is not there any more must be said.
	return { scanId, startedAt, finishedAt, complete, ...counts, ...(doors ?? nothingAsked) };
}

/** Looks whether a scan is under way, and lets one be written down as such. Throws the SDK's errors. */
export async function openClaim(table: TableClient, place: string, name: string): Promise<ScanClaim> {
	const key = { partitionKey: place, rowKey: stateRowKey };
	const row = await table.getEntity(key.partitionKey, key.rowKey).catch((error) => {
		if (isMissingTable(error) || (isRestError(error) && error.statusCode === 404)) return undefined;
		throw error;
	});
	const { running: runs, lastScan: last } = readStateRow(row);
	return {
		running: runs,
		lastScan: last,
		async take({ id: runningId, since: runningSince }) {
			const cells = { ...key, runningId, runningSince, subscription: name, status: "open" };
			try {
				if (row?.etag === undefined) await writeOrCreate(table, () => table.createEntity(cells));
				else await table.updateEntity(cells, "Merge", { etag: row.etag });
				return true;
			} catch (error) {
				if (isRestError(error) && (error.statusCode === 409 || error.statusCode === 412)) return false;
				throw error;
			}
		},
	};
}
