import { html } from "hono/html";
import { nameOf } from "../../core/model/site.ts";
import type { FindingView, SiteView } from "../view/fleet.ts";
import type { Markup } from "./document.ts";
import { count, showDay, showNumber, showText, showTime } from "./words.ts";

/** A site: one row of facts, and one below it that opens on its findings and commands. */
export function renderSiteRow(site: SiteView, index: number): Markup {
	const { worst, findings, resourceGroup, subscription, since } = site;
	const label = worst ?? (findings[0] as FindingView).state;
	return html`<tbody>
<tr class="site"><td><span class="badge ${label}">${label}</span></td>
<th scope="row" id="site-${index}">${showText(nameOf(site))}${renderShare(site)}<small>${site.kind}</small></th>
<td class="wide">${showText(resourceGroup)}</td><td class="wide">${showText(subscription.name)}</td><td>${showDay(since)}</td></tr>
<tr class="more"><td colspan="5"><details><summary aria-describedby="site-${index}">${count(findings.length, "finding")}<span class="rules">: ${listRules(findings)}</span></summary>
<p class="where">${showText(resourceGroup)} · ${showText(subscription.name)} · <a href="${site.portalUrl}" rel="noreferrer noopener" target="_blank">Open in the portal</a></p>
${findings.map(renderFinding)}
${renderCommands(site)}
</details></td></tr>
</tbody>`;
}

function renderShare({ findingCount, firstFinding, findings }: SiteView): string {
	if (findingCount === findings.length) return "";
	const last = firstFinding + findings.length - 1;
	return ` (findings ${showNumber(firstFinding)}–${showNumber(last)} of ${showNumber(findingCount)})`;
}

function listRules(findings: readonly FindingView[]): string {
	return [...new Set(findings.map(({ rule }) => rule))].join(", ");
}

function renderFinding(finding: FindingView): Markup {
	const { rule, target, severity, state, desired, observed, explanation, policy, firstSeen, endedAt, exemption } =
		finding;
	return html`<article class="finding ${state === "open" ? severity : state}">
<h3><span class="badge ${state === "open" ? severity : state}">${state === "open" ? severity : `${severity}, ${state}`}</span> <a href="${finding.learnMore}" rel="noreferrer noopener" target="_blank">${rule}</a>${target === null ? "" : html` <code>${showText(target)}</code>`}</h3>
<div class="compare"><div><h4>Desired</h4><code>${showText(desired)}</code></div><div><h4>${state === "open" || state === "exempt" ? "Observed" : "Observed last"}</h4><code>${showText(observed)}</code></div></div>
<p>${showText(explanation)}</p>
<dl><div><dt>Policy</dt><dd>${showText(policy)}</dd></div><div><dt>First seen</dt><dd>${showTime(firstSeen)}</dd></div>${
		endedAt === null ? "" : html`<div><dt>Ended</dt><dd>${showTime(endedAt)}</dd></div>`
	}${
		exemption === null
			? ""
			: html`<div><dt>Exempt</dt><dd>“${showText(exemption.name)}” (${exemption.category}) until ${showTime(exemption.expiresOn)}, says ${showText(exemption.owner)}: ${showText(exemption.reason)}</dd></div>`
	}</dl>
</article>`;
}

/** Nothing where nothing is open. */
function renderCommands({ remediation, rollback, bicep }: SiteView): Markup | "" {
	const { bash, powershell, warnings } = remediation;
	if (bash.length + warnings.length === 0) return "";
	return html`<section class="commands"><h3>What mends it</h3>
${renderWarnings(warnings)}
${renderCode("bash", bash.join("\n"), true)}
${renderCode("PowerShell", powershell.join("\n"))}
${renderCode("Bicep", bicep)}
${
	rollback.bash.length + rollback.warnings.length === 0
		? ""
		: html`<h3>The way back</h3>
${renderWarnings(rollback.warnings)}
${renderCode("Way back, bash", rollback.bash.join("\n"))}
${renderCode("Way back, PowerShell", rollback.powershell.join("\n"))}`
}
</section>`;
}

function renderWarnings(warnings: readonly string[]): Markup | "" {
	if (warnings.length === 0) return "";
	return html`<ul class="warnings">${warnings.map((warning) => html`<li>${showText(warning)}</li>`)}</ul>`;
}

/** To be copied as it stands. */
function renderCode(name: string, text: string, isOpen = false): Markup | "" {
	if (text === "") return "";
	const body = html`<summary>${name}</summary><div class="code"><button type="button" data-do="copy" hidden>Copy<span class="unseen"> ${name}</span></button><pre tabindex="0" aria-label="${name}"><code>${text}</code></pre></div>`;
	return isOpen ? html`<details open>${body}</details>` : html`<details>${body}</details>`;
}
