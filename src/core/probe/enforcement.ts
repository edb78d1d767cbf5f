/** What is configured against what is enforced, of one rule on one host name, in the order in which they are counted. */
const standings = ["rightAndEnforced", "rightButOpen", "wrongButClosed", "wrongAndOpen", "couldNotTell"] as const;
export type Standing = (typeof standings)[number];

/** How many rules of how many host names stand so. */
export type DoorCounts = Readonly<Record<Standing, number>>;

export const standingNames: Readonly<Record<Standing, string>> = {
	rightAndEnforced: "right and enforced",
	rightButOpen: "right but open",
	wrongButClosed: "wrong but closed",
	wrongAndOpen: "wrong and open",
	couldNotTell: "could not tell",
};

/** What one rule says of one host name; of all, where no host name could be asked. */
export interface DoorStanding {
	readonly hostName: string | null;
	readonly rule: string;
	readonly configured: "right" | "wrong" | "unknown";
	readonly enforced: "yes" | "no" | "unknown";
	readonly standing: Standing;
}

export function standingOf(configured: DoorStanding["configured"], enforced: DoorStanding["enforced"]): Standing {
	if (configured === "unknown" || enforced === "unknown") return "couldNotTell";
	if (configured === "right") return enforced === "yes" ? "rightAndEnforced" : "rightButOpen";
	return enforced === "yes" ? "wrongButClosed" : "wrongAndOpen";
}

export const nothingAsked = Object.fromEntries(standings.map((standing) => [standing, 0])) as DoorCounts;

export function countStandings(some: readonly DoorStanding[]): DoorCounts {
	const counts = { ...nothingAsked };
	for (const { standing } of some) counts[standing] += 1;
	return counts;
}

/** Null where there are none. */
export function sumDoors(some: readonly DoorCounts[]): DoorCounts | null {
	const [first, ...rest] = some;
	if (first === undefined) return null;
	const add = (standing: Standing) => rest.reduce((sum, counts) => sum + counts[standing], first[standing]);
	return Object.fromEntries(standings.map((standing) => [standing, add(standing)])) as DoorCounts;
}
