import {
	type ArmCertificate,
	type ArmHostNameSslState,
	type ArmSite,
	type ArmSiteConfig,
	type ArmSiteProperties,
	sslState,
} from "./arm-objects.ts";
import type { Estate } from "./stand-in.ts";

/** A refusal of Resource Manager; the shapes of `content` are those of recorded responses. */
export class ArmError extends Error {
	readonly status: number;
	readonly content: unknown;
	constructor(status: number, code: string, message: string) {
		super(message);
		this.status = status;
		this.content = { error: { code, message } };
	}
}

/** Microsoft.Web refuses in a shape of its own. */
class ProviderError extends ArmError {
	override readonly content: unknown;
	constructor(status: number, code: string, message: string) {
		super(status, code, message);
		this.content = {
			Code: code,
			Message: message,
			Target: null,
			Details: [{ Message: message }, { Code: code }, { ErrorEntity: { Code: code, Message: message } }],
			Innererror: null,
		};
	}
}

interface ArmRequest {
	readonly method: string;
	readonly url: string;
	readonly body: string;
	readonly origin: string;
	readonly pageSize: number;
	readonly censusPageSize: number;
	readonly joinsTypes: boolean;
}

const siteId = String.raw`/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.web/sites/[^/]+(?:/slots/[^/]+)?`;

/** Answers one request, or throws an ArmError. */
export function answerArm(estate: Estate, request: ArmRequest): unknown {
	const url = new URL(request.url, request.origin);
	const path = decodeURIComponent(url.pathname).toLowerCase().replace(/\/$/, "");
	if (!/^\d{4}-\d{2}-\d{2}(?:-preview)?$/.test(url.searchParams.get("api-version") ?? "")) {
		throw new ArmError(
			400,
			"MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.",
		);
	}
	if (path === "/subscriptions") {
		return page(listSubscriptions(estate), url, request, request.pageSize);
	}
	const subscription = path.split("/")[2] ?? "";
	if (!estate.subscriptions.has(subscription)) {
		throw new ArmError(404, "SubscriptionNotFound", `The subscription '${subscription}' could not be found.`);
	}
	const list =
		/^(\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?)\/providers\/microsoft\.web\/(sites|certificates)$/.exec(
			path,
		);
	if (list !== null && request.method === "GET") {
		const [, scope, kind] = list as unknown as [string, string, "sites" | "certificates"];
		// The list of a subscription has no slots, whatever is asked for.
		const withSlots = scope.includes("/resourcegroups/") && url.searchParams.get("includeSlots") === "true";
		const listed: (ArmSite | ArmCertificate)[] = [];
		for (const [id, object] of estate[kind]) {
			if (!id.startsWith(`${scope}/`) || estate.unlisted.has(id)) continue;
			if (withSlots || object.type !== "Microsoft.Web/sites/slots") listed.push(object);
		}
		return page(listed, url, request, request.pageSize);
	}
	if (/^\/subscriptions\/[^/]+\/resources$/.test(path) && request.method === "GET") {
		const types = readFilter(url.searchParams.get("$filter") ?? "", request);
		return page(listResources(estate, path.replace(/resources$/, ""), types), url, request, request.censusPageSize);
	}
	if (new RegExp(`^${siteId}$`).test(path)) return answerSite(estate, path, request);
	const config = new RegExp(`^(${siteId})/config/web$`).exec(path)?.[1];
	if (config !== undefined) return answerConfig(estate, config, request);
	const settings = new RegExp(`^(${siteId})/config/appsettings/list$`).exec(path)?.[1];
	if (settings !== undefined && request.method === "POST") {
		// azure-cli asks for them before it sets a config.
		const { id, name, type, location } = findSite(estate, settings);
		return { id: `${id}/config/appsettings`, name, type: `${type}/config`, location, properties: {} };
	}
	const binding = new RegExp(`^(${siteId})/hostnamebindings/([^/]+)$`).exec(path);
	if (binding !== null) {
		const [, site, hostName] = binding as unknown as [string, string, string];
		return answerHostName(estate, site, hostName, request.method);
	}
	throw new ArmError(404, "InvalidResourceType", `There is no ${request.method} ${path} here.`);
}

function listSubscriptions(estate: Estate): unknown[] {
	return [...estate.subscriptions].map(([subscriptionId, { displayName, state }]) => ({
		id: `/subscriptions/${subscriptionId}`,
		authorizationSource: "RoleBased",
		managedByTenants: [],
		subscriptionId,
		tenantId: "00000000-0000-0000-0000-0000000000aa",
		displayName,
		state,
		subscriptionPolicies: {
			locationPlacementId: "Public_2014-09-01",
			quotaId: "PayAsYouGo_2014-09-01",
			spendingLimit: "Off",
		},
	}));
}

/** Refuses what it does not know, as ARM does. */
function readFilter(filter: string, { joinsTypes }: ArmRequest): string[] {
	const conditions = filter.split(/ or /i).map((condition) => /^resourceType eq '([^']+)'$/i.exec(condition.trim()));
	if (conditions.some((condition) => condition === null) || (conditions.length > 1 && !joinsTypes)) {
		throw new ArmError(400, "InvalidFilterInQueryString", `Invalid $filter '${filter}' specified in the query string.`);
	}
	return conditions.map((condition) => (condition?.[1] ?? "").toLowerCase());
}

function listResources(estate: Estate, below: string, types: readonly string[]): unknown[] {
	const ghosts = [...estate.ghosts].map((id) => ({
		id,
		name: id
			.split("/")
			.slice(8)
			.filter((_, index) => index % 2 === 0)
			.join("/"),
		type: id.includes("/slots/") ? "Microsoft.Web/sites/slots" : "Microsoft.Web/sites",
		kind: "app",
		location: "westeurope",
	}));
	const listed: { id: string; name: string; type: string; kind: string | null; location: string }[] = [];
	for (const [id, site] of estate.sites) if (id.startsWith(below) && !estate.uncounted.has(id)) listed.push(site);
	for (const ghost of ghosts) if (ghost.id.toLowerCase().startsWith(below)) listed.push(ghost);
	return listed
		.filter(({ type }) => types.includes(type.toLowerCase()))
		.map(({ id, name, type, kind, location }) => ({ id, name, type, kind, location }));
}

/** A nextLink is opaque, and no part of it may be guessed: the place to go on from is wrapped in base64. */
function page<T>(items: readonly T[], url: URL, { origin }: ArmRequest, pageSize: number): unknown {
	const skip = url.searchParams.get("$skiptoken");
	const start = skip === null ? 0 : Number(Buffer.from(skip, "base64url").toString().replace("from:", ""));
	const end = start + pageSize;
	if (end >= items.length) return { value: items.slice(start), nextLink: null, id: null };
	const next = new URL(url.pathname, origin);
	for (const [name, value] of url.searchParams) next.searchParams.set(name, value);
	next.searchParams.set("$skiptoken", Buffer.from(`from:${end}`).toString("base64url"));
	return { value: items.slice(start, end), nextLink: next.href, id: null };
}

function findSite(estate: Estate, path: string): ArmSite {
	const site = estate.sites.get(path);
	if (site !== undefined) return site;
	const [, , , , resourceGroup, , , , name] = path.split("/");
	throw new ArmError(
		404,
		"ResourceNotFound",
		`The Resource 'Microsoft.Web/sites/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
	);
}

/** The shape is that of recorded responses; almost all of its many properties are left out. */
function answerConfig(estate: Estate, path: string, { method, body }: ArmRequest): unknown {
	const site = findSite(estate, path);
	const listed = site.properties.siteConfig as ArmSiteConfig | null;
	const config = { minTlsVersion: "1.2", http20Enabled: listed?.http20Enabled ?? false, ...estate.configs.get(path) };
	if (method === "PUT" || method === "PATCH") {
		const sent = (parseBody(body).properties ?? {}) as Record<string, unknown>;
		for (const [name, valid] of Object.entries(configTypes)) {
			const value = sent[name];
			if (value === null || value === undefined) continue;
			if (!valid(value)) throw new ProviderError(400, "BadRequest", `The property '${name}' has an invalid value.`);
			Object.assign(config, { [name]: value });
		}
		estate.configs.set(path, config);
		if (listed !== null) listed.http20Enabled = config.http20Enabled;
	} else if (method !== "GET") throw new ArmError(405, "MethodNotAllowed", `${method} is not allowed here.`);
	return {
		id: `${site.id}/config/web`,
		name: site.name,
		type: `${site.type}/config`,
		location: site.location,
		properties: { numberOfWorkers: 1, ftpsState: "FtpsOnly", scmMinTlsVersion: "1.2", ...config },
	};
}

const configTypes: Record<keyof ArmSiteConfig, (value: unknown) => boolean> = {
	minTlsVersion: (value) => ["1.0", "1.1", "1.2", "1.3"].includes(value as string),
	http20Enabled: (value) => typeof value === "boolean",
};

function answerSite(estate: Estate, path: string, { method, body }: ArmRequest): unknown {
	const site = findSite(estate, path);
	if (method === "GET") return site;
	if (method !== "PUT" && method !== "PATCH")
		throw new ArmError(405, "MethodNotAllowed", `${method} is not allowed here.`);
	const sent = parseBody(body);
	if (method === "PUT" && typeof sent.location !== "string") {
		throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
	}
	// Microsoft.Web leaves what a PUT or PATCH does not mention as it is.
	const changed: ArmSite = { ...site, properties: merge(estate, site, sent.properties ?? {}) };
	if (sent.tags !== undefined) changed.tags = sent.tags;
	estate.sites.set(path, changed);
	return changed;
}

interface SentSite {
	readonly location?: unknown;
	readonly tags?: Record<string, string> | null;
	readonly properties?: Partial<ArmSiteProperties>;
}

function parseBody(body: string): SentSite {
	try {
		const sent: unknown = JSON.parse(body);
		if (typeof sent === "object" && sent !== null) return sent;
	} catch {
		// refused below
	}
	throw new ArmError(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
}

/** Adds a custom host name, not bound yet, or takes one away; the shape is that of recorded responses. */
function answerHostName(estate: Estate, path: string, hostName: string, method: string): unknown {
	const site = findSite(estate, path);
	const { properties } = site;
	const isThere = properties.hostNames.some((name) => name.toLowerCase() === hostName);
	const others = properties.hostNames.filter((name) => name.toLowerCase() !== hostName);
	const otherStates = properties.hostNameSslStates.filter(({ name }) => name.toLowerCase() !== hostName);
	const change = (hostNames: string[], hostNameSslStates: ArmHostNameSslState[]) =>
		estate.sites.set(path, { ...site, properties: { ...properties, hostNames, hostNameSslStates } });
	if (method === "PUT") {
		if (!isThere) change([...others, hostName], [...otherStates, sslState(hostName, null)]);
	} else if (method === "DELETE") {
		if (!isThere) throw new ProviderError(404, "NotFound", `Cannot find the host name ${hostName}.`);
		if (hostName === properties.defaultHostName.toLowerCase()) {
			throw new ProviderError(409, "Conflict", `The host name ${hostName} cannot be deleted.`);
		}
		change(others, otherStates);
	} else throw new ArmError(405, "MethodNotAllowed", `${method} is not allowed here.`);
	return {
		id: `${site.id}/hostNameBindings/${hostName}`,
		name: `${site.name}/${hostName}`,
		type: `${site.type}/hostNameBindings`,
		location: site.location,
		properties: { siteName: properties.name, domainId: null, hostNameType: "Verified" },
	};
}

const types: Record<string, (value: unknown) => boolean> = {
	httpsOnly: (value) => typeof value === "boolean",
	clientCertEnabled: (value) => typeof value === "boolean",
	clientCertMode: (value) => ["Required", "Optional", "OptionalInteractiveUser"].includes(value as string),
	clientCertExclusionPaths: (value) => typeof value === "string",
	hostNameSslStates: (value) => Array.isArray(value),
};

function merge(estate: Estate, site: ArmSite, sent: Partial<ArmSiteProperties>): ArmSiteProperties {
	const { hostNameSslStates = [], hostNames: _readOnly, ...plain } = sent;
	for (const [name, value] of Object.entries(sent)) {
		if (value === null || types[name]?.(value) !== false) continue;
		throw new ProviderError(400, "BadRequest", `The property '${name}' has an invalid value.`);
	}
	const set = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== null));
	const states = site.properties.hostNameSslStates.map((state) => {
		const update = hostNameSslStates.find(
			({ name, toUpdate }) => toUpdate && name.toLowerCase() === state.name.toLowerCase(),
		);
		return update === undefined ? state : bind(estate, site, state, update);
	});
	for (const { name, toUpdate } of hostNameSslStates) {
		if (toUpdate && !states.some((state) => state.name.toLowerCase() === name.toLowerCase())) {
			throw new ProviderError(404, "NotFound", `Cannot find the host name ${name}.`);
		}
	}
	return { ...site.properties, ...set, hostNameSslStates: states };
}

function bind(
	estate: Estate,
	site: ArmSite,
	state: ArmHostNameSslState,
	update: ArmHostNameSslState,
): ArmHostNameSslState {
	const subscription = site.id.split("/").slice(0, 3).join("/").toLowerCase();
	const held = [...estate.certificates].some(
		([id, { properties }]) => id.startsWith(`${subscription}/`) && properties.thumbprint === update.thumbprint,
	);
	if (update.sslState !== "Disabled" && !held) {
		throw new ProviderError(404, "NotFound", `Cannot find Certificate with thumbprint ${update.thumbprint}.`);
	}
	const { sslState, thumbprint } = update;
	return { ...state, sslState, thumbprint: sslState === "Disabled" ? null : thumbprint };
}
