import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type { Node } from "web-tree-sitter";
import type { Change } from "../../../src/core/model/change.ts";
import type { Policy } from "../../../src/core/model/policy.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { renderBicep, renderBicepOfChanges } from "../../../src/core/remediation/bicep.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { certificatesFor, reportedSite, settings } from "../../support/builders/arbitraries.ts";
import {
	certificate,
	exemption,
	held,
	hostName,
	judge,
	notReported,
	now,
	policy,
	reported,
	site,
} from "../../support/builders/site.ts";
import { scaleRuns } from "../../support/fuzz.ts";
import { loadGrammar } from "../../support/infra/grammar.ts";

let parse: (text: string) => Node;
before(async () => {
	parse = await loadGrammar("bicep");
});

type Value = string | boolean | { readonly [name: string]: Value };

/** What Bicep declares, by symbol: read from the tree of a Bicep grammar, which refuses what is no Bicep. */
function declarations(
	text: string,
): Map<string, { type: string; existing: boolean; body: { readonly [name: string]: Value } }> {
	const root = parse(text);
	assert.equal(root.hasError, false, text);
	const resources = root.namedChildren.filter((node) => node?.type !== "comment") as Node[];
	return new Map(
		resources.map((resource) => {
			assert.equal(resource.type, "resource_declaration");
			const [symbol, type, body] = resource.namedChildren as [Node, Node, Node];
			const existing = resource.text.includes("' existing = {");
			return [
				symbol.text,
				{ type: readValue(type) as string, existing, body: readValue(body) as { [name: string]: Value } },
			];
		}),
	);
}

function readValue(node: Node): Value {
	if (node.type === "string") return readString(node.text);
	if (node.type === "boolean") return node.text === "true";
	if (node.type === "array") return node.namedChildren.map((child) => child?.text ?? "").join();
	if (node.type === "identifier") return `symbol ${node.text}`;
	assert.equal(node.type, "object");
	const properties = node.namedChildren.filter((child) => child?.type === "object_property") as Node[];
	return Object.fromEntries(
		properties.map((property) => {
			const [name, value] = property.namedChildren as [Node, Node];
			return [name.text, readValue(value)];
		}),
	);
}

/** https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
function readString(text: string): string {
	assert.match(text, /^'(?:[^'\\$\n]|\\['\\$nrt]|\\u\{[\da-f]+\}|\$(?!\{))*'$/u);
	return text
		.slice(1, -1)
		.replace(/\\u\{([\da-f]+)\}|\\(.)/g, (_, code: string | undefined, character: string) =>
			code === undefined ? character : String.fromCodePoint(Number.parseInt(code, 16)),
		);
}

function render(subjects: readonly Site[], policies: readonly Policy[], certificates = held(), basis = {}): string {
	const assessments = subjects.map((subject) => judge(subject, policies, { certificates, ...basis }));
	return renderBicep([{ assessments, certificates, finishedAt: now }]);
}

const wanted = policy("default", {
	httpsOnly: true,
	clientCertMode: "Required",
	clientCertExclusionPaths: ["/a", "/b"],
	minTlsVersion: "1.2",
	http20Enabled: false,
});

describe("renderBicep", () => {
	it("declares everything that is governed, what is in sync too", () => {
		const text = render([site({ httpsOnly: reported(false) })], [wanted]);
		assert.deepEqual(
			[...declarations(text)],
			[
				[
					"appSite",
					{
						type: "Microsoft.Web/sites@2025-05-01",
						existing: false,
						body: {
							name: "app",
							location: "West Europe",
							kind: "app,linux",
							properties: {
								httpsOnly: true,
								clientCertEnabled: true,
								clientCertMode: "Required",
								clientCertExclusionPaths: "/a;/b",
								siteConfig: { minTlsVersion: "1.2", http20Enabled: false },
							},
						},
					},
				],
			],
		);
		assert.match(text, /\/\/ .*serverFarmId/);
		assert.match(text, /\/\/ high https-only|\/\/ critical https-only: observed false, desired true/);
	});

	it("says of which site it is, what drifted, and where it is to be deployed", () => {
		const subject = site({
			name: "pay",
			slot: "staging",
			kind: "functionapp",
			httpsOnly: reported(false),
			customHostNames: reported([hostName("www.contoso.com", "Disabled")]),
		});
		const text = render(
			[subject],
			[policy("default", { httpsOnly: true, customDomainTls: "SniEnabled" })],
			held(certificate("fresh")),
		);
		assert.deepEqual(text.split("\n").slice(0, 4), [
			"// pay/staging, functionapp",
			"// high https-only: observed false, desired true",
			"// high custom-domain-tls on www.contoso.com: observed Disabled, desired SniEnabled",
			"// to be deployed to resource group rg-app of subscription 00000000-0000-0000-0000-000000000001",
		]);
	});

	it("orders the sites of a scan by their IDs, without case, and leaves a line between two", () => {
		const text = render(
			["b", "A", "c", "a_", "aB"].map((name) => site({ name, httpsOnly: reported(false) })),
			[policy("default", { httpsOnly: true })],
		);
		assert.deepEqual(
			[...declarations(text).values()].map(({ body }) => body.name),
			["A", "a_", "aB", "b", "c"],
		);
		assert.equal(text.match(/^}\n\n\/\/ /gm)?.length, 4);
	});

	it("declares a slot below its site, and gives each resource of a file a name of its own", () => {
		const text = render(
			[
				site({ name: "pay-cards", httpsOnly: reported(false) }),
				site({ name: "pay.cards", httpsOnly: reported(false) }),
				site({ name: "1", slot: "staging", httpsOnly: reported(false), armKind: null }),
			],
			[policy("default", { httpsOnly: true })],
		);
		const declared = declarations(text);
		assert.deepEqual([...declared.keys()], ["a1StagingSlotParent", "a1StagingSlot", "payCardsSite", "payCardsSite_2"]);
		assert.deepEqual(declared.get("a1StagingSlotParent"), {
			type: "Microsoft.Web/sites@2025-05-01",
			existing: true,
			body: { name: "1" },
		});
		assert.deepEqual(declared.get("a1StagingSlot"), {
			type: "Microsoft.Web/sites/slots@2025-05-01",
			existing: false,
			body: {
				parent: "symbol a1StagingSlotParent",
				name: "staging",
				location: "West Europe",
				properties: { httpsOnly: true },
			},
		});
	});

	it("declares host names as they are to be", () => {
		const [old, fresh] = [certificate("old"), certificate("fresh")];
		const subject = site({
			customHostNames: reported([
				hostName("kept.contoso.com", "SniEnabled", old.thumbprint),
				hostName("bare.contoso.com", "Disabled"),
				hostName("stray.contoso.com", "Disabled"),
			]),
		});
		const bindings = (["kept", "bare", "new"] as const).map((name) => ({
			hostName: `${name}.contoso.com`,
			sslState: "SniEnabled" as const,
			thumbprint: name === "new" ? fresh.thumbprint : null,
		}));
		const text = render(
			[subject],
			[policy("hosts", { domainBindings: bindings }, { scope: subject.id })],
			held(old, fresh),
		);
		const hosts = [...declarations(text).values()].filter(({ type }) => type.includes("hostNameBindings"));
		assert.deepEqual(
			hosts.map(({ type, body }) => [type, body.parent, body.name, body.properties]),
			[
				["kept.contoso.com", old.thumbprint],
				["bare.contoso.com", [old, fresh].map(({ thumbprint }) => thumbprint).sort()[0] as string],
				["new.contoso.com", fresh.thumbprint],
			].map(([name, thumbprint]) => [
				"Microsoft.Web/sites/hostNameBindings@2025-05-01",
				"symbol appSite",
				name,
				{ sslState: "SniEnabled", thumbprint },
			]),
		);
		assert.match(text, /\/\/ stray\.contoso\.com is not to be there/);
	});

	it("has host names wait for one another, since ARM refuses several at once", () => {
		const hosts = ["a", "b", "c"].map((name) => hostName(`${name}.contoso.com`, "Disabled"));
		const inconclusive = hostName("untold.contoso.com", "SniEnabled");
		const text = render(
			[site({ customHostNames: reported([inconclusive, ...hosts]) })],
			[policy("bound", { customDomainTls: "Bound" })],
			held(certificate("fresh")),
		);
		assert.deepEqual([...declarations(text).keys()], ["appSite", "appSiteHost1", "appSiteHost2", "appSiteHost3"]);
		assert.deepEqual(
			text.match(/dependsOn: \[\n\s+(\w+)\n/g)?.map((one) => /Host\d/.exec(one)?.[0]),
			["Host1", "Host2"],
		);
		assert.match(text, /\/\/ untold\.contoso\.com is bound \(SniEnabled\), to a certificate that ARM does not tell/);
	});

	it("declares nothing that the plan's tier refuses, and says so", () => {
		const free = site({ tier: "Free", httpsOnly: reported(false), clientCertMode: reported("Ignore") });
		const text = render([free], [wanted]);
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, {
			httpsOnly: true,
			siteConfig: { minTlsVersion: "1.2", http20Enabled: false },
		});
		assert.match(text, /\/\/ The plan's tier is Free; .* Basic or higher/);
	});

	it("gives no two resources one name, from several subscriptions either", () => {
		const assessments = [judge(site({ httpsOnly: reported(false) }), [wanted])];
		const scan = { assessments, certificates: held(), finishedAt: now };
		assert.deepEqual([...declarations(renderBicep([scan, scan])).keys()], ["appSite", "appSite_2"]);
	});

	it("declares what is in sync as it is wanted, whatever else drifted", () => {
		const drifted = site({ http20Enabled: reported(true), clientCertMode: reported("Ignore") });
		const text = render(
			[drifted],
			[
				policy("default", {
					httpsOnly: true,
					clientCertMode: "Ignore",
					clientCertExclusionPaths: [],
					minTlsVersion: "1.2",
					http20Enabled: false,
				}),
			],
		);
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, {
			httpsOnly: true,
			clientCertEnabled: false,
			clientCertExclusionPaths: "",
			siteConfig: { minTlsVersion: "1.2", http20Enabled: false },
		});
	});

	it("leaves each kind of setting out whose drift is exempt", () => {
		const drifted = site({
			httpsOnly: reported(false),
			clientCertMode: reported("Optional"),
			clientCertExclusionPaths: reported(["/c"]),
			minTlsVersion: reported("1.0"),
			http20Enabled: reported(true),
		});
		const rules = ["client-cert-mode", "client-cert-exclusion-paths", "min-tls-version", "http20", "tls-renegotiation"];
		const text = render([drifted], [wanted], held(), { exemptions: rules.map((rule) => exemption({ rule })) });
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, { httpsOnly: true, siteConfig: {} });
		assert.equal(text.match(/exempt by "legacy" until/g)?.length, 4);
	});

	it("declares a version of TLS, where it lacks one, for a site that did not tell its own", () => {
		const unread = site({ minTlsVersion: notReported("ARM did not report it"), httpsOnly: reported(false) });
		const text = render([unread], [policy("default", { httpsOnly: true, minTlsVersion: "1.2" })]);
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, {
			httpsOnly: true,
			siteConfig: { minTlsVersion: "1.2" },
		});
	});

	it("declares no host names where no policy governs them, or where ARM did not tell them", () => {
		const hosts = reported([hostName("www.contoso.com", "Disabled")]);
		const ungoverned = site({ customHostNames: hosts, httpsOnly: reported(false) });
		const unread = site({ customHostNames: notReported("ARM did not report them"), httpsOnly: reported(false) });
		const governing = policy("default", { httpsOnly: true, customDomainTls: "Bound" });
		assert.deepEqual(
			[...declarations(render([ungoverned], [policy("default", { httpsOnly: true })])).keys()],
			["appSite"],
		);
		assert.deepEqual([...declarations(render([unread], [governing])).keys()], ["appSite"]);
	});

	it("declares a host name without a binding where none is wanted, and leaves out one whose binding ARM did not tell", () => {
		const plain = policy("hosts", { httpsOnly: true, certificateMinDays: 30 });
		const subject = site({
			httpsOnly: reported(false),
			customHostNames: reported([
				hostName("bare.contoso.com", "Disabled", certificate("left").thumbprint),
				{ name: "untold.contoso.com", sslState: notReported("ARM did not report it"), thumbprint: null },
			]),
		});
		const hosts = [...declarations(render([subject], [plain])).values()].slice(1);
		assert.deepEqual(
			hosts.map(({ body }) => [body.name, body.properties]),
			[["bare.contoso.com", {}]],
		);
	});

	it("lowers no version of TLS that is newer than the least", () => {
		const newer = site({ minTlsVersion: reported("1.3"), httpsOnly: reported(false) });
		const text = render([newer], [policy("default", { httpsOnly: true, minTlsVersion: "1.2" })]);
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, {
			httpsOnly: true,
			siteConfig: { minTlsVersion: "1.3" },
		});
	});

	it("turns off what the desired settings cannot work with, governed or not", () => {
		const issues = site({ clientCertExclusionPaths: reported(["/a"]), http20Enabled: reported(true) });
		const text = render(
			[issues],
			[policy("default", { clientCertMode: "Required", clientCertExclusionPaths: ["/a"] })],
		);
		assert.deepEqual(declarations(text).get("appSite")?.body.properties, {
			clientCertEnabled: true,
			clientCertMode: "Required",
			clientCertExclusionPaths: "/a",
			siteConfig: { http20Enabled: false },
		});
	});

	it("leaves out what is exempt, and what the policies do not agree on, and says why", () => {
		const subject = site({
			httpsOnly: reported(false),
			clientCertMode: reported("Ignore"),
			http20Enabled: reported(true),
		});
		const text = render([subject], [wanted, policy("other", { http20Enabled: true })], held(), {
			exemptions: [exemption({ rule: "https-only" })],
		});
		const declared = declarations(text).get("appSite")?.body.properties as { [name: string]: Value } | undefined;
		assert.equal(declared?.httpsOnly, undefined);
		assert.deepEqual(declared?.siteConfig, { minTlsVersion: "1.2" });
		assert.match(text, /\/\/ httpsOnly: exempt by "legacy" until 2026-11-24/);
		assert.match(text, /\/\/ http20Enabled: unknown, since policies "default" and "other" want different values/);
	});

	it("has nothing for sites without open drift", () => {
		const unread = site({ httpsOnly: notReported("ARM did not report it") });
		assert.equal(render([site(), unread], [policy("default", { httpsOnly: true })]), "");
	});

	it("is Bicep whatever the names and paths are, and says just them", () => {
		fc.assert(
			fc.property(reportedSite, settings, (subject, values) => {
				const certificates = certificatesFor(subject);
				const text = render([subject], [policy("wanted", values, { scope: subject.id })], certificates);
				if (text === "") return;
				const own = [...declarations(text).values()].find(({ body }) => "location" in body);
				assert.equal(own?.body.name, (subject.slot ?? subject.name).toWellFormed());
				const declared = own?.body.properties as { [name: string]: Value } | undefined;
				assert.equal(declared?.clientCertExclusionPaths, values.clientCertExclusionPaths?.join(";").toWellFormed());
			}),
			{ numRuns: scaleRuns(300) },
		);
	});
});

describe("renderBicepOfChanges", () => {
	const finding = { rule: "r", target: null, severity: "high", desired: "x", observed: "y" } as const;
	const cases: Record<string, { change: Change; properties: { readonly [name: string]: Value } }> = {
		httpsOnly: {
			change: { change: "site-properties", properties: { httpsOnly: true } },
			properties: { httpsOnly: true },
		},
		"client certificates": {
			change: { change: "site-properties", properties: { clientCertEnabled: true, clientCertMode: "Required" } },
			properties: { clientCertEnabled: true, clientCertMode: "Required" },
		},
		"client certificates turned off": {
			change: { change: "site-properties", properties: { clientCertEnabled: false } },
			properties: { clientCertEnabled: false },
		},
		"the mode alone": {
			change: { change: "site-properties", properties: { clientCertMode: "Optional" } },
			properties: { clientCertMode: "Optional" },
		},
		"exclusion paths": {
			change: { change: "site-properties", properties: { clientCertExclusionPaths: "/a;/b" } },
			properties: { clientCertExclusionPaths: "/a;/b" },
		},
		"the version of TLS": {
			change: { change: "site-config", properties: { minTlsVersion: "1.3" } },
			properties: { siteConfig: { minTlsVersion: "1.3" } },
		},
		"HTTP/2": {
			change: { change: "site-config", properties: { http20Enabled: false } },
			properties: { siteConfig: { http20Enabled: false } },
		},
	};
	const known = { ...site(), hasSlots: false };
	for (const [name, { change, properties }] of Object.entries(cases)) {
		it(`declares ${name}, and no more`, () => {
			const text = renderBicepOfChanges(known, [finding], mergeChanges(known, [change], held(), now));
			assert.deepEqual(
				[...declarations(text).values()].map(({ body }) => body.properties),
				[properties],
			);
			assert.match(text, /^\/\/ high r: observed y, desired x$/m);
		});
	}

	it("declares the host names that are to be bound or added, and no others", () => {
		const kept = hostName("kept.contoso.com", "SniEnabled", certificate("old").thumbprint);
		const subject = { ...site({ customHostNames: reported([kept]) }), hasSlots: false };
		const fresh = certificate("fresh");
		const merged = mergeChanges(
			subject,
			[
				{ change: "host-name", hostName: "added.contoso.com", action: "add" },
				{ change: "binding", hostName: "www.contoso.com", sslState: "SniEnabled", certificate: "keep" },
			],
			held(fresh),
			now,
		);
		const hosts = [...declarations(renderBicepOfChanges(subject, [finding], merged)).values()].slice(1);
		assert.deepEqual(
			hosts.map(({ body }) => [body.name, body.properties]),
			[
				["added.contoso.com", {}],
				["www.contoso.com", { sslState: "SniEnabled", thumbprint: fresh.thumbprint }],
			],
		);
	});
});
