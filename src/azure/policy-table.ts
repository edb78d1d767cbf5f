import { isRestError } from "@azure/core-rest-pipeline";
import { TableClient, type TableEntityResult } from "@azure/data-tables";
import type { AzureConfig } from "../config/azure.ts";
import type { StorageConfig } from "../config/storage.ts";
import { isLoopback } from "../config/url.ts";
import type { Problem } from "../core/problem.ts";
import { collectPolicies, type PolicySet } from "../policy-set.ts";
import { createCredential } from "./credential.ts";

const tableName = "DriftPolicy";

/** The table of policies. */
export function connectPolicyTable(storage: StorageConfig, azure: AzureConfig): TableClient {
	if ("connectionString" in storage) {
		// The settings accept http for loopback only; the SDK asks for this all the same.
		return TableClient.fromConnectionString(storage.connectionString, tableName, { allowInsecureConnection: true });
	}
	const credential = createCredential(azure, storage.clientId ?? azure.clientId);
	const allowInsecureConnection = isLoopback(storage.tableEndpoint);
	return new TableClient(storage.tableEndpoint, tableName, credential, { allowInsecureConnection });
}

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

function isMissingTable(error: unknown): boolean {
	const details = isRestError(error) ? (error.details as { odataError?: { code?: string } } | undefined) : undefined;
	return details?.odataError?.code === "TableNotFound";
}

function explainPartition(partitionKey: string, rowKey: string): Problem {
	return {
		code: "policy-invalid",
		scope: `DriftPolicy/${rowKey}/PartitionKey`,
		message: `DriftPolicy, row "${rowKey}", has PartitionKey "${partitionKey}"; it must be "policy". The row governs nothing until that is mended.`,
	};
}
