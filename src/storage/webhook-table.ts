import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import * as z from "zod";
import { findingReasons, problemReasons, type Told } from "../core/lifecycle/notification-diff.ts";
import { hasEnded } from "../core/lifecycle/state.ts";
import { problemCodes } from "../core/model/problem.ts";
import { severities } from "../core/model/severity.ts";
import { webhookKinds } from "../core/model/webhook.ts";
import { keyOfState, withoutNulls } from "./finding-row.ts";
import type { Failing, PendingPart, WebhookMemory } from "./ports.ts";
import { readSubject } from "./subject.ts";
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
const partRow = z.object({
	rowKey: z.string().startsWith("part_"),
	kind: z.enum(webhookKinds),
	composedAt: z.date(),
	id: z.string(),
	isInDoubt: z.boolean(),
	refusals: z.number(),
});
const statesOfPart = z.object({
	findings: z.array(findingState.extend({ reason: z.enum(findingReasons) })),
	problems: z.array(problemState.extend({ reason: z.enum(problemReasons) })),
});
const failingRow = z.object({
	rowKey: z.literal("failing"),
	reason: z.string(),
	since: z.date(),
	notBefore: z.date().nullable().default(null),
	subject: z
		.string()
		.transform((text) => readSubject(text) ?? null)
		.nullable()
		.default(null),
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
	/** Keys of what has ended long ago, and of parts of another version. */
	const old = new Set<string>();
	let failing: Failing | null = null;
	let turn: string | undefined;
	const limit = new Date(now.getTime() - keptDays * 86_400_000);
	for (const row of await readRows(table, partitionKey)) {
		const toldAt = timed.safeParse(row).data?.toldAt;
		const [finding, problem] = [findingState.safeParse(row).data, problemState.safeParse(row).data];
		const state = finding ?? problem;
		if (toldAt !== undefined && state !== undefined) {
			const key = keyOfState(state);
			if (hasEnded(state) && toldAt < limit) old.add(key);
			else if (finding !== undefined) findings.set(key, { ...finding, toldAt });
			else if (problem !== undefined) problems.set(key, { ...problem, toldAt });
		}
		failing = failingRow.safeParse(row).data ?? failing;
		turn = turnRow.safeParse(row).data?.etag ?? turn;
		if (!("rowKey" in row) || !String(row.rowKey).startsWith("part_")) continue;
		const part = readPart(row);
		if (part === undefined) old.add(String(row.rowKey));
		else pending.push(part);
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
			const rows = parts.map((part, index): TransactionAction => {
				return ["create", { partitionKey, ...writePart({ ...part, isInDoubt: index === 0 }) }];
			});
			try {
				await submitAll(table, [claim, ...rows]);
			} catch (error) {
				if (!isRestError(error) || (error.statusCode !== 409 && error.statusCode !== 412)) throw error;
				throw new Error(`webhook "${webhook}" is being told by another invocation at this moment`);
			}
		},
		async begin(part) {
			await submitAll(table, [beginning(part)]);
		},
		async confirm(part, toldAt, next) {
			const states = [...part.states.findings, ...part.states.problems].map(({ reason: _, ...state }) => state);
			await submitAll(table, [
				...states.map((state): TransactionAction => {
					const cells = withoutNulls({ ...state, toldAt });
					return ["upsert", { partitionKey, rowKey: keyOfState(state), ...cells }, "Replace"];
				}),
				...(next === undefined ? [] : [beginning(next)]),
				// Last of all: while the part is there, it is posted again.
				deletion(part.key),
			]);
			for (const state of states) {
				const key = keyOfState(state);
				old.delete(key);
				if ("code" in state) problems.set(key, { ...state, toldAt });
				else findings.set(key, { ...state, toldAt });
			}
		},
		async refuse({ key, isInDoubt, refusals }, next) {
			await submitAll(table, [
				["update", { partitionKey, rowKey: key, isInDoubt, refusals }, "Merge"],
				...(next === undefined ? [] : [beginning(next)]),
			]);
		},
		async drop(parts) {
			await submitAll(
				table,
				parts.map(({ key }) => deletion(key)),
			);
		},
		async fail({ reason, notBefore = null, subject = null }, at) {
			failing = { reason, since: failing?.since ?? at, notBefore, subject };
			const cells = withoutNulls({ ...failing, subject: subject === null ? null : JSON.stringify(subject) });
			await submitAll(table, [["upsert", { partitionKey, rowKey: "failing", ...cells }, "Replace"]]);
		},
		async recover() {
			failing = null;
			await submitAll(table, [deletion("failing")]);
		},
		async forget() {
			await submitAll(table, [...old].map(deletion));
		},
	};

	function beginning({ key }: PendingPart): TransactionAction {
		return ["update", { partitionKey, rowKey: key, isInDoubt: true }, "Merge"];
	}

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

function writePart({ key, kind, composedAt, id, body, states, isInDoubt, refusals }: PendingPart) {
	return {
		...{ rowKey: key, kind, composedAt, id, isInDoubt, refusals },
		...toCells("body", body),
		...toCells("states", JSON.stringify(states)),
	};
}

/** The part of a row; undefined where it is none of this version's. */
function readPart(row: object): PendingPart | undefined {
	const facts = partRow.safeParse(row).data;
	const states = statesOfPart.safeParse(parseJson(fromCells("states", row))).data;
	if (facts === undefined || states === undefined) return undefined;
	const { rowKey: key, ...rest } = facts;
	return { key, ...rest, body: fromCells("body", row), states };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
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
