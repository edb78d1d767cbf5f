import {
	drifted,
	inSync,
	notApplicable,
	type Rule,
	type RuleContext,
	unknown,
	type Verdict,
} from "../evaluation/rule.ts";
import { bestCertificate, type Certificate, explainUnread } from "../model/certificate.ts";
import type { Change } from "../model/change.ts";
import type { Severity } from "../model/finding.ts";
import type { CustomHostName, Site } from "../model/site.ts";

/** The certificate of each bound custom host name must outlive the next days; a renewed one does not move the binding by itself. */
export const certificateExpiry: Rule<"certificateMinDays"> = {
	id: "certificate-expiry",
	setting: "certificateMinDays",
	perHostName: true,
	description:
		"the certificate that a custom host name is bound to has expired, or expires in fewer days; says so where a newer one is there that was not bound",
	severityNote: "critical: expired; high: 7 days or less; else medium",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-certificate",
	needs: (site) => (boundHostNames(site).length > 0 ? ["certificates"] : []),
	check(site, minDays, context) {
		if (!site.customHostNames.reported) return [unknown(site.customHostNames.reason)];
		const unreported = site.customHostNames.value.flatMap(({ name, sslState }) =>
			sslState.reported ? [] : [unknown(sslState.reason, name)],
		);
		const verdicts = boundHostNames(site).map((hostName) => checkCertificate(site, hostName, minDays, context));
		if (verdicts.length + unreported.length === 0) return [notApplicable("the site has no bound custom host name")];
		return [...verdicts, ...unreported];
	},
};

function boundHostNames({ customHostNames }: Site): readonly CustomHostName[] {
	if (!customHostNames.reported) return [];
	return customHostNames.value.filter(({ sslState }) => sslState.reported && sslState.value !== "Disabled");
}

function checkCertificate(
	site: Site,
	{ name, thumbprint }: CustomHostName,
	minDays: number,
	{ certificates: reading, now, desired }: RuleContext,
): Verdict {
	if (thumbprint === null) return unknown(`ARM did not report which certificate ${name} is bound to`, name);
	if (!reading.readable) return unknown(explainUnread(reading.reason), name);
	const { certificates } = reading;
	const bound = certificates.byThumbprint.get(thumbprint);
	if (bound === undefined) {
		return unknown(
			`the certificate ${thumbprint}, which ${name} is bound to, is not among the subscription's, or without a date that can be read`,
			name,
		);
	}
	const left = daysLeft(bound, now);
	if (left >= minDays) return inSync(name);

	const newer = bestCertificate(name, site, certificates, now, bound.expiresAt);
	const { domainBindings } = desired;
	const pinned =
		domainBindings.state === "desired" &&
		domainBindings.value.some((binding) => binding.hostName === name.toLowerCase() && binding.thumbprint === thumbprint)
			? domainBindings.policy
			: undefined;
	return drifted(
		{
			severity: expirySeverity(left),
			desired: days(minDays),
			observed: left < 0 ? "expired" : days(left),
			fingerprint: bound.expiresAt.toISOString(),
			explanation: [explainBound(bound, left), ...explainNewer(newer)].join(" "),
			remedy: [
				...(newer !== undefined && pinned === undefined ? [bind(name)] : []),
				...advise(name, minDays, newer === undefined ? undefined : daysLeft(newer, now), pinned),
			],
		},
		name,
	);
}

/** Whole days; negative once expired. */
function daysLeft({ expiresAt }: Certificate, now: Date): number {
	return expiresAt <= now ? -1 : Math.floor((expiresAt.getTime() - now.getTime()) / 86_400_000);
}

function expirySeverity(left: number): Severity {
	if (left < 0) return "critical";
	return left <= 7 ? "high" : "medium";
}

function days(count: number): string {
	return `${count} ${count === 1 ? "day" : "days"}`;
}

function explainBound({ thumbprint, expiresAt }: Certificate, left: number): string {
	const date = expiresAt.toISOString().slice(0, 10);
	return left < 0
		? `The bound certificate ${thumbprint} expired on ${date}: callers that check it do not connect.`
		: `The bound certificate ${thumbprint} expires on ${date}; from then on, callers that check it do not connect.`;
}

function explainNewer(newer: Certificate | undefined): string[] {
	if (newer === undefined) return [];
	const { thumbprint, expiresAt } = newer;
	return [
		`A newer one that is valid until ${expiresAt.toISOString().slice(0, 10)} (${thumbprint}) is there, but the binding still has the old one.`,
	];
}

function bind(hostName: string): Change {
	return { change: "binding", hostName, sslState: "Bound", certificate: "newer" };
}

/** What binding the newer certificate, where there is one, does not mend. */
function advise(
	hostName: string,
	minDays: number,
	newerLeft: number | undefined,
	pinned: string | undefined,
): Change[] {
	const manualStep = (advice: string): Change[] => [{ change: "manual-step", advice }];
	if (pinned !== undefined) {
		return manualStep(
			`Policy "${pinned}" asks for the certificate of ${hostName} by its thumbprint: renew the certificate, then change domainBindings there.`,
		);
	}
	if (newerLeft === undefined) {
		return manualStep(
			`Renew the certificate of ${hostName} and upload it (az webapp config ssl upload), then scan again; one that App Service manages or takes from Key Vault should have been renewed by itself: find out why it was not.`,
		);
	}
	return newerLeft >= minDays
		? []
		: manualStep(`The newer certificate of ${hostName} is valid for ${days(newerLeft)} only: renew it too.`);
}
