import { nameOf } from "../../core/model/site.ts";
import { printable } from "../../core/model/text.ts";
import { describeExemption, headline, nothingDrifted } from "../../core/report/format.ts";
import type { Report, SiteReport } from "../../core/report/report.ts";

/** For an issue, a wiki or a pull request: one table of findings, then each site's commands. */
export function renderMarkdown(reports: readonly Report[]): string {
	return reports.map(renderReport).join("\n");
}

function renderReport(report: Report): string {
	const lines = [`## ${escapeMarkdown(headline(report))}`, ""];
	if (report.sites.length > 0) lines.push(...renderFindings(report.sites), "");
	for (const site of report.sites) lines.push(...renderCommands(site), "");
	for (const { code, message } of report.problems) lines.push(`- **${code}**: ${escapeMarkdown(message)}`);
	if (report.scan !== null && report.sites.length === 0) lines.push("", nothingDrifted(report.scan));
	return `${lines.join("\n").trimEnd()}\n`;
}

function renderFindings(sites: readonly SiteReport[]): string[] {
	const rows = sites.flatMap((site) =>
		site.findings.map(({ severity, rule, target, desired, observed, policy, explanation, exemption, learnMore }) => [
			exemption === null ? severity : `${severity}, exempt`,
			escapeMarkdown(nameOf(site)),
			`[${rule}](${learnMore})${target === null ? "" : `<br>${escapeMarkdown(target)}`}`,
			escapeMarkdown(desired),
			escapeMarkdown(observed),
			escapeMarkdown(policy),
			escapeMarkdown(exemption === null ? explanation : `${explanation} It is ${describeExemption(exemption)}`),
		]),
	);
	const head = ["severity", "site", "rule", "desired", "observed", "policy", "what it means"];
	return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

function renderCommands({ name, slot, remediation, rollback }: SiteReport): string[] {
	const isNothing = rollback.bash.length + rollback.warnings.length === 0;
	return [
		`### ${escapeMarkdown(nameOf({ name, slot }))}`,
		"",
		...listWarnings(remediation.warnings),
		...fence(remediation.bash),
		...(isNothing ? [] : ["", "The way back:", "", ...listWarnings(rollback.warnings), ...fence(rollback.bash)]),
	];
}

function listWarnings(warnings: readonly string[]): string[] {
	return warnings.length === 0 ? [] : [...warnings.map((warning) => `- ${escapeMarkdown(warning)}`), ""];
}

/** A fence must be longer than any run of backticks inside it. */
function fence(commands: readonly string[]): string[] {
	if (commands.length === 0) return [];
	const longest = Math.max(2, ...commands.flatMap((command) => (command.match(/`+/g) ?? []).map((run) => run.length)));
	const marks = "`".repeat(longest + 1);
	return [`${marks}bash`, ...commands, marks];
}

/** CommonMark lets a backslash stand before any ASCII punctuation: https://spec.commonmark.org/0.31.2/#backslash-escapes */
function escapeMarkdown(text: string): string {
	return printable(text).replace(/[!-/:-@[-`{-~]/g, "\\$&");
}
