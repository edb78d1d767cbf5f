import * as z from "zod";
import { parseExclusionPaths } from "../core/model/exclusion-paths.ts";
import { exemptionCategories } from "../core/model/exemption.ts";
import { isAzureHostName, isHostName } from "../core/model/host-name.ts";
import { type DesiredBinding, desiredSslStates, type SettingName } from "../core/model/policy.ts";
import { parseScope } from "../core/model/scope.ts";
import { clientCertModes, siteKinds, tlsVersions } from "../core/model/site.ts";
import { rules } from "../core/rules/index.ts";
import { oneOf, text } from "./fields.ts";

/** Table Storage takes no more in one cell: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
const list = text.max(32_768, "must not be longer than 32,768 characters");

const scope = text
	.transform((value, context) => {
		const parsed = parseScope(value);
		if (parsed !== undefined) return parsed;
		context.addIssue(
			"takes /, /subscriptions/ID, /subscriptions/ID/resourceGroups/NAME, or the resource ID of a site or slot",
		);
		return z.NEVER;
	})
	.meta({ description: "Which sites: /, or the ARM ID of a subscription, resource group, site or slot." });

const tag = text
	.transform((value, context) => {
		const separator = value.indexOf("=");
		const name = value.slice(0, Math.max(separator, 0)).trim();
		const wanted = value.slice(separator + 1).trim();
		if (name !== "" && wanted !== "") return { name, value: wanted === "*" ? null : wanted };
		context.addIssue("takes name=value, or name=* for any value");
		return z.NEVER;
	})
	.meta({ description: "Only sites with this tag: name=value, or name=* for any value." });

/** Which sites a policy governs. */
const selectorColumns = {
	scope,
	tag,
	kind: oneOf(...siteKinds).meta({ description: "Only sites of this kind." }),
} as const;

const tlsVersion = oneOf(...tlsVersions, "Any");
const takesDays = "takes a whole number of days, or Any";

const flag = z
	.union([z.boolean(), oneOf("true", "false", "Any")], "takes true, false or Any")
	.transform((value) => (value === "Any" ? value : value === true || value === "true"));

/** What a policy wants of them. `Any` stops inheriting. */
export const settingColumns = {
	httpsOnly: flag.meta({ description: "Whether plain http is redirected to https." }),
	clientCertMode: oneOf(...clientCertModes, "Any").meta({
		description: "ARM's clientCertMode, or Ignore for clientCertEnabled: false.",
	}),
	clientCertExclusionPaths: list
		.transform((value, context) => {
			if (isAny(value)) return "Any" as const;
			const paths = parseExclusionPaths(value);
			if (paths.every((path) => path.startsWith("/") && !/\p{Cc}/u.test(path))) return paths;
			context.addIssue("takes paths that start with /, split by ; or , (the empty text for none), or Any");
			return z.NEVER;
		})
		.meta({
			description:
				"Just these paths do without a client certificate: /health;/webhooks/github, empty for none, or Any.",
		}),
	customDomainTls: oneOf(...desiredSslStates, "Any").meta({
		description: "How every custom host name is bound to a certificate; Bound is either way.",
	}),
	domainBindings: list.transform(readDomainBindings).meta({
		description:
			"Just these custom host names: host, host=SniEnabled or host=SniEnabled:THUMBPRINT, split by ;. For the scope of one site or slot.",
	}),
	certificateMinDays: z
		.union(
			[
				z.int(takesDays).nonnegative(takesDays).max(999_999, takesDays),
				text.regex(/^(?:\d{1,6}|[Aa][Nn][Yy])$/, takesDays),
			],
			takesDays,
		)
		.transform((value) => (typeof value === "string" && isAny(value) ? "Any" : Number(value)))
		.meta({ description: "For how many days the certificate of each bound custom host name is still valid." }),
	// An editor of tables may keep 1.2 as a number.
	minTlsVersion: z
		.union(
			[
				z
					.number()
					.transform((value) => (Number.isInteger(value) ? `${value}.0` : String(value)))
					.pipe(tlsVersion),
				tlsVersion,
			],
			`takes ${[...tlsVersions, "Any"].join(", ")}`,
		)
		.meta({ description: "The oldest version of TLS that is accepted." }),
	http20Enabled: flag.meta({ description: "Whether HTTP/2 is on." }),
	verify: z
		.union([z.boolean(), oneOf("true", "false")], "takes true or false")
		.transform((value) => value === true || value === "true")
		.meta({ description: "Whether the site is also asked at its door, for what it enforces." }),
} as const satisfies Record<SettingName, z.ZodType>;

export const policyColumns = { ...selectorColumns, ...settingColumns } as const;

const longestReason = 1000;
const longestOwner = 200;

/** Everything but `target` is required. */
export const exemptionColumns = {
	scope,
	rule: oneOf(...rules.map(({ id }) => id), "*").meta({
		description: "The rule whose drift is accepted, or * for all.",
	}),
	target: text.min(1, "must name a host name; take the cell away for all of them").meta({
		description: "Only the drift on this host name.",
	}),
	category: oneOf(...exemptionCategories).meta({
		description: "waiver: the risk is borne; mitigated: something else takes it away.",
	}),
	reason: sentence(longestReason, "say why").meta({ description: "Why the drift is accepted." }),
	owner: sentence(longestOwner, "say who").meta({ description: "Who answers for it." }),
	expiresOn: text
		.toUpperCase()
		.pipe(
			z.union(
				[z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 }), z.iso.date()],
				"takes a date such as 2027-01-31, from its first moment in UTC on, or 2027-01-31T18:00:00Z",
			),
		)
		.transform((value) => new Date(value))
		// With an offset it can be later in UTC, where years of five digits are written in another way.
		.refine((date) => date.getUTCFullYear() <= 9999, "takes a date in UTC, and none after 9999")
		.meta({ description: "From then on it exempts nothing: 2027-01-31, or 2027-01-31T18:00:00Z." }),
} as const;

function isAny(value: string): boolean {
	return value.toLowerCase() === "any";
}

function sentence(longest: number, hint: string) {
	return text.min(1, `must not be empty: ${hint}`).max(longest, `must not be longer than ${longest} characters`);
}

function readDomainBindings(value: string, context: z.RefinementCtx): "Any" | readonly DesiredBinding[] {
	if (isAny(value)) return "Any";
	const bindings = new Map<string, DesiredBinding>();
	for (const entry of value.split(/[;,]/).map((part) => part.trim())) {
		if (entry === "") continue;
		const [, name = "", state = "Bound", thumbprint = null] =
			/^([^=\s]+)\s*(?:=\s*(\w+)\s*(?::\s*([\da-f]{40}))?)?$/i.exec(entry) ?? [];
		const hostName = name.toLowerCase();
		const sslState = desiredSslStates.find((known) => known.toLowerCase() === state.toLowerCase());
		const isComplete = isHostName(hostName.replace(/^\*\./, "")) && sslState !== undefined;
		if (!isComplete || (sslState === "Bound" && thumbprint !== null)) {
			context.addIssue(
				`takes host, host=SniEnabled, host=IpBasedEnabled or host=SniEnabled:THUMBPRINT, split by ; (the empty text for no custom host name), or Any; "${entry.slice(0, 80)}" is none of these`,
			);
			return z.NEVER;
		}
		if (isAzureHostName(hostName)) {
			context.addIssue(`lists custom host names, and ${hostName} is Azure's own: leave it out`);
			return z.NEVER;
		}
		const binding: DesiredBinding = { hostName, sslState, thumbprint: thumbprint?.toUpperCase() ?? null };
		const known = bindings.get(hostName);
		if (known !== undefined && JSON.stringify(known) !== JSON.stringify(binding)) {
			context.addIssue(`names ${hostName} twice, with different bindings`);
			return z.NEVER;
		}
		bindings.set(hostName, binding);
	}
	return [...bindings.values()].sort((a, b) => (a.hostName < b.hostName ? -1 : 1));
}
