import path from "node:path";
import type { Browser } from "playwright-core";
import type { FindingReason } from "../../../src/core/lifecycle/notification-diff.ts";
import type { StoredFinding } from "../../../src/core/model/finding.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { composeReport, type Report, reportFacts } from "../../../src/core/report/report.ts";
import { findingsPerEntry } from "../../../src/notify/sinks/chat.ts";
import { renderSlack } from "../../../src/notify/sinks/slack.ts";
import { renderTeams } from "../../../src/notify/sinks/teams.ts";
import { openBrowser, openCardPage, showCards } from "../../support/browser/browser.ts";
import { openSlackPage, showMessages } from "../../support/browser/slack-preview.ts";
import {
	exemption,
	findingsOf,
	judge,
	now,
	policy,
	reported,
	site,
	subscriptionId,
} from "../../support/builders/site.ts";

const kept = path.join(import.meta.dirname, "../../../docs");

/** Writes the pictures of the README: one message about a small company's sites, in Teams and in Slack. */
export async function captureScreenshots(browser: Browser, folder: string, width = 600): Promise<readonly string[]> {
	const [teams, slack] = [path.join(folder, "teams-card.png"), path.join(folder, "slack-message.png")];
	const report = describeSample();

	await using cards = await openCardPage(browser, width, 1.75);
	await showCards(cards.page, [JSON.parse(renderTeams(report)[0]?.body ?? "").attachments[0].content]);
	await cards.page.locator("body").screenshot({ path: teams });

	await using messages = await openSlackPage(browser, width, 1.5);
	await showMessages(messages.page, [JSON.parse(renderSlack(report)[0]?.body ?? "").blocks]);
	await messages.page.locator("body").screenshot({ path: slack });
	return [teams, slack];
}

function describeSample(): Report {
	const policies = [
		policy("prod", { httpsOnly: true, clientCertMode: "Required", minTlsVersion: "1.2" }),
		policy(
			"shop",
			{ clientCertMode: "Optional" },
			{ scope: `/subscriptions/${subscriptionId}/resourceGroups/rg-shop` },
		),
	];
	const exemptions = [
		exemption({
			rule: "client-cert-mode",
			scope: site({ resourceGroup: "rg-web", name: "contoso-portal" }).id,
			name: "sso",
			category: "mitigated",
			reason: "behind single sign-on",
			owner: "web team",
			expiresOn: new Date("2027-01-31T00:00:00Z"),
		}),
	];
	const findingsFor = (subject: Site) => findingsOf([judge(subject, policies, { exemptions })]);
	const notifications = (reason: FindingReason, subject: Site, changes: Partial<StoredFinding> = {}) =>
		findingsFor(subject).map((finding) => ({ reason, finding: { ...finding, ...changes } }));

	const findings = [
		...notifications("new", site({ resourceGroup: "rg-pay", name: "contoso-pay", httpsOnly: reported(false) })),
		...notifications(
			"reminder",
			site({
				resourceGroup: "rg-shop",
				name: "contoso-shop",
				slot: "staging",
				clientCertMode: reported("OptionalInteractiveUser"),
				minTlsVersion: reported("1.1"),
			}),
			{ firstSeen: new Date("2026-11-21T18:00:00Z") },
		),
		...notifications(
			"exempted",
			site({ resourceGroup: "rg-web", name: "contoso-portal", clientCertMode: reported("Optional") }),
		),
		...notifications(
			"resolved",
			site({
				resourceGroup: "rg-shop",
				name: "contoso-stock",
				kind: "functionapp",
				clientCertMode: reported("Ignore"),
			}),
			{ firstSeen: new Date("2026-11-19T06:00:00Z"), status: "resolved", endedAt: now },
		),
	];
	const scan = reportFacts({
		id: "scan-1",
		startedAt: now,
		finishedAt: now,
		complete: true,
		counts: { sites: 42, inSync: 37, drifted: 2, exempt: 1, unknown: 0, notCovered: 2 },
	});
	const subscription = { id: subscriptionId, name: "Contoso" };
	return composeReport(
		{ subscription, scan },
		{ findings, problems: [] },
		{ portal: "https://portal.azure.com", findingsPerEntry },
	);
}

if (import.meta.main) {
	await using browser = await openBrowser();
	for (const file of await captureScreenshots(browser, kept)) console.log(file);
}
