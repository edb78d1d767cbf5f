import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import * as z from "zod";
import type { StoredFinding, StoredProblem, StoredRecords } from "../core/model/finding.ts";
import {
	type Columns,
	keyOfFinding,
	keyOfProblem,
	readFindingRow,
	readProblemRow,
	writeFindingRow,
	writeProblemRow,
} from "./finding-row.ts";
import type { EndedScan, FindingStore, KeyedFinding, Listing, PartitionState } from "./ports.ts";
import { readStateRow, stateRowKey, writeStateRow } from "./scan-state-row.ts";
import { isMissingTable, submitAll } from "./tables.ts";

/** How long what has ended is kept as history. */
const keptDays = 90;

const subscriptionRow = z.object({
	rowKey: z.string().startsWith("subscription_"),
	subscriptionId: z.guid(),
	name: z.string(),
});

/** Reads what is open: one request for each 1,000 rows. A row that is none of ours is left alone. Throws the SDK's errors. */
export async function openFindingStore(table: TableClient, partition: string, now: Date): Promise<FindingStore> {
	const limit = new Date(now.getTime() - keptDays * 86_400_000);
	const rows = await readRows(table, odata`PartitionKey eq ${partition} and (status eq 'open' or endedAt lt ${limit})`);
	const { records, etags } = parseRows(rows);
	const open: StoredRecords = {
		findings: records.findings.filter(({ status }) => status === "open"),
		problems: records.problems.filter(({ status }) => status === "open"),
	};
	const old = new Set(rows.flatMap((row) => (row.status === "open" ? [] : (row.rowKey ?? []))));
	const others = readOtherRows(rows);
	return {
		open,
		...others,
		async save({ findings, problems }, { newSubscriptions = [], ended } = {}) {
			const actions = [
				...newSubscriptions.map(({ id, name }) =>
					write(`subscription_${id.toLowerCase()}`, { subscriptionId: id, name, status: "open" }),
				),
				...findings.map((finding) => write(keyOfFinding(finding), writeFindingRow(finding))),
				...problems.map((problem) => write(keyOfProblem(problem), writeProblemRow(problem))),
				// Last of all: until then the scan is under way.
				...(ended === undefined ? [] : endScan(ended)),
			];
			await submitAll(table, actions);
		},
		async forget() {
			await submitAll(
				table,
				[...old].map((rowKey): TransactionAction => ["delete", { partitionKey: partition, rowKey }]),
			);
		},
	};

	function write(rowKey: string, fields: Columns): TransactionAction {
		// What was to be forgotten has come again.
		const isOld = old.delete(rowKey);
		const etag = isOld ? undefined : etags.get(rowKey);
		if (etag === undefined) return replacement(rowKey, fields);
		return ["update", { partitionKey: partition, rowKey, ...fields }, "Replace", { etag }];
	}

	/** What another scan has written down as its own is left to it. */
	function endScan({ id, name, facts }: EndedScan): TransactionAction[] {
		const { lastScan, running } = others.state;
		const key = { partitionKey: partition, rowKey: stateRowKey };
		const fields = writeStateRow({ name, lastScan: facts ?? lastScan, running: null });
		if (running !== null && running.id !== id)
			return facts === null ? [] : [["upsert", { ...key, ...fields }, "Merge"]];
		const etag = rows.find(({ rowKey }) => rowKey === stateRowKey)?.etag;
		if (running === null || etag === undefined) return [replacement(stateRowKey, fields)];
		return [["update", { ...key, ...fields }, "Replace", { etag }]];
	}

	function replacement(rowKey: string, fields: Columns): TransactionAction {
		return ["upsert", { partitionKey: partition, rowKey, ...fields }, "Replace"];
	}
}

/** Reads what is open of one place and, only where that is asked for, what has ended: one request for each 1,000 rows. Throws the SDK's errors. */
export async function readPartition(
	table: TableClient,
	partition: string,
	withEnded: boolean,
): Promise<PartitionState> {
	const everything = odata`PartitionKey eq ${partition}`;
	const rows = await readRows(table, withEnded ? everything : `${everything} and status eq 'open'`);
	return { records: parseRows(rows).records, ...readOtherRows(rows) };
}

/**
 * Reads what is open and, only where a row of `wanted` (row keys) is not among it, all that is there. A row that is none of
 * ours is left out: nothing is known of it. Throws the SDK's errors.
 */
export async function readStored(
	table: TableClient,
	partition: string,
	wanted: readonly string[],
): Promise<StoredRecords> {
	const open = parseRows(await readRows(table, odata`PartitionKey eq ${partition} and status eq 'open'`));
	if (wanted.every((rowKey) => open.etags.has(rowKey))) return open.records;
	return parseRows(await readRows(table, odata`PartitionKey eq ${partition}`)).records;
}

/** Findings of one place in the order of their row keys, from behind one on, in requests of so many rows. Throws the SDK's errors. */
export async function* listStoredFindings(
	table: TableClient,
	partition: string,
	{ after, withEnded, rowsAtOnce }: Listing,
): AsyncIterable<KeyedFinding> {
	const conditions = [
		odata`PartitionKey eq ${partition}`,
		...(after === undefined ? [] : [odata`RowKey gt ${after}`]),
		...(withEnded ? [] : [odata`status eq 'open'`]),
	];
	const rows = table.listEntities({ queryOptions: { filter: conditions.join(" and ") } });
	try {
		for await (const page of rows.byPage({ maxPageSize: rowsAtOnce })) {
			for (const finding of parseRows(page).records.findings) yield { key: keyOfFinding(finding), finding };
		}
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
}

function readOtherRows(rows: readonly FindingEntity[]): Pick<PartitionState, "state" | "subscriptions"> {
	const listed = rows.flatMap((row) => subscriptionRow.safeParse(row).data ?? []);
	return {
		state: readStateRow(rows.find(({ rowKey }) => rowKey === stateRowKey)),
		subscriptions: listed.map(({ subscriptionId: id, name }) => ({ id, name })),
	};
}

interface FindingEntity {
	readonly rowKey?: string;
	readonly etag?: string;
	readonly status?: unknown;
}

async function readRows(table: TableClient, filter: string): Promise<FindingEntity[]> {
	const rows: FindingEntity[] = [];
	try {
		for await (const row of table.listEntities({ queryOptions: { filter } })) rows.push(row);
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
	return rows;
}

/** A copy that somebody made under another key is not ours to change. */
function parseRows(rows: readonly FindingEntity[]): { records: StoredRecords; etags: ReadonlyMap<string, string> } {
	const findings: StoredFinding[] = [];
	const problems: StoredProblem[] = [];
	const etags = new Map<string, string>();
	for (const row of rows) {
		const { rowKey = "", etag = "" } = row;
		const finding = readFindingRow(row);
		const problem = readProblemRow(row);
		if (finding !== undefined && rowKey === keyOfFinding(finding)) findings.push(finding);
		else if (problem !== undefined && rowKey === keyOfProblem(problem)) problems.push(problem);
		else continue;
		etags.set(rowKey, etag);
	}
	return { records: { findings, problems }, etags };
}
