import {
	type EnforcementCounts,
	type EnforcementResult,
	publicOutcomeNames,
	toPublicNames,
} from "../../core/probe/enforcement.ts";
import type { Answer, HostReading } from "../../core/probe/reading.ts";
import type { Report } from "../../core/report/report.ts";

/** What `verify --format json` prints. Its names are read by programs: they stay, whatever ours are. */
export function renderVerifyJson(
	reports: readonly Report[],
	results: readonly EnforcementResult[],
	counts: EnforcementCounts | null,
	hosts: readonly HostReading[],
): string {
	const standings = results.map(({ outcome, ...result }) => ({ ...result, standing: publicOutcomeNames[outcome] }));
	const doors = counts === null ? null : toPublicNames(counts);
	return JSON.stringify({ reports, standings, doors, hosts: hosts.map(describeHost) }, null, 2);
}

function describeHost({ hostName, stopReason, pathsStopReason, plainHttp, replies, served }: HostReading) {
	return {
		hostName,
		gaveUp: stopReason,
		gaveUpPaths: pathsStopReason,
		plainHttp: plainHttp === null ? null : describeAnswer(plainHttp),
		replies: replies.map(({ answer, ...reply }) => ({ ...reply, answer: describeAnswer(answer) })),
		served,
	};
}

/** Without the page: what a site shows of itself is not for the output. */
function describeAnswer(answer: Answer) {
	if (answer.came !== "response") return answer;
	const { came, status, location, blocker } = answer;
	return { came, status, location, hindrance: blocker };
}
