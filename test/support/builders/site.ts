import { type Assessment, type Basis, evaluate } from "../../../src/core/evaluation/evaluate.ts";
import type { Notifications } from "../../../src/core/lifecycle/notification-diff.ts";
import { toStoredFindings } from "../../../src/core/lifecycle/stored-findings.ts";
import { type Certificate, type CertificateReading, storeCertificates } from "../../../src/core/model/certificate.ts";
import type { Change } from "../../../src/core/model/change.ts";
import { type Exemption, indexExemptions } from "../../../src/core/model/exemption.ts";
import type { StoredFinding } from "../../../src/core/model/finding.ts";
import type { Policy, Settings } from "../../../src/core/model/policy.ts";
import type { ArmClientCertMode, CustomHostName, Reported, Site, SslState } from "../../../src/core/model/site.ts";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { type Plan, planCommands } from "../../../src/core/remediation/plan.ts";
import { rules } from "../../../src/core/rules/index.ts";
import { thumbprintOf } from "../arm/arm-objects.ts";

export const subscriptionId = "00000000-0000-0000-0000-000000000001";

export function reported<T>(value: T): Reported<T> {
	return { reported: true, value };
}

export function notReported(reason: string): { readonly reported: false; readonly reason: string } {
	return { reported: false, reason };
}

/** A site that asks every caller for a certificate; `siteId` gives its ID when names are changed. */
export function site(changes: Partial<Site> = {}): Site {
	const { resourceGroup = "rg-app", name = "app", slot = null } = changes;
	const { clientCertMode: mode, clientCertExclusionPaths: paths } = changes;
	const isEnabled = mode?.reported && mode.value !== "Ignore";
	return {
		id: siteId(resourceGroup, name, slot),
		subscriptionId,
		resourceGroup,
		name,
		slot,
		kind: "webapp",
		armKind: "app,linux",
		onContainerApps: false,
		location: "West Europe",
		planId: `/subscriptions/${subscriptionId}/resourceGroups/rg-plan/providers/Microsoft.Web/serverfarms/plan`,
		planResourceGroup: "rg-plan",
		tier: "Standard",
		tags: {},
		httpsOnly: reported(true),
		clientCertMode: reported("Required"),
		clientCertExclusionPaths: reported([]),
		// ARM keeps a mode while it is disabled, and spells paths as somebody wrote them.
		verbatim: {
			mode: isEnabled ? (mode.value as ArmClientCertMode) : "Required",
			exclusionPaths: paths?.reported ? paths.value.join(";") : "",
		},
		hostNames: reported([`${name}.azurewebsites.net`]),
		isStopped: false,
		customHostNames: reported([]),
		minTlsVersion: reported("1.2"),
		http20Enabled: reported(false),
		...changes,
	};
}

export function siteId(resourceGroup: string, name: string, slot: string | null = null): string {
	const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${name}`;
	return slot === null ? id : `${id}/slots/${slot}`;
}

export function hostName(name: string, sslState: SslState, thumbprint: string | null = null): CustomHostName {
	return { name, sslState: reported(sslState), thumbprint };
}

/** A policy that wants these values. */
export function policy(
	name: string,
	settings: Partial<Settings>,
	selectors: Partial<Omit<Policy, "name" | "settings">> = {},
): Policy {
	const fields = Object.entries(settings).map(([setting, value]) => [setting, { is: "value", value }]);
	return { name, scope: "/", ...selectors, settings: Object.fromEntries(fields) };
}

/** The day of these tests. */
export const now = new Date("2026-11-23T18:00:00Z");

/** A certificate for every host name below contoso.com, where `site()` finds it. */
export function certificate(name: string, changes: Partial<Certificate> = {}): Certificate {
	return {
		thumbprint: thumbprintOf(name),
		hostNames: ["*.contoso.com"],
		validFrom: new Date("2026-01-01T00:00:00Z"),
		expiresAt: new Date("2027-06-01T00:00:00Z"),
		resourceGroup: "rg-app",
		planId: null,
		location: "West Europe",
		...changes,
	};
}

export function held(...certificates: readonly Certificate[]): CertificateReading {
	return { readable: true, certificates: storeCertificates(certificates) };
}

/** Drift of https-only that is accepted everywhere until tomorrow. */
export function exemption(changes: Partial<Exemption> = {}): Exemption {
	return {
		name: "legacy",
		scope: "/",
		rule: "https-only",
		target: null,
		category: "waiver",
		reason: "old devices",
		owner: "pay team",
		expiresOn: new Date(now.getTime() + 86_400_000),
		...changes,
	};
}

/** Judges a site by these policies, and all rules if no others are given. */
export function judge(
	subject: Site,
	policies: readonly Policy[],
	basis: Partial<Basis> & { readonly exemptions?: readonly Exemption[] } = {},
): Assessment {
	const effectivePolicy = indexPolicies(policies)(subject);
	const exemptionOf = indexExemptions(basis.exemptions ?? [], now);
	return evaluate(subject, effectivePolicy, { rules, exemptionOf, certificates: held(), now, ...basis });
}

/** The commands for these changes of a site. */
export function planChanges(
	subject: Site,
	changes: readonly Change[],
	certificates: CertificateReading,
	at: Date,
): Plan {
	return planCommands({ ...subject, hasSlots: false }, mergeChanges(subject, changes, certificates, at));
}

/** What a scan of these sites, without any other, is remembered by. */
export function findingsOf(assessments: readonly Assessment[], certificates = held()): readonly StoredFinding[] {
	const seen = new Set(assessments.map(({ site: { id } }) => id.toLowerCase()));
	return toStoredFindings({ assessments, certificates, seen, startedAt: now, finishedAt: now });
}

/** What somebody is told of these sites who has not been told of anything. */
export function notificationsOf(assessments: readonly Assessment[], certificates = held()): Notifications {
	return {
		findings: findingsOf(assessments, certificates).map((finding) => ({
			reason: finding.exemption === null ? "new" : "exempted",
			finding,
		})),
		problems: [],
	};
}

/** Drift of https-only as it is remembered, of a site of this name. */
export function storedFinding(
	name: string,
	changes: Partial<StoredFinding> = {},
	siteChanges: Partial<Site> = {},
): StoredFinding {
	const subject = site({ name, httpsOnly: reported(false), ...siteChanges });
	const [finding] = findingsOf([judge(subject, [policy("default", { httpsOnly: true })])]);
	return { ...(finding as StoredFinding), ...changes };
}
