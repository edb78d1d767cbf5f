import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Change, planRemediation } from "../../src/core/remediation.ts";
import type { Site } from "../../src/core/site.ts";
import { site, subscriptionId } from "../support/site.ts";

const now = new Date("2026-11-23T00:00:00Z");
const httpsOnly: Change = { change: "site-properties", properties: { httpsOnly: true } };
const required: Change = {
	change: "site-properties",
	properties: { clientCertEnabled: true, clientCertMode: "Required" },
};
const bind = (thumbprint: string | null): Change => ({
	change: "binding",
	hostName: "www.contoso.com",
	sslState: "SniEnabled",
	thumbprint,
});
const noCertificates = { readable: true, certificates: [] } as const;
const where = `--subscription ${subscriptionId} --resource-group rg-app --name app`;

function plan(subject: Site, ...changes: Change[]) {
	const { commands, warnings } = planRemediation(subject, changes, noCertificates, now);
	return { commands: commands.map((words) => words.join(" ")), warnings };
}

describe("planRemediation", () => {
	const verbs: Record<string, [Partial<Site>, command: string]> = {
		"a web app": [{ armKind: "app" }, `az webapp update ${where} --set httpsOnly=true`],
		"a container": [{ armKind: "app,linux,container" }, `az webapp update ${where} --set httpsOnly=true`],
		"an API app": [{ armKind: "api" }, `az webapp update ${where} --set httpsOnly=true`],
		"a function app": [
			{ armKind: "functionapp,linux", kind: "functionapp" },
			`az functionapp update ${where} --set httpsOnly=true`,
		],
		"a function app, told by azure-cli's own test": [
			{ armKind: "linux,functionapp" },
			`az functionapp update ${where} --set httpsOnly=true`,
		],
		"a logic app": [
			{ armKind: "functionapp,linux,workflowapp", kind: "logicapp" },
			`az logicapp update ${where} --set httpsOnly=true`,
		],
		"a slot": [{ slot: "staging" }, `az webapp update ${where} --slot staging --set httpsOnly=true`],
		"a site without a kind": [
			{ armKind: null },
			`az rest --method patch --url ${site().id}?api-version=2025-05-01 --body {"properties":{"httpsOnly":true}}`,
		],
		"functions on Container Apps": [
			{ armKind: "functionapp,linux,container,azurecontainerapps", kind: "functionapp", onContainerApps: true },
			`az rest --method patch --url ${site().id}?api-version=2025-05-01 --body {"properties":{"httpsOnly":true}}`,
		],
		"a resource group that starts with a dash": [
			{ resourceGroup: "-rg", id: site().id },
			`az webapp update --subscription ${subscriptionId} --resource-group=-rg --name app --set httpsOnly=true`,
		],
	};
	for (const [name, [changes, command]] of Object.entries(verbs)) {
		it(`updates ${name}`, () =>
			assert.deepEqual(plan(site(changes), httpsOnly), { commands: [command], warnings: [] }));
	}

	it("puts all properties into one command, and each binding into one of its own, in this order", () => {
		const thumbprint = "C".repeat(40);
		assert.deepEqual(plan(site(), bind(thumbprint), httpsOnly, required), {
			commands: [
				`az webapp update ${where} --set httpsOnly=true clientCertEnabled=true clientCertMode=Required`,
				`az webapp config ssl bind ${where} --hostname www.contoso.com --certificate-thumbprint ${thumbprint} --ssl-type SNI`,
			],
			warnings: [],
		});
	});

	it("puts everything of config/web into one command, after the properties", () => {
		const changes = [
			{ change: "site-config", properties: { http20Enabled: false } },
			httpsOnly,
			{ change: "site-config", properties: { minTlsVersion: "1.2" } },
		] as const;
		const config = `az webapp config set ${where} --min-tls-version 1.2 --http20-enabled false`;
		assert.deepEqual(plan(site(), ...changes).commands, [`az webapp update ${where} --set httpsOnly=true`, config]);
		assert.deepEqual(plan(site({ tier: "Free" }), ...changes).commands.at(-1), config);
	});

	it("finds the certificate for a host name that has none", () => {
		const certificate = {
			thumbprint: "D".repeat(40),
			hostNames: ["*.contoso.com"],
			validFrom: null,
			expiresAt: new Date("2027-01-01"),
			resourceGroup: "rg-plan",
			location: "westeurope",
		};
		const { commands } = planRemediation(
			site({ slot: "staging" }),
			[bind(null)],
			{ readable: true, certificates: [certificate] },
			now,
		);
		assert.equal(
			commands[0]?.join(" "),
			`az webapp config ssl bind ${where} --slot staging --hostname www.contoso.com --certificate-thumbprint ${certificate.thumbprint} --ssl-type SNI`,
		);
	});

	it("says how to get a certificate where there is none", () => {
		const { commands, warnings } = plan(site(), bind(null));
		assert.deepEqual(commands, []);
		assert.match(
			warnings.join(),
			/no valid certificate for it in West Europe in rg-app and rg-plan.*az webapp config ssl upload/,
		);
	});

	it("says why there is no command where the certificates could not be read", () => {
		const { warnings } = planRemediation(site(), [bind(null)], { readable: false, reason: "403" }, now);
		assert.match(warnings.join(), /could not be read \(403\)/);
	});

	it("gives no command that a Free or Shared plan refuses", () => {
		for (const tier of ["Free", "Shared"]) {
			const { commands, warnings } = plan(site({ tier }), httpsOnly, required);
			assert.deepEqual(commands, [`az webapp update ${where} --set httpsOnly=true`]);
			assert.match(warnings.join(), new RegExp(`tier is ${tier}.*Basic or higher`));
		}
		assert.deepEqual(plan(site({ tier: "Free" }), httpsOnly).warnings, []);
	});
});
