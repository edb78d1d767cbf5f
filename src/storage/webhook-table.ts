import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import * as z from "zod";
import { findingReasons, type Notified, problemReasons } from "../core/lifecycle/notification-diff.ts";
import { type FindingState, hasEnded } from "../core/lifecycle/state.ts";
import { severities } from "../core/model/finding.ts";
import { problemCodes } from "../core/model/problem.ts";
import { webhookKinds } from "../core/model/webhook.ts";
import { keyOfState, withoutNulls } from "./finding-row.ts";
import { readSubject } from "./messages/subject.ts";
import type { Failing, PendingPart, WebhookStore } from "./ports.ts";
import { isMissingTable, submitAll } from "./tables.ts";

const keptDays = 90;
/** Table Storage takes 64 KiB of bytes in a cell: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-types */
const bytesPerColumn = 60_000;

/** The names on disk, which earlier versions read and wrote: `comparable` is the fingerprint, `toldAt` when the webhook was notified. */
const findingStateOnDisk = z.object({
	resourceId: z.string(),
	rule: z.string(),
	target: z.string().nullable().default(null),
	severity: z.enum(severities),
	desired: z.string(),
	comparable: z.string(),
	state: z.enum(["open", "exempt", "resolved", "removed"]),
});
const findingState = findingStateOnDisk.transform(toFindingState);
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
	findings: z.array(findingStateOnDisk.extend({ reason: z.enum(findingReasons) }).transform(toFindingState)),
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
const lockRow = z.object({ rowKey: z.literal("turn"), etag: z.string() });

/** Reads what a webhook was told of one subscription (or, for `setup`, of what is beyond all) and what waits for it: one request for each 1,000 rows. Throws the SDK's errors. */
export async function openWebhookStore(
	table: TableClient,
	webhook: string,
	partition: string,
	now: Date,
): Promise<WebhookStore> {
	const partitionKey = `${webhook}_${partition}`;
	const findings = new Map<string, Notified["findings"][number]>();
	const problems = new Map<string, Notified["problems"][number]>();
	const pending: PendingPart[] = [];
	/** Keys of what has ended long ago, and of parts of another version. */
	const old = new Set<string>();
	let failing: Failing | null = null;
	let lock: string | undefined;
	const limit = new Date(now.getTime() - keptDays * 86_400_000);
	for (const row of await readRows(table, partitionKey)) {
		const notifiedAt = timed.safeParse(row).data?.toldAt;
		const [finding, problem] = [findingState.safeParse(row).data, problemState.safeParse(row).data];
		const state = finding ?? problem;
		if (notifiedAt !== undefined && state !== undefined) {
			const key = keyOfState(state);
			if (hasEnded(state) && notifiedAt < limit) old.add(key);
			else if (finding !== undefined) findings.set(key, { ...finding, notifiedAt });
			else if (problem !== undefined) problems.set(key, { ...problem, notifiedAt });
		}
		failing = failingRow.safeParse(row).data ?? failing;
		lock = lockRow.safeParse(row).data?.etag ?? lock;
		if (!("rowKey" in row) || !String(row.rowKey).startsWith("part_")) continue;
		const part = readPart(row);
		if (part === undefined) old.add(String(row.rowKey));
		else pending.push(part);
	}

	return {
		get notified(): Notified {
			return { findings: [...findings.values()], problems: [...problems.values()] };
		},
		get failing() {
			return failing;
		},
		pending,
		async put(parts) {
			const entity = { partitionKey, rowKey: "turn" };
			// Whoever comes second finds that the row has changed, and must look again.
			const lockAction: TransactionAction =
				lock === undefined ? ["create", entity] : ["update", entity, "Replace", { etag: lock }];
			const rows = parts.map((part, index): TransactionAction => {
				return ["create", { partitionKey, ...writePart({ ...part, isDeliveryUncertain: index === 0 }) }];
			});
			try {
				await submitAll(table, [lockAction, ...rows]);
			} catch (error) {
				if (!isRestError(error) || (error.statusCode !== 409 && error.statusCode !== 412)) throw error;
				throw new Error(`webhook "${webhook}" is being told by another invocation at this moment`);
			}
		},
		async begin(part) {
			await submitAll(table, [beginning(part)]);
		},
		async confirm(part, notifiedAt, next) {
			const states = [...part.states.findings, ...part.states.problems].map(({ reason: _, ...state }) => state);
			await submitAll(table, [
				...states.map((state): TransactionAction => {
					const fields = withoutNulls({ ...("code" in state ? state : toStateOnDisk(state)), toldAt: notifiedAt });
					return ["upsert", { partitionKey, rowKey: keyOfState(state), ...fields }, "Replace"];
				}),
				...(next === undefined ? [] : [beginning(next)]),
				// Last of all: while the part is there, it is posted again.
				deletion(part.key),
			]);
			for (const state of states) {
				const key = keyOfState(state);
				old.delete(key);
				if ("code" in state) problems.set(key, { ...state, notifiedAt });
				else findings.set(key, { ...state, notifiedAt });
			}
		},
		async reject({ key, isDeliveryUncertain, rejections }, next) {
			await submitAll(table, [
				["update", { partitionKey, rowKey: key, isInDoubt: isDeliveryUncertain, refusals: rejections }, "Merge"],
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
			const fields = withoutNulls({ ...failing, subject: subject === null ? null : JSON.stringify(subject) });
			await submitAll(table, [["upsert", { partitionKey, rowKey: "failing", ...fields }, "Replace"]]);
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
export async function readFailing(table: TableClient, webhook: string, partition: string): Promise<Failing | null> {
	try {
		return failingRow.safeParse(await table.getEntity(`${webhook}_${partition}`, "failing")).data ?? null;
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

function writePart({ key, kind, composedAt, id, body, states, isDeliveryUncertain, rejections }: PendingPart) {
	const { findings, problems } = states;
	return {
		...{ rowKey: key, kind, composedAt, id, isInDoubt: isDeliveryUncertain, refusals: rejections },
		...toByteColumns("body", body),
		...toByteColumns("states", JSON.stringify({ findings: findings.map(toStateOnDisk), problems })),
	};
}

/** In the order in which states are made: they are compared as JSON. */
function toFindingState<State extends z.output<typeof findingStateOnDisk>>(stored: State) {
	const { resourceId, rule, target, severity, desired, comparable: fingerprint, state, ...rest } = stored;
	return { resourceId, rule, target, severity, desired, fingerprint, state, ...rest };
}

/** The inverse. */
function toStateOnDisk<State extends FindingState>(state: State) {
	const { resourceId, rule, target, severity, desired, fingerprint: comparable, state: now, ...rest } = state;
	return { resourceId, rule, target, severity, desired, comparable, state: now, ...rest };
}

/** The part of a row; undefined where it is none of this version's. */
function readPart(row: object): PendingPart | undefined {
	const facts = partRow.safeParse(row).data;
	const states = statesOfPart.safeParse(parseJson(fromByteColumns("states", row))).data;
	if (facts === undefined || states === undefined) return undefined;
	const { rowKey: key, isInDoubt: isDeliveryUncertain, refusals: rejections, ...rest } = facts;
	return { key, ...rest, isDeliveryUncertain, rejections, body: fromByteColumns("body", row), states };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function toByteColumns(name: string, text: string): Record<string, Uint8Array> {
	const bytes = Buffer.from(text);
	const columns: Record<string, Uint8Array> = {};
	for (let start = 0; start < bytes.length; start += bytesPerColumn) {
		columns[`${name}${start / bytesPerColumn}`] = bytes.subarray(start, start + bytesPerColumn);
	}
	return columns;
}

function fromByteColumns(name: string, row: object): string {
	const bytes: Uint8Array[] = [];
	for (;;) {
		const column = (row as Record<string, unknown>)[`${name}${bytes.length}`];
		if (!(column instanceof Uint8Array)) return Buffer.concat(bytes).toString();
		bytes.push(column);
	}
}
