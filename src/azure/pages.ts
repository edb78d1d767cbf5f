/** A page as the SDKs hand it over, with the link to the next. */
type Page<T> = readonly T[] & { readonly continuationToken?: string };

/** The items of all pages, one page at a time. Throws when a page leads back to one that was read. */
export async function* readPages<T>(pages: AsyncIterable<Page<T>>): AsyncGenerator<T> {
	const followed = new Set<string>();
	for await (const page of pages) {
		yield* page;
		const { continuationToken: next } = page;
		if (next === undefined) return;
		if (followed.has(next)) throw new Error("ARM's pages lead in a circle");
		followed.add(next);
	}
}
