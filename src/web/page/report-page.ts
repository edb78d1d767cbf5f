import { html } from "hono/html";
import { severities } from "../../core/model/finding.ts";
import type { Subscription } from "../../core/model/scan.ts";
import { rules } from "../../core/rules/index.ts";
import type { Wanted } from "../parameters.ts";
import { findingStates } from "../view/filter.ts";
import type { FleetQuery, FleetView, SiteOrder } from "../view/fleet.ts";
import { type Assets, type Markup, type Page, renderDocument } from "./document.ts";
import { reportLink, toQuery, writeSort } from "./links.ts";
import { renderSiteRow } from "./site-rows.ts";
import { renderSummary, summarizeView } from "./summary.ts";
import { count, showNumber, showText, showTime } from "./words.ts";

/** What the page shows, and of what it is a part. */
export interface ReportPage {
	readonly view: FleetView;
	readonly wanted: Wanted & FleetQuery;
	/** All that could be shown. */
	readonly scanned: readonly Subscription[];
	readonly now: Date;
}

/** Where the estate stands: counts, problems, and a table of sites with their findings and commands. */
export function renderReportPage(page: ReportPage, assets: Assets): Page {
	const main = html`<header class="top">
<h1>mtls-drift</h1>
<p>Client certificates on Azure App Service: what drifted from policy, and what mends it</p>
</header>
<main id="main">
<noscript><section class="error"><p>Without a script, links and filters of this page lack the function key: they work where it comes in a header.</p></section></noscript>
${renderSummary(page)}
${renderProblems(page.view)}
<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${renderFilter(page)}
${renderTable(page)}
${renderPaging(page)}
</section>
</main>
<p class="unseen" role="status" data-announced></p>
<footer><p>Times are in UTC. Made <span>${showTime(page.now)}</span>. <a data-own href="findings?${withFormat(page.wanted)}">These findings as CSV</a></p></footer>`;
	return renderDocument(`${summarizeView(page.view)} · mtls-drift`, main, assets);
}

/** A page that says what went wrong, and what to do. */
export function renderErrorPage(title: string, message: string, assets: Assets): Page {
	const main = html`<header class="top"><h1>mtls-drift</h1></header>
<main id="main"><section class="error" role="alert"><h2>${title}</h2><p>${showText(message)}</p><p><a data-own href="report">Everything that is open</a></p></section></main>`;
	return renderDocument(`${title} · mtls-drift`, main, assets);
}

function withFormat(wanted: Wanted): string {
	const query = toQuery({ filter: wanted.filter, subscriptions: wanted.subscriptions });
	query.set("format", "csv");
	return String(query);
}

function renderProblems({ problems, problemCount }: FleetView): Markup | "" {
	if (problemCount === 0) return "";
	const left = problemCount - problems.length;
	return html`<section class="problems" aria-labelledby="problems">
<h2 id="problems">${count(problemCount, "problem")}</h2>
<p>What could not be read is unknown, and unknown is not fine.</p>
<ul>${problems.map(
		({ code, message, scope, firstSeen }) =>
			html`<li><strong>${code}</strong> <span class="message">${showText(message)}</span> <small><code>${showText(scope)}</code>, since ${showTime(firstSeen)}</small></li>`,
	)}</ul>
${left > 0 ? html`<p>And ${count(left, "other")}: all are in the table DriftFinding.</p>` : ""}
</section>`;
}

function renderFilter({ wanted, scanned, view }: ReportPage): Markup {
	const { filter, subscriptions } = wanted;
	const states = filter.states.join();
	const named = new Map(view.subscriptions.map(({ subscription: { id, name } }) => [id.toLowerCase(), name]));
	const stateChoices = [
		["open,exempt", "open or exempt"],
		...findingStates.map((state): [string, string] => [state, state]),
		["open,exempt,resolved,removed", "any"],
	] as const;
	return html`<form method="get" action="report" role="search" aria-label="Findings" data-own>
<div class="field wide"><label for="q">Text</label><input id="q" name="q" type="search" maxlength="200" value="${filter.text}" placeholder="site, host, policy, owner …"></div>
${renderSelect("severity", "Severity", filter.severities.join(), [["", "any"], ...severities.map((one): Choice => [one, one])])}
${renderSelect("rule", "Rule", filter.rules.join(), [["", "any"], ...rules.map(({ id }): Choice => [id, id])])}
${renderSelect("subscription", "Subscription", subscriptions.join(), [
	["", "all"],
	...scanned.map(({ id, name }): Choice => [id.toLowerCase(), showText(named.get(id.toLowerCase()) ?? name)]),
])}
${renderSelect("state", "State", states, stateChoices)}
<input type="hidden" name="sort" value="${writeSort(wanted.order, wanted.isReversed)}">
<div class="field buttons"><button type="submit">Show</button> <a data-own class="button" href="report">Reset</a></div>
</form>`;
}

type Choice = readonly [value: string, text: string];

function renderSelect(name: string, label: string, value: string, choices: readonly Choice[]): Markup {
	const all = choices.some(([one]) => one === value)
		? choices
		: [...choices, [value, value.replaceAll(",", " or ")] as const];
	const options = all.map(([one, text]) => {
		return one === value
			? html`<option value="${one}" selected>${text}</option>`
			: html`<option value="${one}">${text}</option>`;
	});
	return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}">${options}</select></div>`;
}

const columns: readonly { readonly order: SiteOrder; readonly name: string; readonly only?: "wide" }[] = [
	{ order: "worst", name: "Severity" },
	{ order: "site", name: "Site" },
	{ order: "group", name: "Resource group", only: "wide" },
	{ order: "subscription", name: "Subscription", only: "wide" },
	{ order: "since", name: "Since" },
];

function renderTable(page: ReportPage): Markup {
	const { view, wanted } = page;
	const { rows, findingCount, siteCount } = view;
	if (rows.length === 0) return html`<p class="empty" role="status">${explainEmpty(page)}</p>`;
	return html`<p class="found" role="status">${count(findingCount, "finding")} at ${count(siteCount, "site")}</p>
<p class="tools"><button type="button" data-do="expand" hidden>Expand all</button> <button type="button" data-do="collapse" hidden>Collapse all</button></p>
<table>
<thead><tr>${columns.map((column) => renderColumn(column, wanted))}</tr></thead>
${rows.map((row, index) => renderSiteRow(row, index))}
</table>`;
}

function renderColumn({ order, name, only }: (typeof columns)[number], wanted: Wanted & FleetQuery): Markup {
	const isSorted = wanted.order === order;
	const next = { ...wanted, order, isReversed: isSorted && !wanted.isReversed, page: 1 };
	// What is worst is not what is highest: the order goes down from there.
	const sort = isSorted ? (wanted.isReversed === (order === "worst") ? "ascending" : "descending") : "none";
	return html`<th scope="col" class="${only ?? ""}" aria-sort="${sort}"><a data-own href="${reportLink(next)}">${name}</a></th>`;
}

function explainEmpty({ view, wanted }: ReportPage): string {
	if (view.subscriptions.every(({ lastScan }) => lastScan === null)) {
		return "No scan has come to its end yet. The timer starts the next one by its schedule; “Scan now” starts one at once.";
	}
	const isFiltered = String(toQuery({ filter: wanted.filter, subscriptions: wanted.subscriptions })) !== "";
	if (isFiltered) return "No finding is like that. “Reset” shows everything that is open.";
	const { unknown } = view.counts;
	const isConclusive = unknown === 0 && view.problemCount === 0 && view.subscriptions.every(({ isWhole }) => isWhole);
	return isConclusive ? "Nothing drifted." : "No drift was found, but not everything could be told.";
}

function renderPaging({ view: { page, pages }, wanted }: ReportPage): Markup | "" {
	if (pages === 1) return "";
	const link = (to: number, name: string, rel: string) =>
		to < 1 || to > pages || to === page
			? html`<span class="button" aria-disabled="true">${name}</span>`
			: html`<a data-own class="button" rel="${rel}" href="${reportLink({ ...wanted, page: to })}">${name}</a>`;
	return html`<nav class="paging" aria-label="Pages">${link(1, "First", "first")} ${link(page - 1, "Previous", "prev")}
<span>Page ${showNumber(page)} of ${showNumber(pages)}</span>
${link(page + 1, "Next", "next")} ${link(pages, "Last", "last")}</nav>`;
}
