import type { Scope } from "./scope.ts";
import { scopeCovers } from "./scope.ts";

/** Why a drift is accepted: a risk that is borne, or one that something else takes away. */
export const exemptionCategories = ["waiver", "mitigated"] as const;

/** An accepted drift: one row of the table `DriftExemption`. It marks findings and never hides them. */
export interface Exemption {
	readonly name: string;
	readonly scope: Scope;
	/** A rule's ID, or `*` for all. */
	readonly rule: string;
	/** Only findings on this host name; null for all. */
	readonly target: string | null;
	readonly category: (typeof exemptionCategories)[number];
	readonly reason: string;
	readonly owner: string;
	/** From then on it exempts nothing. */
	readonly expiresOn: Date;
}

/** What an exemption is compared with. */
interface Exemptible {
	readonly resourceId: string;
	readonly rule: string;
	readonly target: string | null;
}

export function hasExpired({ expiresOn }: Pick<Exemption, "expiresOn">, now: Date): boolean {
	return expiresOn <= now;
}

/** The exemption of a finding: of several, the one that holds longest. */
export function exemptionOf(
	{ resourceId, rule, target }: Exemptible,
	exemptions: readonly Exemption[],
	now: Date,
): Exemption | null {
	const [longest] = exemptions
		.filter(
			(exemption) =>
				!hasExpired(exemption, now) &&
				(exemption.rule === "*" || exemption.rule === rule) &&
				(exemption.target === null || exemption.target.toLowerCase() === target?.toLowerCase()) &&
				scopeCovers(exemption.scope, resourceId),
		)
		.toSorted((a, b) => b.expiresOn.getTime() - a.expiresOn.getTime() || (a.name < b.name ? -1 : 1));
	return longest ?? null;
}
