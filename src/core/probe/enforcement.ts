/** What is configured against what is enforced, of one rule on one host name, in the order in which they are counted. */
const outcomes = [
	"compliantAndEnforced",
	"compliantNotEnforced",
	"nonCompliantEnforced",
	"nonCompliantNotEnforced",
	"inconclusive",
] as const;
export type EnforcementOutcome = (typeof outcomes)[number];

/** How many rules of how many host names stand so. */
export type EnforcementCounts = Readonly<Record<EnforcementOutcome, number>>;

export const outcomeNames: Readonly<Record<EnforcementOutcome, string>> = {
	compliantAndEnforced: "right and enforced",
	compliantNotEnforced: "right but open",
	nonCompliantEnforced: "wrong but closed",
	nonCompliantNotEnforced: "wrong and open",
	inconclusive: "could not tell",
};

/** What one rule says of one host name; of all, where no host name could be asked. */
export interface EnforcementResult {
	readonly hostName: string | null;
	readonly rule: string;
	readonly configured: "right" | "wrong" | "unknown";
	readonly enforced: "yes" | "no" | "unknown";
	readonly outcome: EnforcementOutcome;
}

export function enforcementOutcome(
	configured: EnforcementResult["configured"],
	enforced: EnforcementResult["enforced"],
): EnforcementOutcome {
	if (configured === "unknown" || enforced === "unknown") return "inconclusive";
	if (configured === "right") return enforced === "yes" ? "compliantAndEnforced" : "compliantNotEnforced";
	return enforced === "yes" ? "nonCompliantEnforced" : "nonCompliantNotEnforced";
}

export const noEnforcement = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as EnforcementCounts;

export function countEnforcement(some: readonly EnforcementResult[]): EnforcementCounts {
	const counts = { ...noEnforcement };
	for (const { outcome } of some) counts[outcome] += 1;
	return counts;
}

/** Null where there are none. */
export function sumEnforcement(some: readonly EnforcementCounts[]): EnforcementCounts | null {
	const [first, ...rest] = some;
	if (first === undefined) return null;
	const add = (outcome: EnforcementOutcome) => rest.reduce((sum, counts) => sum + counts[outcome], first[outcome]);
	return Object.fromEntries(outcomes.map((outcome) => [outcome, add(outcome)])) as EnforcementCounts;
}

/** The names of the outcomes in rows and in the JSON of `verify`, which programs and earlier versions read. */
export const publicOutcomeNames = {
	compliantAndEnforced: "rightAndEnforced",
	compliantNotEnforced: "rightButOpen",
	nonCompliantEnforced: "wrongButClosed",
	nonCompliantNotEnforced: "wrongAndOpen",
	inconclusive: "couldNotTell",
} as const satisfies Record<EnforcementOutcome, string>;

export function toPublicNames(
	counts: EnforcementCounts,
): Readonly<Record<(typeof publicOutcomeNames)[EnforcementOutcome], number>> {
	return Object.fromEntries(outcomes.map((outcome) => [publicOutcomeNames[outcome], counts[outcome]])) as ReturnType<
		typeof toPublicNames
	>;
}
