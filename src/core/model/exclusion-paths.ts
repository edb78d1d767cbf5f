/**
 * Splits ARM's text as App Service does, at `,` and `;`, into a sorted set in lower case: neither case nor order matters to it.
 * Source: https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth
 */
export function parseExclusionPaths(text: string): readonly string[] {
	const paths = text
		.toLowerCase()
		.split(/[,;]/)
		.map((path) => path.trim())
		.filter(Boolean);
	return [...new Set(paths)].sort();
}

const longestText = 4000;

/** For people: `none`, or the paths joined by `;`, cut where nobody would read on and no message could hold it. */
export function describeExclusionPaths(paths: readonly string[]): string {
	const text = paths.length === 0 ? "none" : paths.join(";");
	return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${paths.length} paths)`;
}

/**
 * Says of each broad path what it lays open: a path covers everything that starts with it. Broad is one that covers all, a
 * whole API, or what lies beside a desired path, since it covers that one's parent too.
 */
export function explainBroadPaths(observed: readonly string[], desired: readonly string[]): readonly string[] {
	const isThere = new Set(observed);
	const all = [...new Set([...observed, ...desired])];
	const coveringOf = coveringIn(all);
	const innerOf = new Map<string, string>();
	for (const inner of desired) {
		for (const path of coveringOf(parentOf(inner))) if (!innerOf.has(path)) innerOf.set(path, inner);
	}
	return all.flatMap((path) => {
		if (path === "/") {
			return isThere.has(path)
				? ["The path / covers every path: no caller needs a client certificate."]
				: ["The desired path / would cover every path: no caller would need a client certificate."];
		}
		if ("/api/".startsWith(path)) return [`The path ${path} is broad: it covers the whole of /api.`];
		const inner = innerOf.get(path);
		if (inner === undefined) return [];
		return [
			`The path ${shorten(path)} is broad: it covers all of ${shorten(parentOf(inner))}, not only ${shorten(inner)}.`,
		];
	});
}

/** Gives those paths of a set that cover another: that it starts with. */
export function coveringIn(paths: readonly string[]): (path: string) => readonly string[] {
	const known = new Set(paths);
	const lengths = [...new Set(paths.map(({ length }) => length))];
	return (path) =>
		lengths
			.filter((length) => length <= path.length)
			.map((length) => path.slice(0, length))
			.filter((start) => known.has(start));
}

function parentOf(path: string): string {
	return path.slice(0, path.replace(/\/$/, "").lastIndexOf("/"));
}

/** The first few, each cut where it is long: the whole set stands beside the explanation. */
export function listSomePaths(paths: readonly string[], conjunction: string): string {
	const shown = paths.slice(0, 5).map(shorten);
	if (paths.length > 5) shown.push(`${paths.length - 5} more`);
	return shown.join(` ${conjunction} `);
}

function shorten(path: string): string {
	return path.length <= 100 ? path : `${path.slice(0, 100)}…`;
}
