import { createHash } from "node:crypto";
import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import { z } from "zod";
import { identityOf, type Memory, type OpenFinding } from "../core/open-findings.ts";
import { severities } from "../core/rule.ts";
import { parseSiteId } from "../core/site-id.ts";
import { isMissingTable, writeOrCreate } from "./tables.ts";

/** Table Storage takes so many rows of one partition at once: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
const rowsAtOnce = 100;

const row = z.object({
	rowKey: z.string(),
	etag: z.string(),
	resourceId: z.string().refine((id) => parseSiteId(id) !== undefined),
	rule: z.string(),
	target: z.string().nullable().default(null),
	severity: z.enum(severities),
	desired: z.string(),
	observed: z.string(),
	policy: z.string(),
	exemption: z.string().nullable().default(null),
	firstSeen: z.date(),
});

/** Reads the open findings of a subscription: one request for each 1,000. A row that is none is left out. Throws the SDK's errors. */
export async function readMemory(table: TableClient, subscriptionId: string): Promise<Memory> {
	const partitionKey = subscriptionId.toLowerCase();
	const findings: OpenFinding[] = [];
	const etags = new Map<string, string>();
	for (const entity of await readOpen(table, partitionKey)) {
		const parsed = row.safeParse(entity);
		if (!parsed.success) continue;
		const { rowKey, etag, ...finding } = parsed.data;
		// A copy that somebody made under another key is not ours to change.
		if (rowKey !== rowKeyOf(finding)) continue;
		findings.push(finding);
		etags.set(rowKey, etag);
	}
	return {
		findings,
		async save({ open, resolved, removed }, now) {
			const actions = [
				...open.map((finding) => write(finding, { status: "open" })),
				...resolved.map((finding) => write(finding, { status: "resolved", endedAt: now })),
				...removed.map((finding) => write(finding, { status: "removed", endedAt: now })),
			];
			for (let start = 0; start < actions.length; start += rowsAtOnce) {
				const some = actions.slice(start, start + rowsAtOnce);
				await writeOrCreate(table, () => table.submitTransaction(some));
			}
		},
	};

	function write(finding: OpenFinding, state: object): TransactionAction {
		const rowKey = rowKeyOf(finding);
		// A cell that is null is no cell.
		const cells = Object.fromEntries(Object.entries(finding).filter(([, value]) => value !== null));
		const entity = { partitionKey, rowKey, ...cells, ...state };
		const etag = etags.get(rowKey);
		return etag === undefined ? ["upsert", entity, "Replace"] : ["update", entity, "Replace", { etag }];
	}
}

async function readOpen(table: TableClient, partitionKey: string): Promise<object[]> {
	const entities: object[] = [];
	const queryOptions = { filter: odata`PartitionKey eq ${partitionKey} and status eq 'open'` };
	try {
		for await (const entity of table.listEntities({ queryOptions })) entities.push(entity);
	} catch (error) {
		if (!isMissingTable(error)) throw error;
	}
	return entities;
}

/** Host names and resource IDs hold what a key must not. */
function rowKeyOf({ resourceId, rule, target }: OpenFinding): string {
	return createHash("sha256")
		.update(identityOf(resourceId, rule, target))
		.digest("hex");
}
