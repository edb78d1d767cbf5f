import { html } from "hono/html";
import { severities } from "../../core/model/finding.ts";
import type { Counts } from "../../core/model/scan.ts";
import { type EnforcementCounts, type EnforcementOutcome, outcomeNames } from "../../core/probe/enforcement.ts";
import type { FleetView } from "../view/fleet.ts";
import type { Markup } from "./document.ts";
import { reportLink, toQuery } from "./links.ts";
import type { ReportPage } from "./report-page.ts";
import { count, showAge, showNumber, showText, showTime } from "./words.ts";

/** From worst to best, as a site is counted. */
export const verdicts: readonly { readonly key: Exclude<keyof Counts, "sites">; readonly name: string }[] = [
	{ key: "drifted", name: "Drifted" },
	{ key: "unknown", name: "Unknown" },
	{ key: "exempt", name: "Exempt" },
	{ key: "notCovered", name: "Not covered" },
	{ key: "inSync", name: "In sync" },
];

/** How old the data are, how the sites stand, how bad what is open is, and how it was on the days before. */
export function renderSummary(page: ReportPage): Markup {
	const { view, wanted } = page;
	const { counts } = view;
	const open = { text: "", rules: [], states: ["open"] as const };
	const historyQuery = toQuery({
		...wanted,
		filter: { text: "", severities: [], rules: [], states: ["open", "exempt"] },
	});
	historyQuery.delete("sort");
	historyQuery.delete("page");
	historyQuery.set("view", "history");
	return html`<section class="overview" aria-labelledby="overview">
<h2 id="overview">${summarizeView(view)}</h2>
${renderAge(page)}
<div class="columns"><div>
${renderBar(counts)}
<dl class="counts">${verdicts.map(
		({ key, name }) => html`<div class="${key}"><dt>${name}</dt><dd>${showNumber(counts[key])}</dd></div>`,
	)}</dl>
<ul class="severities" aria-label="Open findings by severity">${severities.map(
		(severity) =>
			html`<li><a data-own class="badge ${severity}" href="${reportLink({ filter: { ...open, severities: [severity] }, subscriptions: wanted.subscriptions })}">${showNumber(view.severities[severity])} ${severity}</a></li>`,
	)}</ul>
</div>
<section class="history" aria-labelledby="history"><h3 id="history">Drift per day</h3><p data-history><a data-own href="report?${historyQuery}">The last 30 days</a></p></section>
</div>
${view.enforcement === null ? "" : renderEnforcementTable(view.enforcement)}
${renderSubscriptions(page)}
</section>`;
}

/** What is configured against what is enforced, of the rules that ask sites at their doors. */
function renderEnforcementTable(enforcement: EnforcementCounts): Markup {
	const cell = (outcome: EnforcementOutcome) =>
		html`<td class="${outcome}">${showNumber(enforcement[outcome])} <small>${outcomeNames[outcome]}</small></td>`;
	return html`<table class="plain enforcement"><caption>Asked at the door, by rule and host name</caption>
<thead><tr><td></td><th scope="col">Enforced</th><th scope="col">Not enforced</th></tr></thead>
<tbody><tr><th scope="row">Configured right</th>${cell("compliantAndEnforced")}${cell("compliantNotEnforced")}</tr>
<tr><th scope="row">Configured wrong</th>${cell("nonCompliantEnforced")}${cell("nonCompliantNotEnforced")}</tr>
<tr><th scope="row">Either unknown</th><td class="inconclusive" colspan="2">${showNumber(enforcement.inconclusive)} <small>${outcomeNames.inconclusive}</small></td></tr></tbody></table>`;
}

/** Never more than is known: what was not read may have drifted. */
export function summarizeView({ counts, subscriptions }: FleetView): string {
	// Of no subscription at all, nothing is known either.
	const isWhole = subscriptions.length > 0 && subscriptions.every((one) => one.isWhole);
	const counted = `${count(counts.sites, "site")}, ${showNumber(counts.drifted)} drifted`;
	if (isWhole) return counted;
	return counts.sites === 0 ? "Nothing is known yet" : `${counted}, but not all was read`;
}

function renderAge({ view, now, scanned }: ReportPage): Markup {
	const scans = view.subscriptions.flatMap(({ lastScan }) => lastScan ?? []);
	const oldest = scans.toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime())[0];
	const never = view.subscriptions.length - scans.length;
	const broken = view.subscriptions.filter(({ lastScan, isWhole }) => lastScan !== null && !isWhole).length;
	const running = view.subscriptions.filter((one) => one.running !== null).length;
	const notes = [
		...(never > 0 ? [`${count(never, "subscription was", "subscriptions were")} never scanned.`] : []),
		...(broken > 0 ? [`Of ${count(broken, "subscription")} not all could be read.`] : []),
		...(running > 0 ? [`${count(running, "scan is", "scans are")} under way.`] : []),
	];
	const age =
		oldest === undefined
			? html`No scan has come to its end yet.`
			: html`As of ${showTime(oldest.finishedAt)}, ${showAge(oldest.finishedAt, now)}${view.subscriptions.length > 1 ? " (the oldest scan)" : ""}.`;
	const chosen = new URLSearchParams(
		view.subscriptions.map(({ subscription }) => ["subscription", subscription.id] as [string, string]),
	);
	const isPart = view.subscriptions.length < scanned.length;
	return html`<form class="age" method="post" action="scan${isPart ? `?${chosen}` : ""}" data-scan><p>${age} ${notes.join(" ")}</p> <button type="submit" hidden>Scan now</button> <span role="status" data-said></span></form>`;
}

/** Shares of the whole; what is there is seen, however little. */
function renderBar(counts: Counts): Markup {
	const width = 1000;
	const shown = verdicts.filter(({ key }) => counts[key] > 0);
	const least = 8;
	const free = width - least * shown.length;
	let x = 0;
	const parts = shown.map(({ key, name }) => {
		const share = least + (counts[key] / counts.sites) * free;
		const part = html`<rect class="${key}" x="${x.toFixed(1)}" y="0" width="${share.toFixed(1)}" height="20"><title>${name}: ${showNumber(counts[key])}</title></rect>`;
		x += share;
		return part;
	});
	const said = shown.map(({ key, name }) => `${showNumber(counts[key])} ${name.toLowerCase()}`).join(", ");
	return html`<svg class="bar" viewBox="0 0 ${width} 20" preserveAspectRatio="none" role="img" aria-label="Sites by verdict: ${said || "none"}">${parts}</svg>`;
}

function renderSubscriptions({ view, now }: ReportPage): Markup | "" {
	if (view.subscriptions.length < 2) return "";
	const worstFirst = view.subscriptions.toSorted(
		(a, b) =>
			Number(a.lastScan !== null) - Number(b.lastScan !== null) ||
			(b.lastScan?.counts.drifted ?? 0) - (a.lastScan?.counts.drifted ?? 0) ||
			(b.lastScan?.counts.unknown ?? 0) - (a.lastScan?.counts.unknown ?? 0),
	);
	return html`<details><summary>${count(view.subscriptions.length, "subscription")}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Subscriptions"><table class="plain"><thead><tr><th scope="col">Subscription</th><th scope="col">Last scan</th><th scope="col">Sites</th>${verdicts.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${worstFirst.map(({ subscription, lastScan }) => {
		const own = { filter: { text: "", severities: [], rules: [], states: ["open", "exempt"] as const } };
		const link = reportLink({ ...own, subscriptions: [subscription.id.toLowerCase()] });
		const counts = lastScan?.counts;
		return html`<tr><th scope="row"><a data-own href="${link}">${showText(subscription.name)}</a></th>
<td>${lastScan === null ? "never" : html`${showAge(lastScan.finishedAt, now)}${lastScan.complete ? "" : ", not all could be read"}`}</td>
<td>${counts === undefined ? "?" : showNumber(counts.sites)}</td>${verdicts.map(({ key }) => html`<td>${counts === undefined ? "?" : showNumber(counts[key])}</td>`)}</tr>`;
	})}</tbody></table></div></details>`;
}
