import { writeFile } from "node:fs/promises";
import { describeStorageError } from "../azure/errors.ts";
import { connectPolicyTable, readPolicyTable } from "../azure/policy-table.ts";
import { connectScan } from "../azure/ports.ts";
import { azureSettings } from "../config/azure.ts";
import { type Environment, readSettings } from "../config/settings.ts";
import { storageSettings } from "../config/storage.ts";
import { type Report, reportScan, reportSetUp } from "../core/report.ts";
import { parseScope } from "../core/scope.ts";
import { readPolicyFile } from "../policy-file.ts";
import type { PolicySet } from "../policy-set.ts";
import { scanSubscription } from "../scan.ts";
import { chooseSubscriptions } from "../subscriptions.ts";
import { renderMarkdown } from "./markdown.ts";
import { paintTerminal } from "./paint.ts";
import { renderTable } from "./table.ts";

export interface ScanOptions {
	/** Instead of `DRIFT_SUBSCRIPTIONS`. */
	readonly subscription?: readonly string[];
	readonly scope?: string;
	/** A JSON file of policies, instead of the table. */
	readonly policy?: string;
	readonly format: "table" | "json" | "markdown";
	/** A file, instead of stdout. */
	readonly output?: string;
}

/** Scans and prints; posts nothing and stores nothing. Gives the exit status: 1 drift, 2 something could not be told, 0 neither. */
export async function scan(options: ScanOptions, environment: Environment): Promise<0 | 1 | 2> {
	const env = options.subscription
		? { ...environment, DRIFT_SUBSCRIPTIONS: options.subscription.join(",") }
		: environment;
	const scope = parseScope(options.scope ?? "/");
	if (scope === undefined)
		throw new Error(`--scope ${options.scope} is not an ARM ID of a subscription, resource group, site or slot`);

	const { azure, policySet } = await readInput(options, env);
	const ports = connectScan(azure);
	const reports: Report[] = policySet.problems.length > 0 ? [reportSetUp(policySet.problems)] : [];
	for (const subscription of await chooseSubscriptions(azure.subscriptions, ports.listSubscriptions)) {
		const result = await scanSubscription(subscription, policySet.policies, ports, scope);
		reports.push(reportScan(result, { portal: azure.cloud.portal, minSeverity: "low", scope: "/" }));
	}

	const text = render(reports, options);
	if (options.output === undefined) process.stdout.write(text);
	else await writeFile(options.output, text);
	return exitStatus(reports);
}

async function readInput(options: ScanOptions, env: Environment) {
	if (options.policy !== undefined) {
		const { azure } = readSettings({ azure: azureSettings }, env);
		return { azure, policySet: await readPolicyFile(options.policy) };
	}
	const { azure, storage } = readSettings({ azure: azureSettings, storage: storageSettings }, env);
	const policySet: PolicySet = await readPolicyTable(connectPolicyTable(storage, azure), "leave").catch((error) => {
		throw new Error(`The table DriftPolicy cannot be read: ${describeStorageError(error)}`);
	});
	return { azure, policySet };
}

function render(reports: readonly Report[], { format, output }: ScanOptions): string {
	if (format === "json") return `${JSON.stringify(reports, null, 2)}\n`;
	if (format === "markdown") return renderMarkdown(reports);
	return renderTable(reports, output === undefined ? paintTerminal : (_, text) => text);
}

function exitStatus(reports: readonly Report[]): 0 | 1 | 2 {
	if (reports.some(({ sites }) => sites.length > 0)) return 1;
	return reports.some(({ problems }) => problems.length > 0) ? 2 : 0;
}
