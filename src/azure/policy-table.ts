import type { TableClient, TableEntityResult } from "@azure/data-tables";
import type { Problem } from "../core/problem.ts";
import { collectPolicies, type PolicySet } from "../policy-set.ts";
import { isMissingTable } from "./tables.ts";

/** Reads every row. No table is no policies; `whenMissing` says whether to make it then. Throws the SDK's errors. */
export async function readPolicyTable(table: TableClient, whenMissing: "create" | "leave"): Promise<PolicySet> {
	const rows: { name: string; cells: Record<string, unknown> }[] = [];
	const misplaced: Problem[] = [];
	try {
		for await (const { partitionKey, rowKey, timestamp, etag, ...cells } of table.listEntities<
			TableEntityResult<Record<string, unknown>>
		>()) {
			if (partitionKey?.trim().toLowerCase() === "policy") rows.push({ name: rowKey as string, cells });
			else misplaced.push(explainPartition(String(partitionKey), String(rowKey)));
		}
	} catch (error) {
		if (!isMissingTable(error)) throw error;
		if (whenMissing === "create") await table.createTable();
	}
	const { policies, problems } = collectPolicies(rows);
	return { policies, problems: [...misplaced, ...problems] };
}

function explainPartition(partitionKey: string, rowKey: string): Problem {
	return {
		code: "policy-invalid",
		scope: `DriftPolicy/${rowKey}/PartitionKey`,
		message: `DriftPolicy, row "${rowKey}", has PartitionKey "${partitionKey}"; it must be "policy". The row governs nothing until that is mended.`,
	};
}
