import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { z } from "zod";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import type { Policy } from "../../src/core/model/policy.ts";
import type { Subscription } from "../../src/core/model/scan.ts";
import { scanSubscription } from "../../src/scan/scan-subscription.ts";
import { armCertificate, armSite, defaultSubscription, thumbprintOf } from "../support/arm/arm-objects.ts";
import { type Connection, connect } from "../support/arm/connect.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { policy } from "../support/builders/site.ts";
import { Bicep, type Declared } from "../support/infra/bicep.ts";

const root = path.join(import.meta.dirname, "../../infra");
const id = { environmentName: "prod", location: "westeurope" };
const wanted = { httpsOnly: true, clientCertExclusionPaths: [], minTlsVersion: "1.2" } as const;
/** What docs/install.md has written as the first policy. */
const sample = policy("default", { ...wanted, clientCertMode: "Required" });
const named = { id: defaultSubscription, name: "Production" };

const isOf =
	(type: string) =>
	(resource: Declared): boolean =>
		resource.type === type;

const declaredSite = z.object({
	name: z.string(),
	kind: z.string(),
	location: z.string(),
	properties: z.looseObject({ siteConfig: z.object({ minTlsVersion: z.string(), http20Enabled: z.boolean() }) }),
});
const declaredRole = z.object({ permissions: z.array(z.object({ actions: z.array(z.string()) })) });

describe("a scan of where the app itself is", () => {
	let azure: ArmEmulator;
	let ports: Connection;
	let bicep: Bicep;
	before(async () => {
		azure = await ArmEmulator.start();
		ports = connect(azure);
		bicep = await Bicep.load(root);
	});
	beforeEach(() => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
	});
	after(() => azure[Symbol.asyncDispose]());

	/** Puts the declared site into Azure, where all that is not declared is as Azure makes it. */
	function install(given: Record<string, string>): void {
		const { resources } = bicep.deploy("main.bicep", { ...id, ...given });
		const { properties, ...names } = declaredSite.parse(resources.find(isOf("Microsoft.Web/sites"))?.body);
		const { siteConfig, ...declared } = properties;
		const site = armSite({ ...names, properties: { ...declared, sku: "FlexConsumption" } });
		azure.add(site);
		azure.fleet.configs.set(site.id.toLowerCase(), siteConfig);
	}

	function scan(policies: readonly Policy[], subscription: Subscription = named): Promise<Scan> {
		const policySet = { policies, exemptions: [], unread: [] };
		const request = { id: "scan-1", subscription, policySet, scope: "/", expectedIds: [] } as const;
		return scanSubscription(request, ports.openSubscription(defaultSubscription));
	}

	for (const plan of ["FC1", "EP1"]) {
		it(`finds the app on ${plan} in sync with the sample policy`, async () => {
			install({ plan });
			const { counts, assessments, problems } = await scan([sample]);
			assert.deepEqual(counts, { sites: 1, inSync: 1, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 });
			assert.deepEqual([assessments, problems], [[], []]);
		});
	}

	for (const mode of ["Optional", "OptionalInteractiveUser", "Ignore"] as const) {
		it(`finds drift where it asks for certificates as ${mode}, and none by a policy that wants just that`, async () => {
			install({ clientCertMode: mode });
			const { assessments } = await scan([sample]);
			assert.deepEqual(
				assessments.flatMap(({ findings }) => findings.map(({ rule, observed }) => [rule, observed])),
				[["client-cert-mode", mode]],
			);
			const { counts } = await scan([policy("own", { ...wanted, clientCertMode: mode })]);
			assert.deepEqual([counts.sites, counts.inSync], [1, 1]);
		});
	}

	it("asks Azure for what its role lets it read, and the role lets it read nothing else", async () => {
		install({});
		const domains = { "www.contoso.com": thumbprintOf("www") };
		azure.add(armSite({ name: "a", domains }), armSite({ name: "a", slot: "staging" }), armSite({ name: "hidden" }));
		azure.add(armSite({ name: "hidden", slot: "blue" }), armCertificate());
		const hidden = [...azure.fleet.sites.keys()].filter((key) => key.includes("/hidden"));
		for (const key of hidden) azure.fleet.unlisted.add(key);
		const [listed = assert.fail("no subscription is listed")] = await ports.listSubscriptions();
		await scan([policy("all", { ...wanted, certificateMinDays: 30 })], listed);
		const asked = new Set(azure.requests.map(({ method, url }) => actionOf(method, url).toLowerCase()));
		const { resources } = bicep.deploy("main.bicep", id);
		const role = resources.find(isOf("Microsoft.Authorization/roleDefinitions"));
		const { permissions } = declaredRole.parse(role?.body.properties);
		const actions = permissions.flatMap(({ actions }) => actions.map((action) => action.toLowerCase()));
		assert.deepEqual([...asked].sort(), actions.toSorted());
	});
});

/**
 * The action that a request takes, as Azure names it: the types of its path, and what is done to them.
 * https://learn.microsoft.com/azure/role-based-access-control/permissions/web-and-mobile
 */
function actionOf(method: string, url: string): string {
	assert.equal(method, "GET");
	const { pathname } = new URL(url, "https://management.azure.com");
	const [, provider] = /\/providers\/(.+)$/.exec(pathname) ?? [];
	if (provider !== undefined) {
		const [namespace, ...types] = provider.split("/");
		return [namespace, ...types.filter((_, index) => index % 2 === 0), "read"].join("/");
	}
	const types = pathname.split("/").filter((_, index) => index % 2 === 1);
	return ["Microsoft.Resources", ...types, "read"].join("/");
}
