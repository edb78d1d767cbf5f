import {
	type ArmCertificate,
	type ArmHostNameSslState,
	type ArmSite,
	type ArmSiteConfig,
	type ArmSiteProperties,
	sslState,
} from "./arm-objects.ts";
import type { Fleet } from "./emulator.ts";
import { configTypes, resourceMembers, siteTypes } from "./property-types.ts";

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

/** An answer that is no JSON. */
export class XmlAnswer {
	readonly text: string;
	constructor(text: string) {
		this.text = text;
	}
}

interface ArmRequest {
	readonly method: string;
	readonly url: string;
	readonly body: string;
	readonly origin: string;
	readonly pageSize: number;
	readonly resourceListPageSize: number;
	readonly joinsTypes: boolean;
}

const siteId = String.raw`/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.web/sites/[^/]+(?:/slots/[^/]+)?`;

/** Answers one request, or throws an ArmError. */
export function answerArm(fleet: Fleet, request: ArmRequest): unknown {
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
		return page(listSubscriptions(fleet), url, request, request.pageSize);
	}
	const subscription = path.split("/")[2] ?? "";
	if (!fleet.subscriptions.has(subscription)) {
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
		const plan = readPlanFilter(url.searchParams.get("$filter"));
		for (const [id, object] of fleet[kind]) {
			if (!id.startsWith(`${scope}/`) || fleet.unlisted.has(id)) continue;
			if (plan !== undefined && String(object.properties.serverFarmId).toLowerCase() !== plan) continue;
			if (withSlots || object.type !== "Microsoft.Web/sites/slots") listed.push(object);
		}
		return page(listed, url, request, request.pageSize);
	}
	if (/^\/subscriptions\/[^/]+\/resources$/.test(path) && request.method === "GET") {
		const types = readFilter(url.searchParams.get("$filter") ?? "", request);
		return page(
			listResources(fleet, path.replace(/resources$/, ""), types),
			url,
			request,
			request.resourceListPageSize,
		);
	}
	if (new RegExp(`^${siteId}$`).test(path)) return answerSite(fleet, path, request);
	const config = new RegExp(`^(${siteId})/config/web$`).exec(path)?.[1];
	if (config !== undefined) return answerConfig(fleet, config, request);
	const settings = new RegExp(`^(${siteId})/config/appsettings/list$`).exec(path)?.[1];
	if (settings !== undefined && request.method === "POST") {
		// azure-cli asks for them before it sets a config.
		const { id, name, type, location } = findSite(fleet, settings);
		return { id: `${id}/config/appsettings`, name, type: `${type}/config`, location, properties: {} };
	}
	const profiles = new RegExp(`^(${siteId})/publishxml$`).exec(path)?.[1];
	if (profiles !== undefined && request.method === "POST") {
		// azure-cli shows them once it has bound a host name.
		const { defaultHostName } = findSite(fleet, profiles).properties;
		const profile = (method: string) => `<publishProfile publishMethod="${method}" publishUrl="${defaultHostName}" />`;
		return new XmlAnswer(`<publishData>${profile("MSDeploy")}${profile("FTP")}</publishData>`);
	}
	const binding = new RegExp(`^(${siteId})/hostnamebindings/([^/]+)$`).exec(path);
	if (binding !== null) {
		const [, site, hostName] = binding as unknown as [string, string, string];
		return answerHostName(fleet, site, hostName, request.method);
	}
	throw new ArmError(404, "InvalidResourceType", `There is no ${request.method} ${path} here.`);
}

/** Of a list of certificates; undefined where there is none. */
function readPlanFilter(filter: string | null): string | undefined {
	if (filter === null) return undefined;
	const plan = /^ServerFarmId eq '([^']+)'$/.exec(filter)?.[1];
	if (plan !== undefined) return plan.toLowerCase();
	throw new ArmError(400, "InvalidFilterInQueryString", `Invalid $filter '${filter}' specified in the query string.`);
}

function listSubscriptions(fleet: Fleet): unknown[] {
	return [...fleet.subscriptions].map(([subscriptionId, { displayName, state }]) => ({
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

function listResources(fleet: Fleet, below: string, types: readonly string[]): unknown[] {
	const ghosts = [...fleet.ghosts].map((id) => ({
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
	for (const [id, site] of fleet.sites) if (id.startsWith(below) && !fleet.uncounted.has(id)) listed.push(site);
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

function findSite(fleet: Fleet, path: string): ArmSite {
	const site = fleet.sites.get(path);
	if (site !== undefined) return site;
	const [, , , , resourceGroup, , , , name] = path.split("/");
	throw new ArmError(
		404,
		"ResourceNotFound",
		`The Resource 'Microsoft.Web/sites/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
	);
}

/** The shape is that of recorded responses; almost all of its many properties are left out. */
function answerConfig(fleet: Fleet, path: string, { method, body }: ArmRequest): unknown {
	const site = findSite(fleet, path);
	const listed = site.properties.siteConfig as ArmSiteConfig | null;
	const config = { minTlsVersion: "1.2", http20Enabled: listed?.http20Enabled ?? false, ...fleet.configs.get(path) };
	if (method === "PUT" || method === "PATCH") {
		Object.assign(config, readProperties(parseBody(body).properties ?? {}, configTypes));
		fleet.configs.set(path, config);
		if (listed !== null) listed.http20Enabled = config.http20Enabled;
	} else if (method !== "GET") throw new ArmError(405, "MethodNotAllowed", `${method} is not allowed here.`);
	const isRead = method === "GET";
	return {
		id: isRead ? `${site.id}/config/web` : site.id,
		// Of a slot, too, it is the site's.
		name: site.name.split("/")[0],
		type: isRead ? "Microsoft.Web/sites/config" : site.type,
		location: site.location,
		properties: { numberOfWorkers: 1, ftpsState: "FtpsOnly", scmMinTlsVersion: "1.2", ...config },
	};
}

function answerSite(fleet: Fleet, path: string, { method, body }: ArmRequest): unknown {
	const site = findSite(fleet, path);
	if (method === "GET") return site;
	if (method !== "PUT" && method !== "PATCH")
		throw new ArmError(405, "MethodNotAllowed", `${method} is not allowed here.`);
	const sent = parseBody(body);
	if (method === "PUT" && typeof sent.location !== "string") {
		throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
	}
	// Microsoft.Web leaves what a PUT or PATCH does not mention as it is.
	const changed: ArmSite = { ...site, properties: merge(fleet, site, sent.properties ?? {}) };
	if (sent.tags) changed.tags = sent.tags;
	fleet.sites.set(path, changed);
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
		if (typeof sent === "object" && sent !== null) {
			const stranger = Object.keys(sent).find((name) => !resourceMembers.has(name));
			if (stranger === undefined) return sent;
			const why = `Could not find member '${stranger}' on object of type 'ResourceDefinition'.`;
			throw new ArmError(400, "InvalidRequestContent", `The request content was invalid: '${why}'`);
		}
	} catch (error) {
		if (error instanceof ArmError) throw error;
	}
	throw new ArmError(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
}

/** Adds a custom host name, not bound yet, or takes one away; the shape is that of recorded responses. */
function answerHostName(fleet: Fleet, path: string, hostName: string, method: string): unknown {
	const site = findSite(fleet, path);
	const { properties } = site;
	const isThere = properties.hostNames.some((name) => name.toLowerCase() === hostName);
	const others = properties.hostNames.filter((name) => name.toLowerCase() !== hostName);
	const otherStates = properties.hostNameSslStates.filter(({ name }) => name.toLowerCase() !== hostName);
	const change = (hostNames: string[], hostNameSslStates: ArmHostNameSslState[]) =>
		fleet.sites.set(path, { ...site, properties: { ...properties, hostNames, hostNameSslStates } });
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
		// Of a slot, too.
		type: "Microsoft.Web/sites/hostNameBindings",
		location: site.location,
		properties: { siteName: properties.name, domainId: null, hostNameType: "Verified" },
	};
}

/** What is set: without nulls, which change nothing, and without what App Service does not know. */
function readProperties(
	sent: Readonly<Record<string, unknown>>,
	types: Readonly<Record<string, (value: unknown) => boolean>>,
): Record<string, unknown> {
	const set = Object.entries(sent).filter(([name, value]) => value !== null && types[name] !== undefined);
	for (const [name, value] of set) {
		if (types[name]?.(value)) continue;
		throw new ProviderError(400, "BadRequest", `The property '${name}' has an invalid value.`);
	}
	return Object.fromEntries(set);
}

function merge(fleet: Fleet, site: ArmSite, sent: Partial<ArmSiteProperties>): ArmSiteProperties {
	const set: Partial<ArmSiteProperties> = readProperties(sent, siteTypes);
	// The config is set by a request of its own.
	const { hostNameSslStates = [], siteConfig: _, ...plain } = set;
	const states = site.properties.hostNameSslStates.map((state) => {
		const update = hostNameSslStates.find(
			({ name, toUpdate }) => toUpdate && name.toLowerCase() === state.name.toLowerCase(),
		);
		return update === undefined ? state : bind(fleet, site, state, update);
	});
	for (const { name, toUpdate } of hostNameSslStates) {
		if (toUpdate && !states.some((state) => state.name.toLowerCase() === name.toLowerCase())) {
			throw new ProviderError(404, "NotFound", `Cannot find the host name ${name}.`);
		}
	}
	return { ...site.properties, ...plain, hostNameSslStates: states };
}

function bind(
	fleet: Fleet,
	site: ArmSite,
	state: ArmHostNameSslState,
	update: ArmHostNameSslState,
): ArmHostNameSslState {
	const subscription = site.id.split("/").slice(0, 3).join("/").toLowerCase();
	const held = [...fleet.certificates].some(
		([id, { properties }]) => id.startsWith(`${subscription}/`) && properties.thumbprint === update.thumbprint,
	);
	if (update.sslState !== "Disabled" && !held) {
		throw new ProviderError(404, "NotFound", `Cannot find Certificate with thumbprint ${update.thumbprint}.`);
	}
	const { sslState, thumbprint } = update;
	return { ...state, sslState, thumbprint: sslState === "Disabled" ? null : thumbprint };
}
