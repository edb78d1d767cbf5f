import { type Scope, scopesAbove } from "./scope.ts";

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

/** Gives the exemption of any finding; null where there is none. */
export type ExemptionOf = (finding: Exemptible) => Exemption | null;

/** Sorts the exemptions once, so that a finding looks only at those of its own place and rule: of several, the one that holds longest. */
export function indexExemptions(exemptions: readonly Exemption[], now: Date): ExemptionOf {
	const inForce = exemptions
		.filter((exemption) => !hasExpired(exemption, now))
		.toSorted((a, b) => b.expiresOn.getTime() - a.expiresOn.getTime() || (a.name < b.name ? -1 : 1));
	const byScopeAndRule = Map.groupBy(inForce.entries(), ([, { scope, rule }]) => indexKey(scope.toLowerCase(), rule));
	return ({ resourceId, rule, target }) => {
		if (inForce.length === 0) return null;
		const host = target?.toLowerCase();
		const found = scopesAbove(resourceId).flatMap((scope) =>
			[rule, "*"].flatMap((wanted) => {
				const first = byScopeAndRule
					.get(indexKey(scope, wanted))
					?.find(([, exemption]) => exemption.target === null || exemption.target.toLowerCase() === host);
				return first === undefined ? [] : [first];
			}),
		);
		const [best] = found.toSorted(([a], [b]) => a - b);
		return best === undefined ? null : best[1];
	};
}

function indexKey(scope: Scope, rule: string): string {
	return `${rule} ${scope}`;
}
