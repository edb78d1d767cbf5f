import type { CertificateReading } from "../model/certificate.ts";
import type { Change } from "../model/change.ts";
import type { Severity } from "../model/finding.ts";
import type { SettingName, Settings } from "../model/policy.ts";
import type { Site } from "../model/site.ts";
import type { DesiredState } from "../policy/precedence.ts";
import type { ProbeReading } from "../probe/reading.ts";

/** What a rule says of one site, or of one host name of it (`target`). */
export type Verdict =
	| { readonly verdict: "in-sync"; readonly target: string | null }
	| ({ readonly verdict: "drifted"; readonly target: string | null } & Drift)
	| { readonly verdict: "unknown"; readonly target: string | null; readonly reason: string }
	| { readonly verdict: "not-applicable"; readonly target: null; readonly reason: string };

/** A difference that matters. */
export interface Drift {
	readonly severity: Severity;
	/** For people and programs, in the words of the message: `true`, `Required`, `/a;/b`. */
	readonly desired: string;
	readonly observed: string;
	/** Stands for `observed` where scans are compared, if that changes by the mere passing of time. */
	readonly fingerprint?: string;
	/** What the difference means for whom, as sentences. */
	readonly explanation: string;
	/** What brings the setting to its desired value. */
	readonly remedy: readonly Change[];
}

/** What a list of sites does not tell, and costs requests of its own. */
export type Need = "config" | "certificates" | "probe";

/** What a check may look at besides the site and its own setting. */
export interface RuleContext {
	/** What the policies want of all settings. */
	readonly desired: DesiredState;
	/** The subscription's, if the rule says that it needs them. */
	readonly certificates: CertificateReading;
	/** What the site said at its door, if the rule says that it needs that. */
	readonly probe: ProbeReading;
	/** Whether the drift of another rule on this site is accepted: then nobody mends it. */
	isAccepted(rule: string): boolean;
	readonly now: Date;
}

/** One check of one setting. `check` is asked only where the setting is governed, and is pure. */
export interface Rule<S extends SettingName = SettingName> {
	readonly id: string;
	readonly setting: S;
	/** For people, in half a sentence each: when it is drifted, and how severe that is. */
	readonly description: string;
	readonly severityNote: string;
	/** Whether it is checked on each host name by itself. */
	readonly perHostName?: true;
	/**
	 * The rules of what is configured, of which this one sees at the site's door whether it is enforced: it is asked only where
	 * the policies want `verify`, besides its own setting.
	 */
	readonly verifies?: readonly string[];
	/** Microsoft's page on the setting. */
	readonly learnMore: string;
	/** What the rule needs to judge this site; without it, nothing ever. */
	needs?(site: Site, desired: Settings[S]): readonly Need[];
	check(site: Site, desired: Settings[S], context: RuleContext): readonly Verdict[];
}

export function inSync(target: string | null = null): Verdict {
	return { verdict: "in-sync", target };
}

export function drifted(drift: Drift, target: string | null = null): Verdict {
	return { verdict: "drifted", target, ...drift };
}

export function unknown(reason: string, target: string | null = null): Verdict {
	return { verdict: "unknown", target, reason };
}

export function notApplicable(reason: string): Verdict {
	return { verdict: "not-applicable", target: null, reason };
}
