import { printable } from "../../core/model/text.ts";
import { type DoorCounts, type DoorStanding, standingNames } from "../../core/probe/enforcement.ts";
import { type DoorReading, type HostReading, nameProtocol, protocols } from "../../core/probe/reading.ts";
import { nameAnswer } from "../../core/probe/verdict.ts";
import { drawTable } from "./terminal.ts";

/** What is configured against what is enforced, as counts of rules on host names. */
export function renderDoors(doors: DoorCounts): string {
	const rows = [
		["configured right", String(doors.rightAndEnforced), String(doors.rightButOpen)],
		["configured wrong", String(doors.wrongButClosed), String(doors.wrongAndOpen)],
	];
	return `At the door:\n${drawTable(["", "enforced", "not enforced"], rows)}\ncould not tell: ${doors.couldNotTell}\n`;
}

export function renderDoorsAsMarkdown(doors: DoorCounts): string {
	return [
		"| at the door | enforced | not enforced |",
		"| --- | --- | --- |",
		`| configured right | ${doors.rightAndEnforced} | ${doors.rightButOpen} |`,
		`| configured wrong | ${doors.wrongButClosed} | ${doors.wrongAndOpen} |`,
		"",
		`Could not tell: ${doors.couldNotTell}.`,
		"",
	].join("\n");
}

/** Each rule of the door on each host name. */
export function renderStandings(standings: readonly DoorStanding[]): string {
	const rows = standings.map(({ hostName, rule, configured, enforced, standing }) => [
		printable(hostName ?? "(all)"),
		rule,
		configured,
		enforced,
		standingNames[standing],
	]);
	return drawTable(["host name", "rule", "configured", "enforced", "so"], rows);
}

/** What was sent, and what came back, by protocol. */
export function renderAnswers(door: DoorReading): string {
	if (!door.asked) return `Not asked at the door: ${printable(door.reason)}.`;
	const head = [
		"host name",
		"GET by https",
		...protocols.map((protocol) => nameProtocol(protocol).replace(" with ", "\n")),
	];
	const rows = door.hosts.flatMap(listReplies);
	return [...(rows.length === 0 ? [] : [drawTable(head, rows)]), ...door.hosts.map(describeHost)].join("\n");
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

function describeHost({ hostName, gaveUp, gaveUpPaths, plainHttp, replies, served }: HostReading): string {
	const facts = [
		...(plainHttp === null ? [] : [`plain http: ${nameAnswer(plainHttp)}`]),
		...(served === null
			? []
			: [`certificate ${served.thumbprint}, until ${served.expiresAt.toISOString().slice(0, 10)}`]),
	];
	const end = gaveUp ?? gaveUpPaths;
	if (end !== null) facts.push(`${replies.length + facts.length === 0 ? "not asked" : "no more was asked"}: ${end}`);
	return printable(`${hostName}: ${facts.join("; ") || "nothing more to tell"}.`);
}
