import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import { z } from "zod";
import type { Known, KnownFinding, KnownProblem } from "../core/known.ts";
import type { FindingMemory } from "../memory.ts";
import {
	type Cells,
	keyOfFinding,
	keyOfProblem,
	readFindingRow,
	readProblemRow,
	writeFindingRow,
	writeProblemRow,
} from "./known-row.ts";
import { isMissingTable, submitAll } from "./tables.ts";

/** How long what has ended is kept as history. */
const keptDays = 90;

const subscriptionRow = z.object({
	rowKey: z.string().startsWith("subscription_"),
	subscriptionId: z.guid(),
	name: z.string(),
});

/** Reads what is open: one request for each 1,000 rows. A row that is none of ours is left alone. Throws the SDK's errors. */
export async function readMemory(table: TableClient, place: string, now: Date): Promise<FindingMemory> {
	const limit = new Date(now.getTime() - keptDays * 86_400_000);
	const rows = await readRows(table, odata`PartitionKey eq ${place} and (status eq 'open' or endedAt lt ${limit})`);
	const { known, etags } = readKnownRows(rows);
	const open: Known = {
		findings: known.findings.filter(({ status }) => status === "open"),
		problems: known.problems.filter(({ status }) => status === "open"),
	};
	const old = new Set(rows.flatMap((row) => (row.status === "open" ? [] : (row.rowKey ?? []))));
	const subscriptions = rows.flatMap((row) => subscriptionRow.safeParse(row).data ?? []);
	return {
		open,
		subscriptions: subscriptions.map(({ subscriptionId: id, name }) => ({ id, name })),
		async save({ findings, problems }, newSubscriptions = []) {
			const actions = [
				...newSubscriptions.map(({ id, name }) =>
					write(`subscription_${id.toLowerCase()}`, { subscriptionId: id, name, status: "open" }),
				),
				...findings.map((finding) => write(keyOfFinding(finding), writeFindingRow(finding))),
				...problems.map((problem) => write(keyOfProblem(problem), writeProblemRow(problem))),
			];
			await submitAll(table, actions);
		},
		async forget() {
			await submitAll(
				table,
				[...old].map((rowKey): TransactionAction => ["delete", { partitionKey: place, rowKey }]),
			);
		},
	};

	function write(rowKey: string, cells: Cells): TransactionAction {
		// What was to be forgotten has come again.
		const isOld = old.delete(rowKey);
		const etag = isOld ? undefined : etags.get(rowKey);
		const entity = { partitionKey: place, rowKey, ...cells };
		return etag === undefined ? ["upsert", entity, "Replace"] : ["update", entity, "Replace", { etag }];
	}
}

/**
 * Reads what is open and, only where a row of `wanted` (row keys) is not among it, all that is there. A row that is none of
 * ours is left out: nothing is known of it. Throws the SDK's errors.
 */
export async function readKnown(table: TableClient, place: string, wanted: readonly string[]): Promise<Known> {
	const open = readKnownRows(await readRows(table, odata`PartitionKey eq ${place} and status eq 'open'`));
	if (wanted.every((rowKey) => open.etags.has(rowKey))) return open.known;
	return readKnownRows(await readRows(table, odata`PartitionKey eq ${place}`)).known;
}

interface StoredRow {
	readonly rowKey?: string;
	readonly etag?: string;
	readonly status?: unknown;
}

async function readRows(table: TableClient, filter: string): Promise<StoredRow[]> {
	const rows: StoredRow[] = [];
	try {
		for await (const row of table.listEntities({ queryOptions: { filter } })) rows.push(row);
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
	return rows;
}

/** A copy that somebody made under another key is not ours to change. */
function readKnownRows(rows: readonly StoredRow[]): { known: Known; etags: ReadonlyMap<string, string> } {
	const findings: KnownFinding[] = [];
	const problems: KnownProblem[] = [];
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
	return { known: { findings, problems }, etags };
}
