import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import * as z from "zod";
import { connectAzure } from "../azure/connect.ts";
import { type Environment, readSettings } from "../config/settings.ts";
import { verifySettings } from "../config/verify.ts";
import type { Scan } from "../core/evaluation/scan-result.ts";
import { parseScope, type Scope, scopeCovers } from "../core/model/scope.ts";
import { printable } from "../core/model/text.ts";
import { type EnforcementCounts, sumEnforcement } from "../core/probe/enforcement.ts";
import { renderBicep } from "../core/remediation/bicep.ts";
import { headline } from "../core/report/format.ts";
import {
	beyondSubscriptions,
	composeReport,
	notificationsOfProblems,
	notificationsOfScan,
	type Report,
	reportFacts,
} from "../core/report/report.ts";
import { findProblems } from "../policies/policy-set.ts";
import { connectProbes } from "../probe/connect.ts";
import { scanSubscription } from "../scan/scan-subscription.ts";
import { chooseSubscriptions } from "../scan/subscriptions.ts";
import { untraced } from "../telemetry/signals.ts";
import { type InputOptions, readInput } from "./input.ts";
import { showProgress } from "./progress.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderEnforcement, renderEnforcementAsMarkdown } from "./render/probes.ts";
import { renderScript } from "./render/script.ts";
import { renderTable } from "./render/table.ts";
import { paintTerminal } from "./render/terminal.ts";

export const scanFormats = ["table", "json", "markdown", "bash", "powershell", "bicep"] as const;

export interface ScanOptions extends InputOptions {
	/** Instead of `DRIFT_SUBSCRIPTIONS`. */
	readonly subscription?: readonly string[];
	readonly scope?: string;
	readonly format: (typeof scanFormats)[number];
	/** A file, instead of stdout. */
	readonly output?: string;
}

/** Scans and prints; posts nothing and stores nothing. Gives the exit status: 1 drift, 2 something could not be told, 0 neither. */
export async function scan(options: ScanOptions, env: Environment): Promise<0 | 1 | 2> {
	const scope = readScope(options.scope);
	const wanted = readSubscriptions(options.subscription);
	const { azure, policySet } = await readInput(options, env);
	const { listSubscriptions, openSubscription } = connectAzure(azure);
	const { probeHost } = connectProbes({ ...readSettings({ verify: verifySettings }, env).verify, connectTo: [] });
	const subscriptions = await chooseSubscriptions(wanted ?? azure.subscriptions, listSubscriptions);

	const { portal } = azure.cloud;
	const problems = notificationsOfProblems(findProblems(policySet, new Date()), new Date());
	const reports: Report[] = [];
	const scans: Scan[] = [];
	if (problems.length > 0) reports.push(composeReport(beyondSubscriptions, { findings: [], problems }, { portal }));
	for (const subscription of subscriptions) {
		const id = `/subscriptions/${subscription.id}`;
		if (!scopeCovers(scope, id) && !scopeCovers(id, scope)) continue;
		const request = { id: randomUUID(), subscription, policySet, scope, expectedIds: [] };
		const { update, stop } = showProgress(subscription.name, process.stderr);
		const ports = { ...openSubscription(subscription.id), probeHost, trace: untraced };
		const result = await scanSubscription({ ...request, progress: update }, ports).finally(stop);
		scans.push(result);
		reports.push(composeReport({ subscription, scan: reportFacts(result) }, notificationsOfScan(result), { portal }));
	}
	if (scope !== "/" && !reports.some((report) => report.scan?.counts.sites || report.problems.length > 0)) {
		throw new Error(`--scope ${scope} covers no site of the subscriptions that are scanned`);
	}

	const enforcement = sumEnforcement(scans.flatMap((one) => one.enforcement ?? []));
	const text = options.format === "bicep" ? renderBicepFile(reports, scans) : render(reports, enforcement, options);
	if (options.output === undefined) process.stdout.write(text);
	else await writeFile(options.output, text);
	return exitStatus(reports);
}

function readScope(text = "/"): Scope {
	const scope = parseScope(text);
	if (scope !== undefined) return scope;
	throw new Error(`--scope ${text} is not an ARM ID of a subscription, resource group, site or slot`);
}

export function readSubscriptions(ids: readonly string[] | undefined): readonly string[] | undefined {
	for (const id of ids ?? []) {
		if (!z.guid().safeParse(id).success) throw new Error(`--subscription "${id}" is not a subscription ID (a GUID)`);
	}
	return ids && [...new Set(ids.map((id) => id.toLowerCase()))];
}

function render(
	reports: readonly Report[],
	enforcement: EnforcementCounts | null,
	{ format, output }: ScanOptions,
): string {
	switch (format) {
		case "json":
			return `${JSON.stringify(reports, null, 2)}\n`;
		case "markdown":
			return `${renderMarkdown(reports)}${enforcement === null ? "" : `\n${renderEnforcementAsMarkdown(enforcement)}`}`;
		case "bash":
			return renderScript(reports, "bash");
		case "powershell":
			// Windows PowerShell takes a file for UTF-8 by this mark alone.
			return `${output === undefined ? "" : "\ufeff"}${renderScript(reports, "powershell")}`;
		default:
			return `${renderTable(reports, output === undefined ? paintTerminal : (_, text) => text)}${enforcement === null ? "" : `\n${renderEnforcement(enforcement)}`}`;
	}
}

function renderBicepFile(reports: readonly Report[], scans: readonly Scan[]): string {
	const snippets = renderBicep(scans);
	const head = reports.flatMap((report) => [
		`// ${printable(headline(report))}`,
		...report.problems.map(({ code, message }) => `// Not told, ${code}: ${printable(message)}`),
	]);
	const advice =
		"// What the policies govern, to be put into the declarations that you have. Each site is deployed to its own resource group.";
	const body = snippets === "" ? ["// There is nothing to declare."] : [advice, "", snippets.trimEnd()];
	return `${[...head, ...body].join("\n")}\n`;
}

/** 1 drift, 2 something could not be told, 0 neither. */
export function exitStatus(reports: readonly Report[]): 0 | 1 | 2 {
	const findings = reports.flatMap(({ sites }) => sites.flatMap((site) => site.findings));
	if (findings.some(({ exemption }) => exemption === null)) return 1;
	return reports.some(({ problems }) => problems.length > 0) ? 2 : 0;
}
