import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSite } from "../../src/azure/parse-site.ts";
import type { Site } from "../../src/core/model/site.ts";
import { armSite, type SiteOptions } from "../support/arm/arm-objects.ts";

/** What the SDK makes of ARM's object: the properties lie flat. */
function read(options: SiteOptions = {}, without: string[] = []): Site {
	const { properties, ...resource } = armSite(options);
	const flat: Record<string, unknown> = { ...properties, ...resource };
	for (const name of without) delete flat[name];
	const reading = parseSite(flat);
	assert.ok(reading.readable);
	return reading.site;
}

describe("parseSite", () => {
	it("takes a site apart", () => {
		const { httpsOnly, clientCertMode, clientCertExclusionPaths, customHostNames, minTlsVersion, ...rest } = read({
			kind: "functionapp,linux",
			tags: { env: "prod" },
		});
		const group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app";
		assert.deepEqual(rest, {
			id: `${group}/providers/Microsoft.Web/sites/app`,
			subscriptionId: "00000000-0000-0000-0000-000000000001",
			resourceGroup: "rg-app",
			name: "app",
			slot: null,
			kind: "functionapp",
			armKind: "functionapp,linux",
			onContainerApps: false,
			location: "West Europe",
			planId: `${group}/providers/Microsoft.Web/serverfarms/plan`,
			planResourceGroup: "rg-app",
			tier: "Standard",
			tags: { env: "prod" },
			verbatim: { mode: "Required", exclusionPaths: "" },
			http20Enabled: { reported: true, value: false },
			hostNames: { reported: true, value: ["app.azurewebsites.net"] },
			isStopped: false,
		});
		assert.deepEqual(minTlsVersion, { reported: false, reason: "ARM did not report minTlsVersion" });
		assert.deepEqual(httpsOnly, { reported: true, value: false });
		assert.deepEqual(clientCertMode, { reported: true, value: "Ignore" });
		assert.deepEqual(clientCertExclusionPaths, { reported: true, value: [] });
		assert.deepEqual(customHostNames, { reported: true, value: [] });
	});

	it("believes no name that azure-cli would take for a file to read", () => {
		for (const options of [{ name: "@etc" }, { resourceGroup: "@etc" }, { slot: "@etc" }]) {
			assert.equal(parseSite({ ...armSite(options) }).readable, false, JSON.stringify(options));
		}
		assert.equal(read({ domains: { "@etc": null } }).customHostNames.reported, false);
	});

	it("keeps every name by which callers reach a site, and not that of its deployment site", () => {
		const { hostNames } = read({
			domains: { "www.contoso.com": null },
			properties: {
				hostNames: [
					"www.contoso.com",
					"app-x1.westeurope-01.azurewebsites.net",
					"shop.trafficmanager.net",
					"app.azurewebsites.net",
				],
			},
		});
		assert.deepEqual(hostNames.reported && [...hostNames.value].sort(), [
			"app-x1.westeurope-01.azurewebsites.net",
			"app.azurewebsites.net",
			"shop.trafficmanager.net",
			"www.contoso.com",
		]);
	});

	it("knows a site that somebody has stopped", () => {
		const isStopped = (state: unknown) => read({ properties: { state } }).isStopped;
		assert.deepEqual(["Stopped", "stopped", "Running", null, 5].map(isStopped), [true, true, false, false, false]);
	});

	it("takes a slot apart", () => {
		const { name, slot } = read({ slot: "staging" });
		assert.deepEqual([name, slot], ["app", "staging"]);
	});

	const kinds: [armKind: string | null, kind: string][] = [
		["app", "webapp"],
		["app,linux,container", "webapp"],
		["api", "webapp"],
		[null, "webapp"],
		["functionapp", "functionapp"],
		["linux,functionapp", "functionapp"],
		["functionapp,workflowapp", "logicapp"],
		["workflowapp,linux,functionapp", "logicapp"],
	];
	for (const [armKind, kind] of kinds)
		it(`takes ${armKind} for a ${kind}`, () => assert.equal(read({ kind: armKind }).kind, kind));

	const reported = (value: unknown) => ({ reported: true, value });
	const notReported = (reason: string) => ({ reported: false, reason });
	const folds: Record<
		string,
		{ options?: SiteOptions; without?: string[]; expect: Partial<Record<keyof Site, object>> }
	> = {
		"a TLS version that the list tells, as it seldom does": {
			options: { properties: { siteConfig: { minTlsVersion: "1.1", http20Enabled: true } } },
			expect: { minTlsVersion: reported("1.1"), http20Enabled: reported(true) },
		},
		"a TLS version that nobody knows": {
			options: { properties: { siteConfig: { minTlsVersion: "1.4" } } },
			expect: {
				minTlsVersion: notReported('ARM reported "1.4" as minTlsVersion, which mtls-drift does not know'),
				http20Enabled: notReported("ARM did not report http20Enabled"),
			},
		},
		"no config at all": {
			options: { properties: { siteConfig: null } },
			expect: {
				minTlsVersion: notReported("ARM did not report minTlsVersion"),
				http20Enabled: notReported("ARM did not report http20Enabled"),
			},
		},
		"mode Required while disabled is Ignore": {
			options: { properties: { clientCertEnabled: false, clientCertMode: "Required" } },
			expect: { clientCertMode: reported("Ignore") },
		},
		"enabled and Optional": {
			options: { properties: { clientCertEnabled: true, clientCertMode: "Optional" } },
			expect: { clientCertMode: reported("Optional") },
		},
		"enabled without a mode": {
			options: { properties: { clientCertEnabled: true, clientCertMode: null } },
			expect: { clientCertMode: notReported("ARM did not report clientCertMode") },
		},
		"disabled without a mode, as on old objects": {
			without: ["clientCertMode"],
			expect: { clientCertMode: reported("Ignore") },
		},
		"a mode that nobody knows": {
			options: { properties: { clientCertEnabled: true, clientCertMode: "Sometimes" } },
			expect: {
				clientCertMode: notReported('ARM reported "Sometimes" as clientCertMode, which mtls-drift does not know'),
			},
		},
		"clientCertEnabled absent": {
			without: ["clientCertEnabled"],
			expect: { clientCertMode: notReported("ARM did not report clientCertEnabled") },
		},
		"httpsOnly absent": { without: ["httpsOnly"], expect: { httpsOnly: notReported("ARM did not report httpsOnly") } },
		"httpsOnly null": {
			options: { properties: { httpsOnly: null } },
			expect: { httpsOnly: notReported("ARM did not report httpsOnly") },
		},
		"httpsOnly as text": {
			options: { properties: { httpsOnly: "true" } },
			expect: { httpsOnly: notReported('ARM reported "true" as httpsOnly, which mtls-drift does not know') },
		},
		"exclusion paths null are none": { expect: { clientCertExclusionPaths: reported([]) } },
		"exclusion paths absent, as on old objects": {
			without: ["clientCertExclusionPaths"],
			expect: { clientCertExclusionPaths: notReported("ARM did not report clientCertExclusionPaths") },
		},
		"exclusion paths without case, order and repetition": {
			options: { properties: { clientCertExclusionPaths: "/Webhooks; /health,/HEALTH;" } },
			expect: { clientCertExclusionPaths: reported(["/health", "/webhooks"]) },
		},
	};
	for (const [name, { options, without, expect }] of Object.entries(folds)) {
		it(name, () => {
			const site = read(options, without);
			for (const [property, value] of Object.entries(expect)) assert.deepEqual(site[property as keyof Site], value);
		});
	}

	it("keeps custom host names with their bindings, and none of Azure's own", () => {
		const thumbprint = "ab".repeat(20);
		const { customHostNames } = read({
			domains: {
				"www.contoso.com": thumbprint,
				"old.contoso.com": null,
				"app.trafficmanager.net": null,
				"app-x1.westeurope-01.azurewebsites.net": null,
			},
		});
		assert.deepEqual(
			customHostNames,
			reported([
				{ name: "www.contoso.com", sslState: reported("SniEnabled"), thumbprint: thumbprint.toUpperCase() },
				{ name: "old.contoso.com", sslState: reported("Disabled"), thumbprint: null },
			]),
		);
	});

	it("takes a host name that cannot be read for unknown, not for absent", () => {
		const { customHostNames } = read({ properties: { hostNameSslStates: ["www.contoso.com"] } });
		assert.deepEqual(
			customHostNames,
			notReported('ARM reported ["www.contoso.com"] as hostNameSslStates, which mtls-drift does not know'),
		);
	});

	it("knows Azure's own host names with a dot at their end", () => {
		assert.deepEqual(read({ domains: { "app.azurewebsites.net.": null } }).customHostNames, reported([]));
	});

	it("knows the default host name of an App Service Environment with any suffix", () => {
		const { customHostNames } = read({
			properties: { defaultHostName: "app.internal.contoso.com" },
			domains: { "app.internal.contoso.com": null, "www.contoso.com": null },
		});
		assert.ok(customHostNames.reported);
		assert.deepEqual(
			customHostNames.value.map(({ name }) => name),
			["www.contoso.com"],
		);
	});

	it("does not know the binding of a host name that has no state", () => {
		const { customHostNames } = read({ properties: { hostNames: ["www.contoso.com"] } });
		assert.deepEqual(
			customHostNames,
			reported([
				{
					name: "www.contoso.com",
					sslState: notReported("ARM did not report the binding of www.contoso.com"),
					thumbprint: null,
				},
			]),
		);
	});

	it("leaves out the site's own management host, whatever its suffix", () => {
		const site = armSite({ domains: { "app.scm.internal.contoso.com": null, "www.contoso.com": null } });
		const [management] = site.properties.hostNameSslStates;
		assert.ok(management);
		management.hostType = "Repository";
		const reading = parseSite({ ...site.properties, ...site });
		assert.ok(reading.readable && reading.site.customHostNames.reported);
		assert.deepEqual(
			reading.site.customHostNames.value.map(({ name }) => name),
			["www.contoso.com"],
		);
	});

	it("names what is missing of the host names, and does not repeat all of what is there", () => {
		assert.deepEqual(read({}, ["hostNames"]).customHostNames, notReported("ARM did not report hostNames"));
		const { httpsOnly } = read({ properties: { httpsOnly: "x".repeat(1000) } });
		assert.ok(!httpsOnly.reported && httpsOnly.reason.length < 200);
	});

	it("does not know the host names where ARM gives none", () => {
		assert.deepEqual(
			read({}, ["hostNameSslStates"]).customHostNames,
			notReported("ARM did not report hostNameSslStates"),
		);
	});

	for (const id of [undefined, null, "", "/subscriptions/1", 7]) {
		it(`counts something with the ID ${JSON.stringify(id)}, and says that it cannot be read`, () => {
			const reading = parseSite({ id });
			assert.ok(!reading.readable);
			assert.match(reading.reason, /not that of a site/);
		});
	}
});
