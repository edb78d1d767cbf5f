import type { HttpHandler } from "@azure/functions";
import { viewEstate } from "../core/estate.ts";
import { hasEndedState } from "../core/telling.ts";
import { type EstatePorts, listScanned, readEstate } from "../read-estate.ts";
import { type HistoryPorts, readHistory } from "../read-history.ts";
import type { Assets } from "../web/document.ts";
import { renderHistoryPage } from "../web/history-page.ts";
import { readLook } from "../web/query.ts";
import { renderErrorPage, renderReportPage } from "../web/report-page.ts";
import { answerPage, chooseNamed, withErrors } from "./http.ts";

export interface ReportSettings {
	/** Undefined: those that were ever listed. */
	readonly subscriptions: readonly string[] | undefined;
	readonly portal: string;
	readonly assets: Assets;
}

/** The page to look at; with `view=history`, how it was on the days before. */
export function createReport(settings: ReportSettings, ports: EstatePorts & HistoryPorts): HttpHandler {
	const { portal, assets } = settings;
	const handler: HttpHandler = async ({ query }) => {
		const wanted = readLook(query);
		const { scanned, beyond } = await listScanned(settings.subscriptions, ports);
		const shown = chooseNamed(wanted.subscriptions, scanned);
		if (query.get("view") === "history") {
			return answerPage(200, renderHistoryPage(await readHistory(shown, ports), assets));
		}
		const withEnded = wanted.filter.states.some(hasEndedState);
		const view = viewEstate(await readEstate(shown, beyond, withEnded, ports), wanted, portal);
		return answerPage(200, renderReportPage({ view, wanted, scanned, now: ports.now() }, assets));
	};
	return withErrors(handler, (status, _code, message) => {
		const title = status === 400 ? "That cannot be shown" : "What is remembered cannot be read";
		return answerPage(status, renderErrorPage(title, message, assets));
	});
}
