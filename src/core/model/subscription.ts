export interface Subscription {
	readonly id: string;
	readonly name: string;
}

/** Those that are not among others, by their IDs without case. */
export function withoutThose(some: readonly Subscription[], others: readonly Subscription[]): readonly Subscription[] {
	const ids = new Set(others.map(({ id }) => id.toLowerCase()));
	return some.filter(({ id }) => !ids.has(id.toLowerCase()));
}
