import { nameOf } from "../../core/model/site.ts";
import { printable } from "../../core/model/text.ts";
import { describeExemption, headline } from "../../core/report/format.ts";
import type { Report, SiteReport } from "../../core/report/report.ts";

/** A shell that a script can be written for. */
export type Shell = "bash" | "powershell";

const head: Record<Shell, readonly string[]> = {
	bash: ["#!/usr/bin/env bash"],
	powershell: [],
};

/** A script ends at the first command that fails. */
const strictly: Record<Shell, readonly string[]> = {
	bash: [
		"set -euo pipefail",
		"# Git Bash would take an argument that starts with / for a file.",
		"export MSYS_NO_PATHCONV=1",
	],
	powershell: ["Set-StrictMode -Version Latest", "$ErrorActionPreference = 'Stop'"],
};

/** The whole plan: a block for each site, which can be run by itself, with what to know of it, and its way back in comments. */
export function renderScript(reports: readonly Report[], shell: Shell): string {
	const sites = reports.flatMap((report) => report.sites);
	const bindings = sites.some(({ remediation }) => remediation[shell].some((line) => line.includes(" ssl bind ")));
	const lines = [
		...head[shell],
		"# Mends what mtls-drift found. Read it before you run it: each block is for one site and can be run by itself.",
		"# It ends at the first command that fails. Then scan again for a new one: what is done is done, and stands there no more.",
		...(bindings
			? [
					"# az webapp config ssl bind may end in an error once it has bound, where you may not read the publishing profile: look at",
					"# the host name before you run it again, and go on with what comes after it.",
				]
			: []),
		...strictly[shell],
		...reports.flatMap((report) => [
			"",
			comment(headline(report)),
			...report.problems.map(({ code, message }) => comment(`Not told, ${code}: ${message}`)),
			...report.sites.flatMap((site) => ["", ...renderSiteScript(site, shell)]),
		]),
	];
	if (!sites.some(({ remediation }) => remediation[shell].length > 0)) lines.push("", "# There is nothing to run.");
	return `${lines.join("\n")}\n`;
}

function renderSiteScript(site: SiteReport, shell: Shell): string[] {
	const { findings, remediation, rollback } = site;
	const commands = remediation[shell];
	const back = [
		...rollback.warnings.map((warning) => comment(`  Mind: ${warning}`)),
		...rollback[shell].map((line) => `#   ${line}`),
	];
	return [
		comment(`== ${nameOf(site)}, ${site.kind}, in resource group ${site.resourceGroup}`),
		...findings.map(({ rule, target, severity, desired, observed, explanation, exemption }) => {
			const where = target === null ? "" : ` on ${target}`;
			const drift = `${severity} ${rule}${where}: observed ${observed}, desired ${desired}.`;
			return comment(exemption === null ? `${drift} ${explanation}` : `${drift} It is ${describeExemption(exemption)}`);
		}),
		...remediation.warnings.map((warning) => comment(`Mind: ${warning}`)),
		...commands.flatMap((command) => runStrictly(command, shell)),
		...(back.length > 0 ? ["# The way back:", ...back] : []),
	];
}

/** PowerShell goes on after a program that failed. */
function runStrictly(command: string, shell: Shell): string[] {
	return shell === "bash" ? [command] : [command, `if ($LASTEXITCODE -ne 0) { throw "az failed ($LASTEXITCODE)" }`];
}

function comment(text: string): string {
	return `# ${printable(text)}`;
}
