/** A page as the SDKs hand it over, with the link to the next. */
export type Page<T> = readonly T[] & { readonly continuationToken?: string };

/**
 * All pages, each asked for while the one before is worked on. `read` is given no link for the first.
 * Throws when a page leads back to one that was read.
 */
export async function* readPages<T>(read: (link?: string) => Promise<Page<T>>): AsyncGenerator<Page<T>> {
	const followed = new Set<string>();
	let coming: Promise<Page<T>> | undefined = read();
	while (coming !== undefined) {
		const page: Page<T> = await coming;
		// ARM can end a list with an empty link.
		const next = page.continuationToken || undefined;
		if (next !== undefined && followed.has(next)) throw new Error("ARM's pages lead in a circle");
		if (next === undefined) coming = undefined;
		else {
			followed.add(next);
			coming = read(next);
			// Its failure is told when it is waited for, which can be later than Node would wait for a handler.
			coming.catch(() => {});
		}
		yield page;
	}
}

/** The next page of one of the SDK's lists. */
export function fromSdk<T>(list: {
	byPage(settings?: { continuationToken?: string }): AsyncIterator<Page<T>>;
}): (link?: string) => Promise<Page<T>> {
	return async (link) => {
		const { value, done } = await list.byPage(link === undefined ? {} : { continuationToken: link }).next();
		return done ? [] : value;
	};
}
