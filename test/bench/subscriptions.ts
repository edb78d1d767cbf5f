/** The ID of the n-th subscription of the benchmark. */
export function subscriptionId(number: number): string {
	return `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
}
