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
