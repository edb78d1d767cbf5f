import type { HttpHandler } from "@azure/functions";
import { stringify } from "csv-stringify/sync";
import { listingParameters, readListing } from "../web/parameters.ts";
import { type FindingItem, type ListPorts, listFindings } from "../web/queries/list-findings.ts";
import { type FleetPorts, listScanned } from "../web/queries/read-fleet.ts";
import { answerJson, answerText, chooseNamed, withErrors } from "./http.ts";

export interface FindingsSettings {
	/** Undefined: those that were ever listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly portal: string;
}

/** Findings for programs: as JSON part by part, as CSV all at once. */
export function createFindings(settings: FindingsSettings, ports: FleetPorts & ListPorts): HttpHandler {
	return withErrors(async ({ query, url, headers }) => {
		const { filter, subscriptions, limit, after, format } = readListing(query);
		const { scanned } = await listScanned(settings.subscriptions, ports);
		const shown = chooseNamed(subscriptions, scanned);
		const options = { filter, portal: settings.portal };
		if ((format ?? wantedFormat(headers.get("accept"))) === "csv") {
			const { items } = await listFindings(shown, options, ports);
			const disposition = { "content-disposition": 'attachment; filename="findings.csv"' };
			const type = { "content-type": "text/csv; charset=utf-8" };
			return answerText(toCsv(items), { ...type, ...disposition });
		}
		const { items, next } = await listFindings(shown, { ...options, limit, after }, ports);
		return answerJson(200, { items, next: next === null ? null : linkTo(url, query, next) });
	});
}

/** Of what the list takes and no more: the function key, however it is spelt, is a password. */
function linkTo(address: string, query: URLSearchParams, after: string): string {
	const url = new URL(address);
	const parameters = [...query].filter(([name]) => name !== "after" && listingParameters.includes(name));
	url.search = String(new URLSearchParams([...parameters, ["after", after]]));
	return url.href;
}

function wantedFormat(accept: string | null): "csv" | "json" {
	return /\btext\/csv\b/i.test(accept ?? "") && !/\bapplication\/json\b/i.test(accept ?? "") ? "csv" : "json";
}

const columns = [
	...["subscriptionId", "resourceGroup", "name", "slot", "kind", "rule", "target", "severity", "state", "desired"],
	...["observed", "policy", "firstSeen", "endedAt", "exemption", "exemptUntil", "explanation", "resourceId"],
	...["portalUrl", "learnMore"],
];

/**
 * As spreadsheets read it: what they would take for a formula is a text, also where they cut at semicolons or tabs.
 * Source: https://owasp.org/www-community/attacks/CSV_Injection
 */
function toCsv(items: readonly FindingItem[]): string {
	const rows = items.map(({ exemption, ...facts }) => {
		return { ...facts, exemption: exemption?.name ?? null, exemptUntil: exemption?.expiresOn ?? null };
	});
	return stringify(rows, {
		header: true,
		columns,
		escape_formulas: true,
		record_delimiter: "windows",
		cast: { string: (text) => text.replaceAll(/([;\t\r\n]\s*)(?=[=+\-@])/g, "$1'") },
	});
}
