/** Does something once, when it is asked for first, for all who ask; anew after a failure, which may be over by then. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
	let doing: Promise<T> | undefined;
	return () => {
		doing ??= work().catch((error) => {
			doing = undefined;
			throw error;
		});
		return doing;
	};
}
