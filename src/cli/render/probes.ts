import { printable } from "../../core/model/text.ts";
import { type EnforcementCounts, type EnforcementResult, outcomeNames } from "../../core/probe/enforcement.ts";
import { type HostReading, nameProtocol, type ProbeReading, protocols } from "../../core/probe/reading.ts";
import { nameAnswer } from "../../core/probe/verdict.ts";
import { drawTable } from "./terminal.ts";

/** What is configured against what is enforced, as counts of rules on host names. */
export function renderEnforcement(enforcement: EnforcementCounts): string {
	const rows = [
		["configured right", String(enforcement.compliantAndEnforced), String(enforcement.compliantNotEnforced)],
		["configured wrong", String(enforcement.nonCompliantEnforced), String(enforcement.nonCompliantNotEnforced)],
	];
	return `At the door:\n${drawTable(["", "enforced", "not enforced"], rows)}\ncould not tell: ${enforcement.inconclusive}\n`;
}

export function renderEnforcementAsMarkdown(enforcement: EnforcementCounts): string {
	return [
		"| at the door | enforced | not enforced |",
		"| --- | --- | --- |",
		`| configured right | ${enforcement.compliantAndEnforced} | ${enforcement.compliantNotEnforced} |`,
		`| configured wrong | ${enforcement.nonCompliantEnforced} | ${enforcement.nonCompliantNotEnforced} |`,
		"",
		`Could not tell: ${enforcement.inconclusive}.`,
		"",
	].join("\n");
}

/** Each rule of the door on each host name. */
export function renderEnforcementResults(enforcementResults: readonly EnforcementResult[]): string {
	const rows = enforcementResults.map(({ hostName, rule, configured, enforced, outcome }) => [
		printable(hostName ?? "(all)"),
		rule,
		configured,
		enforced,
		outcomeNames[outcome],
	]);
	return drawTable(["host name", "rule", "configured", "enforced", "so"], rows);
}

/** What was sent, and what came back, by protocol. */
export function renderAnswers(probe: ProbeReading): string {
	if (!probe.probed) return `Not asked at the door: ${printable(probe.reason)}.`;
	const head = [
		"host name",
		"GET by https",
		...protocols.map((protocol) => nameProtocol(protocol).replace(" with ", "\n")),
	];
	const rows = probe.hosts.flatMap(listReplies);
	return [...(rows.length === 0 ? [] : [drawTable(head, rows)]), ...probe.hosts.map(describeHost)].join("\n");
}

function listReplies({ hostName, replies }: HostReading): string[][] {
	const requests = Map.groupBy(
		replies,
		({ path, withCertificate }) => `${path}${withCertificate ? "\nwith the certificate" : ""}`,
	);
	return [...requests].map(([sent, some]) => [
		printable(hostName),
		sent.split("\n").map(printable).join("\n"),
		...protocols.map((protocol) => {
			const reply = some.find((one) => nameProtocol(one.protocol) === nameProtocol(protocol));
			return reply === undefined ? "-" : nameAnswer(reply.answer);
		}),
	]);
}

function describeHost({ hostName, stopReason, pathsStopReason, plainHttp, replies, served }: HostReading): string {
	const facts = [
		...(plainHttp === null ? [] : [`plain http: ${nameAnswer(plainHttp)}`]),
		...(served === null
			? []
			: [`certificate ${served.thumbprint}, until ${served.expiresAt.toISOString().slice(0, 10)}`]),
	];
	const end = stopReason ?? pathsStopReason;
	if (end !== null) facts.push(`${replies.length + facts.length === 0 ? "not asked" : "no more was asked"}: ${end}`);
	return printable(`${hostName}: ${facts.join("; ") || "nothing more to tell"}.`);
}
