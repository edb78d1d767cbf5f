import {
	type DoorCounts,
	type DoorReading,
	type DoorStanding,
	type HostReading,
	nameAnswer,
	nameProtocol,
	protocols,
	standingNames,
} from "../core/door.ts";
import { printable } from "../core/printable.ts";
import { drawTable } from "./print.ts";

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
	return drawTable(["host name", "sent", "without a certificate", "with one"], door.hosts.flatMap(listAnswers));
}

function listAnswers(host: HostReading): string[][] {
	const { hostName, gaveUp, plainHttp, replies, served } = host;
	const shown = printable(hostName);
	const paths = [...new Set(replies.map(({ path }) => path))];
	const find = (path: string, protocol: (typeof protocols)[number], withCertificate: boolean) => {
		const reply = replies.find(
			(one) => one.path === path && one.protocol === protocol && one.withCertificate === withCertificate,
		);
		return reply === undefined ? "-" : nameAnswer(reply.answer);
	};
	return [
		...(plainHttp === null ? [] : [[shown, "GET / by plain http", nameAnswer(plainHttp), "-"]]),
		...paths.flatMap((path) =>
			protocols
				.filter((protocol) => replies.some((reply) => reply.protocol === protocol))
				.map((protocol) => [
					shown,
					`GET ${printable(path)} by ${nameProtocol(protocol)}`,
					find(path, protocol, false),
					find(path, protocol, true),
				]),
		),
		...(served === null ? [] : [[shown, "TLS handshake", `certificate ${served.thumbprint}`, "-"]]),
		...(gaveUp === null ? [] : [[shown, "no more", gaveUp, "-"]]),
	];
}
