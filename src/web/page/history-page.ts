import { html } from "hono/html";
import type { Day } from "../view/history.ts";
import { type Assets, type Markup, type Page, renderDocument } from "./document.ts";
import { verdicts } from "./summary.ts";
import { count, showDay, showNumber } from "./words.ts";

/** What is drawn of each day, from the axis up. */
const drawn = verdicts.filter(({ key }) => key === "drifted" || key === "unknown" || key === "exempt");
const [width, height, top, bottom] = [600, 150, 8, 18];

/** The look back on a page of its own, from which the report takes the chart. */
export function renderHistoryPage(days: readonly Day[], assets: Assets): Page {
	const main = html`<header class="top"><h1>mtls-drift</h1></header>
<main id="main"><section class="history" aria-labelledby="history"><h2 id="history">Drift per day</h2><div data-history>${renderHistory(days)}</div><p><a data-own href="report">Everything that is open</a></p></section></main>`;
	return renderDocument("Drift per day · mtls-drift", main, assets);
}

function renderHistory(days: readonly Day[]): Markup {
	if (days.every(({ counts }) => counts === null)) return html`<p>There was no scan in these ${days.length} days.</p>`;
	return html`${renderChart(days)}
<ul class="legend">${drawn.map(({ key, name }) => html`<li class="${key}">${name}</li>`)}</ul>
<details><summary>As a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Drift per day, as a table"><table class="plain">
<thead><tr><th scope="col">Day</th>${verdicts.map(({ name }) => html`<th scope="col">${name}</th>`)}<th scope="col">Remarks</th></tr></thead>
<tbody>${days.toReversed().map(renderDay)}</tbody></table></div></details>`;
}

function renderDay({ day, counts, unscanned, incomplete }: Day): Markup {
	const remarks = [
		...(counts === null ? ["no scan"] : []),
		...(unscanned > 0 && counts !== null ? [`${count(unscanned, "subscription")} not scanned`] : []),
		...(incomplete > 0 ? [`of ${count(incomplete, "subscription")} not all could be read`] : []),
	];
	const cells = verdicts.map(({ key }) => html`<td>${counts === null ? "?" : showNumber(counts[key])}</td>`);
	return html`<tr><th scope="row">${showDay(day)}</th>${cells}<td>${remarks.join("; ")}</td></tr>`;
}

function renderChart(days: readonly Day[]): Markup {
	const totals = days.map(({ counts }) => (counts === null ? 0 : drawn.reduce((sum, { key }) => sum + counts[key], 0)));
	const most = Math.max(...totals);
	const step = width / days.length;
	const scale = (height - top - bottom) / Math.max(1, most);
	const first = days.findIndex(({ counts }) => counts !== null);
	const bars = days.map(({ day, counts, unscanned, incomplete }, index) => {
		const x = (index * step + step * 0.1).toFixed(1);
		const barWidth = (step * 0.8).toFixed(1);
		if (counts === null) {
			// Before there was any scan, nothing is missing.
			if (index < first) return "";
			return html`<text class="gap" x="${(index * step + step / 2).toFixed(1)}" y="${height - bottom - 3}">?</text>`;
		}
		let y = height - bottom;
		const parts = drawn.map(({ key }) => {
			const tall = counts[key] * scale;
			y -= tall;
			return html`<rect class="${key}" x="${x}" y="${y.toFixed(1)}" width="${barWidth}" height="${tall.toFixed(1)}"></rect>`;
		});
		const isPart = unscanned + incomplete > 0;
		const said = drawn.map(({ key, name }) => `${showNumber(counts[key])} ${name.toLowerCase()}`).join(", ");
		return html`<g class="${isPart ? "part" : ""}"><title>${day.toISOString().slice(0, 10)}: ${said}${isPart ? ", not all was read" : ""}</title>${parts}</g>`;
	});
	const last = days.findLast(({ counts }) => counts !== null)?.counts;
	const label = `Drift on the last ${days.length} days: at most ${count(most, "site")} drifted, unknown or exempt on one day; ${showNumber(last?.drifted ?? 0)} drifted last.`;
	const dateOf = (index: number) => (days[index] as Day).day.toISOString().slice(5, 10);
	return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<line x1="0" x2="${width}" y1="${height - bottom}" y2="${height - bottom}"></line><line class="faint" x1="0" x2="${width}" y1="${top}" y2="${top}"></line>
${bars}
<text x="2" y="${top + 10}">${showNumber(most)}</text><text x="0" y="${height - 4}">${dateOf(0)}</text><text class="end" x="${width}" y="${height - 4}">${dateOf(days.length - 1)}</text>
</svg>`;
}
