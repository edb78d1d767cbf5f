/** An ARM ID prefix as people write it, for example `/subscriptions/S/resourceGroups/G`; `/` is everything. */
export type Scope = string;

const scopeShape =
	/^\/(?:subscriptions\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:\/resourceGroups\/[^/]+(?:\/providers\/Microsoft\.Web\/sites\/[^/]+(?:\/slots\/[^/]+)?)?)?)?$/i;

/** Reads a scope, forgiving stray spaces and a trailing slash; undefined when it is not one of the five forms. */
export function parseScope(text: string): Scope | undefined {
	const given = text.trim();
	// Longer than any ID can be.
	if (given.length > 2000) return undefined;
	const scope = given.replace(/(?<=[^/])\/+$/, "");
	return scopeShape.test(scope) ? scope : undefined;
}

/** Whether a resource is the scope or lies below it; cut at `/`, so that `…/pay` does not cover `…/payments`. */
export function scopeCovers(scope: Scope, resourceId: string): boolean {
	if (scope === "/") return true;
	const prefix = scope.toLowerCase();
	const id = resourceId.toLowerCase();
	return id === prefix || id.startsWith(`${prefix}/`);
}

/** Every scope that covers a resource, in lower case. */
export function scopesAbove(resourceId: string): readonly Scope[] {
	const id = resourceId.toLowerCase();
	const scopes = ["/"];
	for (let end = id.indexOf("/", 1); end > 0; end = id.indexOf("/", end + 1)) scopes.push(id.slice(0, end));
	scopes.push(id);
	return scopes;
}

/** The number of segments: of two scopes that cover the same site, the deeper one is the more specific. */
export function scopeDepth(scope: Scope): number {
	return scope.split("/").filter(Boolean).length;
}

/** Whether a scope is one site or one slot. */
export function isSiteScope(scope: Scope): boolean {
	return scopeDepth(scope) >= 8;
}
