/** From worst to least. */
export const severities = ["critical", "high", "medium", "low"] as const;

export type Severity = (typeof severities)[number];

/** Orders the worst severity first. */
export function compareSeverity(a: Severity, b: Severity): number {
	return severities.indexOf(a) - severities.indexOf(b);
}
