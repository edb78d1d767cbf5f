import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import { z } from "zod";
import { problemCodes } from "../core/problem.ts";
import { severities } from "../core/rule.ts";
import { findingReasons, hasEnded, problemReasons, type Told } from "../core/telling.ts";
import type { Failing, PendingPart, WebhookMemory } from "../memory.ts";
import { keyOfState, withoutNulls } from "./known-row.ts";
import { isMissingTable, submitAll } from "./tables.ts";

const keptDays = 90;
/** Table Storage takes 64 KiB of bytes in a cell: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-types */
const bytesInCell = 60_000;

const findingState = z.object({
	resourceId: z.string(),
	rule: z.string(),
	target: z.string().nullable().default(null),
	severity: z.enum(severities),
	desired: z.string(),
	comparable: z.string(),
	state: z.enum(["open", "exempt", "resolved", "removed"]),
});
const problemState = z.object({
	code: z.enum(problemCodes),
	scope: z.string(),
	state: z.enum(["open", "resolved"]),
});
const timed = z.object({ toldAt: z.date() });
const partRow = z.object({ rowKey: z.string().startsWith("part_"), id: z.string(), refusal: z.string().default("") });
const statesOfPart = z.object({
	findings: z.array(findingState.extend({ reason: z.enum(findingReasons) })),
	problems: z.array(problemState.extend({ reason: z.enum(problemReasons) })),
});
const failingRow = z.object({
	rowKey: z.literal("failing"),
	reason: z.string(),
	since: z.date(),
	notBefore: z.date().nullable().default(null),
});
const turnRow = z.object({ rowKey: z.literal("turn"), etag: z.string() });

/** Reads what a webhook was told of one subscription (or, for `setup`, of what is beyond all) and what waits for it: one request for each 1,000 rows. Throws the SDK's errors. */
export async function readWebhookMemory(
	table: TableClient,
	webhook: string,
	place: string,
	now: Date,
): Promise<WebhookMemory> {
	const partitionKey = `${webhook}_${place}`;
	const findings = new Map<string, Told["findings"][number]>();
	const problems = new Map<string, Told["problems"][number]>();
	const pending: PendingPart[] = [];
	const old: string[] = [];
	let failing: Failing | null = null;
	let turn: string | undefined;
	const limit = new Date(now.getTime() - keptDays * 86_400_000);
	for (const row of await readRows(table, partitionKey)) {
		const toldAt = timed.safeParse(row).data?.toldAt;
		const [finding, problem] = [findingState.safeParse(row).data, problemState.safeParse(row).data];
		const state = finding ?? problem;
		if (toldAt !== undefined && state !== undefined) {
			const key = keyOfState(state);
			if (hasEnded(state) && toldAt < limit) old.push(key);
			else if (finding !== undefined) findings.set(key, { ...finding, toldAt });
			else if (problem !== undefined) problems.set(key, { ...problem, toldAt });
		}
		failing = failingRow.safeParse(row).data ?? failing;
		turn = turnRow.safeParse(row).data?.etag ?? turn;
		pending.push(...readPart(row));
	}

	return {
		get told(): Told {
			return { findings: [...findings.values()], problems: [...problems.values()] };
		},
		get failing() {
			return failing;
		},
		pending,
		async put(parts) {
			const entity = { partitionKey, rowKey: "turn" };
			// Whoever comes second finds that the row has changed, and must look again.
			const claim: TransactionAction =
				turn === undefined ? ["create", entity] : ["update", entity, "Replace", { etag: turn }];
			const rows = parts.map((part): TransactionAction => ["create", { partitionKey, ...writePart(part) }]);
			try {
				await submitAll(table, [claim, ...rows]);
			} catch (error) {
				if (!isRestError(error) || (error.statusCode !== 409 && error.statusCode !== 412)) throw error;
				throw new Error(`webhook "${webhook}" is being told by another invocation at this moment`);
			}
		},
		async confirm(part, toldAt) {
			const { findings: someFindings, problems: someProblems } = part.states;
			const rows = [...someFindings, ...someProblems].map(({ reason: _, ...state }) => state);
			await submitAll(table, [
				...rows.map((state): TransactionAction => {
					const cells = withoutNulls({ ...state, toldAt });
					return ["upsert", { partitionKey, rowKey: keyOfState(state), ...cells }, "Replace"];
				}),
				// Last of all: while the part is there, it is posted again.
				deletion(part.key),
			]);
			for (const state of rows) {
				if ("code" in state) problems.set(keyOfState(state), { ...state, toldAt });
				else findings.set(keyOfState(state), { ...state, toldAt });
			}
		},
		async refuse(parts, refusal) {
			const rows = parts.map(
				({ key }): TransactionAction => ["update", { partitionKey, rowKey: key, refusal }, "Merge"],
			);
			await submitAll(table, rows);
		},
		async drop(parts) {
			await submitAll(
				table,
				parts.map(({ key }) => deletion(key)),
			);
		},
		async fail(reason, at, notBefore) {
			failing = { reason, since: failing?.since ?? at, notBefore };
			const cells = withoutNulls({ ...failing });
			await submitAll(table, [["upsert", { partitionKey, rowKey: "failing", ...cells }, "Replace"]]);
		},
		async recover() {
			failing = null;
			await submitAll(table, [deletion("failing")]);
		},
		async forget() {
			await submitAll(table, old.map(deletion));
		},
	};

	function deletion(rowKey: string): TransactionAction {
		return ["delete", { partitionKey, rowKey }];
	}
}

/** Why a webhook cannot be told of one subscription; null where it can. Throws the SDK's errors. */
export async function readFailing(table: TableClient, webhook: string, place: string): Promise<Failing | null> {
	try {
		return failingRow.safeParse(await table.getEntity(`${webhook}_${place}`, "failing")).data ?? null;
	} catch (error) {
		if (isMissingTable(error) || (isRestError(error) && error.statusCode === 404)) return null;
		throw error;
	}
}

async function readRows(table: TableClient, partitionKey: string): Promise<object[]> {
	const rows: object[] = [];
	const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` };
	try {
		for await (const row of table.listEntities({ queryOptions })) rows.push(row);
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
	return rows;
}

function writePart({ key, id, body, states, refusal }: PendingPart) {
	return {
		rowKey: key,
		id,
		...(refusal === null ? {} : { refusal }),
		...toCells("body", body),
		...toCells("states", JSON.stringify(states)),
	};
}

function readPart(row: object): PendingPart[] {
	const parsed = partRow.safeParse(row);
	if (!parsed.success) return [];
	const { rowKey: key, id, refusal } = parsed.data;
	const states = statesOfPart.parse(JSON.parse(fromCells("states", row)));
	return [{ key, id, body: fromCells("body", row), states, refusal: refusal || null }];
}

function toCells(name: string, text: string): Record<string, Uint8Array> {
	const bytes = Buffer.from(text);
	const cells: Record<string, Uint8Array> = {};
	for (let start = 0; start < bytes.length; start += bytesInCell) {
		cells[`${name}${start / bytesInCell}`] = bytes.subarray(start, start + bytesInCell);
	}
	return cells;
}

function fromCells(name: string, row: object): string {
	const bytes: Uint8Array[] = [];
	for (;;) {
		const cell = (row as Record<string, unknown>)[`${name}${bytes.length}`];
		if (!(cell instanceof Uint8Array)) return Buffer.concat(bytes).toString();
		bytes.push(cell);
	}
}
