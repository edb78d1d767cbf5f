import type { ArmCertificate, ArmHostNameSslState, ArmSite, ArmSiteProperties } from "./arm-objects.ts";
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
		return page(listSubscriptions(estate), url, request);
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
		const below = [...estate[kind].entries()].filter(([id]) => id.startsWith(`${scope}/`)).map(([, object]) => object);
		return page<ArmSite | ArmCertificate>(
			below.filter(({ type }) => type !== "Microsoft.Web/sites/slots"),
			url,
			request,
		);
	}
	if (new RegExp(`^${siteId}$`).test(path)) return answerSite(estate, path, request);
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

/** A nextLink is opaque, and no part of it may be guessed: the place to go on from is wrapped in base64. */
function page<T>(items: readonly T[], url: URL, { origin, pageSize }: ArmRequest): unknown {
	const skip = url.searchParams.get("$skiptoken");
	const start = skip === null ? 0 : Number(Buffer.from(skip, "base64url").toString().replace("from:", ""));
	const end = start + pageSize;
	if (end >= items.length) return { value: items.slice(start), nextLink: null, id: null };
	const next = new URL(url.pathname, origin);
	next.searchParams.set("api-version", url.searchParams.get("api-version") as string);
	next.searchParams.set("$skiptoken", Buffer.from(`from:${end}`).toString("base64url"));
	return { value: items.slice(start, end), nextLink: next.href, id: null };
}

function answerSite(estate: Estate, path: string, { method, body }: ArmRequest): unknown {
	const site = estate.sites.get(path);
	if (site === undefined) {
		const [, , , , resourceGroup, , , , name] = path.split("/");
		throw new ArmError(
			404,
			"ResourceNotFound",
			`The Resource 'Microsoft.Web/sites/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
		);
	}
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
