import type { Desired, SettingName, Settings } from "./policy.ts";
import type { Change } from "./remediation.ts";
import type { Site } from "./site.ts";

/** From worst to least. */
export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

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
	/** What the difference means for whom, as sentences. */
	readonly explanation: string;
	/** What brings the setting to its desired value. */
	readonly remedy: readonly Change[];
}

/** What all policies together want of one site. */
export type DesiredState = { readonly [S in SettingName]: Desired<Settings[S]> };

/** One check of one setting. `check` is asked only where the setting is governed, and is pure. */
export interface Rule<S extends SettingName = SettingName> {
	readonly id: string;
	readonly setting: S;
	/** Microsoft's page on the setting. */
	readonly learnMore: string;
	/** Whether the rule needs what only the site's `config/web` tells, which is a request of its own. Without it: never. */
	needsConfig?(site: Site, desired: Settings[S]): boolean;
	check(site: Site, desired: Settings[S], others: DesiredState): readonly Verdict[];
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
