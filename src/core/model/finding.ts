import type { MergedChanges } from "./change.ts";
import type { Exemption } from "./exemption.ts";
import type { Problem } from "./problem.ts";
import type { TlsSettings } from "./renegotiation.ts";
import type { Site } from "./site.ts";

/** What of a site its commands are written from. */
export interface StoredSite
	extends TlsSettings,
		Pick<
			Site,
			| "id"
			| "subscriptionId"
			| "resourceGroup"
			| "name"
			| "slot"
			| "kind"
			| "armKind"
			| "onContainerApps"
			| "location"
			| "tier"
		>,
		Pick<Site, "httpsOnly" | "verbatim"> {
	/** Whether it is the production slot beside others. */
	readonly hasSlots: boolean;
}

/** Who accepts a drift, why and how long. */
export type StoredExemption = Pick<Exemption, "name" | "category" | "reason" | "owner" | "expiresOn">;

/** A finding as it is remembered between scans, with all that is needed to tell people of it. */
export interface StoredFinding {
	readonly site: StoredSite;
	readonly rule: string;
	readonly target: string | null;
	readonly severity: Severity;
	readonly desired: string;
	readonly observed: string;
	/** Stands for `observed` where scans are compared. */
	readonly fingerprint: string;
	readonly explanation: string;
	readonly policy: string;
	readonly learnMore: string;
	/** Null while the drift is not exempt. */
	readonly exemption: StoredExemption | null;
	/** What mends it, together with all else that is open on its host name. */
	readonly fix: MergedChanges;
	readonly firstSeen: Date;
	/** `open` includes what is exempt; `resolved`: in sync, or no longer governed; `removed`: ARM answers 404 for the site. */
	readonly status: "open" | "resolved" | "removed";
	readonly endedAt: Date | null;
}

/** A problem as it is remembered between scans. */
export interface StoredProblem extends Problem {
	readonly firstSeen: Date;
	readonly status: "open" | "resolved";
	readonly endedAt: Date | null;
}

/** What is remembered of one subscription, or of what is beyond all of them. */
export interface StoredRecords {
	readonly findings: readonly StoredFinding[];
	readonly problems: readonly StoredProblem[];
}

/** What makes a finding the same one from scan to scan: the site and the host name without case, and the rule. */
export function identityOf(resourceId: string, rule: string, target: string | null): string {
	return JSON.stringify([resourceId.toLowerCase(), rule, target?.toLowerCase() ?? null]);
}

export function identityOfFinding({ site, rule, target }: Pick<StoredFinding, "site" | "rule" | "target">): string {
	return identityOf(site.id, rule, target);
}

export function identityOfProblem({ code, scope }: Pick<Problem, "code" | "scope">): string {
	return JSON.stringify([code, scope.toLowerCase()]);
}

/** From worst to least. */
export const severities = ["critical", "high", "medium", "low"] as const;

export type Severity = (typeof severities)[number];

/** Orders the worst severity first. */
export function compareSeverity(a: Severity, b: Severity): number {
	return severities.indexOf(a) - severities.indexOf(b);
}
