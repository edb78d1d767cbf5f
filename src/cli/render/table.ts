import { nameOf } from "../../core/model/site.ts";
import { printable } from "../../core/model/text.ts";
import { describeExemption, headline, nothingDrifted } from "../../core/report/format.ts";
import type { Report, SiteReport } from "../../core/report/report.ts";
import { drawTable, type Paint } from "./terminal.ts";

/** For a person at a terminal: what drifted, worst first, then the commands that mend it, then what could not be told. */
export function renderTable(reports: readonly Report[], paint: Paint): string {
	return reports.map((report) => renderReport(report, paint)).join("\n");
}

function renderReport(report: Report, paint: Paint): string {
	const lines = [paint("bold", printable(headline(report)))];
	if (report.sites.length > 0) lines.push(renderFindings(report.sites, paint));
	for (const site of report.sites) lines.push(...renderCommands(site, paint));
	for (const { code, message } of report.problems) lines.push(`${paint("bold", code)}: ${printable(message)}`);
	if (report.scan !== null && report.sites.length === 0) lines.push(paint("bold", nothingDrifted(report.scan)));
	return `${lines.join("\n")}\n`;
}

function renderFindings(sites: readonly SiteReport[], paint: Paint): string {
	const rows = sites.flatMap((site) =>
		site.findings.map(({ severity, rule, target, desired, observed, policy, exemption }) => [
			exemption === null ? paint(severity, severity) : paint("dim", `${severity}\nexempt`),
			printable(nameOf(site)),
			target === null ? rule : `${rule}\n${printable(target)}`,
			printable(desired).replaceAll(";", ";\n"),
			printable(observed).replaceAll(";", ";\n"),
			printable(policy),
		]),
	);
	return drawTable(["severity", "site", "rule", "desired", "observed", "policy"], rows);
}

function renderCommands(site: SiteReport, paint: Paint): string[] {
	const { bash, warnings } = site.remediation;
	const title = `# ${printable(nameOf(site))}, ${site.kind}, resource group ${printable(site.resourceGroup)}`;
	// One explanation can stand for several host names.
	const explanations = new Set(site.findings.map(({ explanation }) => `# ${printable(explanation)}`));
	return [
		paint("dim", [title, ...explanations].join("\n")),
		...warnings.map((warning) => `# Mind: ${printable(warning)}`),
		...bash,
		...site.findings.flatMap(({ rule, exemption }) =>
			exemption === null ? [] : [`# ${rule} is ${printable(describeExemption(exemption))}`],
		),
		"",
	];
}
