import type { HttpHandler } from "@azure/functions";
import { hasEndedState } from "../core/lifecycle/state.ts";
import type { Assets } from "../web/page/document.ts";
import { renderHistoryPage } from "../web/page/history-page.ts";
import { renderErrorPage, renderReportPage } from "../web/page/report-page.ts";
import { readFleetQuery } from "../web/parameters.ts";
import { type FleetPorts, listScanned, readFleet } from "../web/queries/read-fleet.ts";
import { type HistoryPorts, readHistory } from "../web/queries/read-history.ts";
import { viewFleet } from "../web/view/fleet.ts";
import { answerPage, chooseNamed, type ErrorAnswer, withErrors } from "./http.ts";

export interface ReportSettings {
	/** Undefined: those that were ever listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly portal: string;
	/** After so long, a scan that is not done is taken for lost. */
	readonly scanLifeMinutes: number;
	readonly assets: Assets;
}

/** The page to look at; with `view=history`, how it was on the days before. */
export function createReport(settings: ReportSettings, ports: FleetPorts & HistoryPorts): HttpHandler {
	const { portal, assets, scanLifeMinutes } = settings;
	const handler: HttpHandler = async ({ query }) => {
		const wanted = readFleetQuery(query);
		const { scanned, beyond } = await listScanned(settings.subscriptions, ports);
		const shown = chooseNamed(wanted.subscriptions, scanned);
		if (query.get("view") === "history") {
			const page = answerPage(200, renderHistoryPage(await readHistory(shown, ports), assets));
			// The report shows it with each click on a filter, and days pass slowly.
			return { ...page, headers: { ...page.headers, "cache-control": "private, max-age=300" } };
		}
		const now = ports.now();
		const options = { withEnded: wanted.filter.states.some(hasEndedState), scanLifeMinutes, now };
		const view = viewFleet(await readFleet(shown, beyond, options, ports), wanted, portal);
		return answerPage(200, renderReportPage({ view, wanted, scanned, now }, assets));
	};
	return withErrors(handler, answerErrorPage(assets));
}

/** An error as people get it. */
export function answerErrorPage(assets: Assets): ErrorAnswer {
	return (status, code, message) => {
		const title = titles[code] ?? "You may not see this";
		return answerPage(status, renderErrorPage(title, message, assets));
	};
}

const titles: Readonly<Record<string, string>> = {
	"bad-request": "That cannot be shown",
	unavailable: "What is remembered cannot be read",
	"internal-error": "Something is wrong with mtls-drift itself",
};
