import fc from "fast-check";
import { parseExclusionPaths } from "../../../src/core/model/exclusion-paths.ts";
import { type DesiredBinding, desiredSslStates, type Policy, type Settings } from "../../../src/core/model/policy.ts";
import { clientCertModes, type Site, siteKinds, sslStates, tlsVersions } from "../../../src/core/model/site.ts";
import { thumbprintOf } from "../arm/arm-objects.ts";
import { certificate, held, hostName, now, policy, reported, site, siteId, subscriptionId } from "./site.ts";

/** Text that does not mean well: whatever a shell, a terminal or a parser of options could trip over. NUL cannot be in any argument. */
export const hostileText = fc
	.oneof(
		fc.string({ unit: "binary", minLength: 1 }),
		fc.constantFrom(
			"$(id)",
			"`id`",
			"'; id; '",
			'"',
			"\\",
			"-rf",
			"--flag",
			"@file",
			"%PATH%",
			"!!",
			"~",
			"*",
			"a\nb",
			"\u202e",
			"{a,b}",
			"#x",
			"=x",
			"a&b",
			"a|b > c",
			"a^b",
			"rg(1)",
			"100%",
			'a\\" b',
			"a b\\",
			"it’s",
			"$HOME; `n $(1)",
			`\${x} \\\${x}`,
		),
	)
	.filter((text) => !text.includes("\0"));

const segment = hostileText.map((text) => text.replaceAll("/", "-"));

/** A path as people set it: no separator and no control character can be in it. */
const path = hostileText.map((text) => `/${text.replace(/[,;\p{Cc}]/gu, "")}`);

export const exclusionPaths = fc
	.array(fc.oneof(fc.constantFrom("/", "/api", "/health", "/Health"), path), { maxLength: 4 })
	.map((paths) => parseExclusionPaths(paths.join(";")));

const wantedHostName = fc.constantFrom("www.contoso.com", "api.contoso.com", "*.contoso.org");

/** Certificates for any host name of the site, and for those that a policy can want: one for a few days, and one for long. */
export function certificatesFor({ customHostNames }: Site) {
	const own = customHostNames.reported ? customHostNames.value.map(({ name }) => name) : [];
	const changes = { hostNames: ["*.contoso.com", "*.contoso.org", ...own], location: "West Europe" };
	const inFiveDays = new Date(now.getTime() + 5 * 86_400_000);
	return held(
		certificate("old", { ...changes, expiresAt: inFiveDays, resourceGroup: "rg-plan" }),
		certificate("new", { ...changes, resourceGroup: "rg-plan" }),
	);
}

/** Sites whose every property was reported, with names that do not mean well. */
export const reportedSite: fc.Arbitrary<Site> = fc
	.record({
		resourceGroup: segment,
		name: segment,
		slot: fc.option(segment),
		armKind: fc.constantFrom("app", "app,linux", "functionapp,linux", "functionapp,workflowapp", null),
		kind: fc.constantFrom(...siteKinds),
		tags: fc.dictionary(fc.constantFrom("env", "team"), fc.constantFrom("prod", "test")),
		httpsOnly: fc.boolean().map(reported),
		clientCertMode: fc.constantFrom(...clientCertModes).map(reported),
		clientCertExclusionPaths: exclusionPaths.map(reported),
		customHostNames: fc
			.uniqueArray(fc.oneof(hostileText, wantedHostName), { maxLength: 3, selector: (name) => name.toLowerCase() })
			.chain((names) =>
				fc.tuple(
					...names.map((name) =>
						fc
							.constantFrom(...sslStates)
							.map((state) => hostName(name, state, state === "Disabled" ? null : thumbprintOf("old"))),
					),
				),
			)
			.map(reported),
		minTlsVersion: fc.constantFrom(...tlsVersions).map(reported),
		http20Enabled: fc.boolean().map(reported),
	})
	.map((changes) => site(changes));

const domainBindings: fc.Arbitrary<DesiredBinding[]> = fc
	.uniqueArray(
		fc.record({
			hostName: wantedHostName,
			sslState: fc.constantFrom(...desiredSslStates),
			thumbprint: fc.option(fc.constant(thumbprintOf("new"))),
		}),
		{ selector: ({ hostName }) => hostName, maxLength: 3 },
	)
	.map((bindings) => bindings.sort((a, b) => (a.hostName < b.hostName ? -1 : 1)));

export const settings: fc.Arbitrary<Partial<Settings>> = fc.record(
	{
		httpsOnly: fc.boolean(),
		clientCertMode: fc.constantFrom(...clientCertModes),
		clientCertExclusionPaths: exclusionPaths,
		customDomainTls: fc.constantFrom(...desiredSslStates),
		domainBindings,
		certificateMinDays: fc.nat({ max: 60 }),
		minTlsVersion: fc.constantFrom(...tlsVersions),
		http20Enabled: fc.boolean(),
	},
	{ requiredKeys: [] },
);

/** Policies whose scopes nest around the sites of `rg-app`, so that they meet. */
export const policies: fc.Arbitrary<Policy[]> = fc
	.array(
		fc.record({
			settings,
			scope: fc.constantFrom(
				"/",
				`/subscriptions/${subscriptionId}`,
				`/subscriptions/${subscriptionId}/resourceGroups/RG-APP`,
				siteId("rg-app", "app"),
			),
			tag: fc.option(fc.constantFrom({ name: "ENV", value: "prod" }, { name: "team", value: null }), {
				nil: undefined,
			}),
			kind: fc.option(fc.constantFrom(...siteKinds), { nil: undefined }),
			spoilt: fc.subarray(["httpsOnly", "clientCertMode", "certificateMinDays"] as const),
			spoiltAs: fc.constantFrom("any" as const, "invalid" as const),
		}),
		{ maxLength: 6 },
	)
	.map((rows) =>
		rows.map(({ settings: wanted, scope, tag, kind, spoilt, spoiltAs }, index) => {
			const row = policy(`policy-${index}`, wanted, {
				scope,
				...(tag === undefined ? {} : { tag }),
				...(kind === undefined ? {} : { kind }),
			});
			const fields = Object.fromEntries(spoilt.map((setting) => [setting, { is: spoiltAs }]));
			return { ...row, settings: { ...row.settings, ...fields } };
		}),
	);
