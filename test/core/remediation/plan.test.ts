import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "../../../src/core/model/change.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { callsForCertificates } from "../../../src/core/remediation/merge-changes.ts";
import type { Steps } from "../../../src/core/remediation/plan.ts";
import {
	certificate,
	held,
	hostName,
	now,
	planChanges,
	reported,
	site,
	subscriptionId,
} from "../../support/builders/site.ts";

const httpsOnly: Change = { change: "site-properties", properties: { httpsOnly: true } };
const required: Change = {
	change: "site-properties",
	properties: { clientCertEnabled: true, clientCertMode: "Required" },
};
const bind: Change = { change: "binding", hostName: "www.contoso.com", sslState: "SniEnabled", certificate: "keep" };
const add: Change = { change: "host-name", hostName: "www.contoso.com", action: "add" };
const drop: Change = { change: "host-name", hostName: "old.contoso.com", action: "delete" };
const where = `--subscription ${subscriptionId} --resource-group rg-app --name app`;

function plan(subject: Site, ...changes: Change[]) {
	const { commands, warnings } = planChanges(subject, changes, held(), now).remediation;
	return { commands: commands.map((words) => words.join(" ")), warnings };
}

describe("planCommands", () => {
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
		"a logic app whose kind azure-cli does not know as one": [
			{ armKind: "WorkflowApp", kind: "logicapp" },
			`az webapp update ${where} --set httpsOnly=true`,
		],
		"a function app in a spelling that azure-cli does not know": [
			{ armKind: "FunctionApp,WorkflowApp", kind: "logicapp" },
			`az webapp update ${where} --set httpsOnly=true`,
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
		const { thumbprint } = certificate("bound");
		const bound = site({ customHostNames: reported([hostName("www.contoso.com", "IpBasedEnabled", thumbprint)]) });
		const { commands, warnings } = planChanges(
			bound,
			[bind, httpsOnly, required],
			held(certificate("bound")),
			now,
		).remediation;
		assert.deepEqual(
			{ commands: commands.map((words) => words.join(" ")), warnings },
			{
				commands: [
					`az webapp update ${where} --set httpsOnly=true clientCertEnabled=true clientCertMode=Required`,
					`az webapp config ssl bind ${where} --hostname www.contoso.com --certificate-thumbprint ${thumbprint} --ssl-type SNI`,
				],
				warnings: [
					`The binding of www.contoso.com is replaced (IpBasedEnabled:${thumbprint} becomes SniEnabled:${thumbprint}). Callers that do not name the host in the handshake (SNI) get another certificate.`,
					"With the IP-based binding of www.contoso.com the site's inbound address can change: look at the A records.",
				],
			},
		);
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

	it("sets of config/web what changes alone", () => {
		const set = `az webapp config set ${where}`;
		assert.deepEqual(
			[{ minTlsVersion: "1.2" } as const, { http20Enabled: false } as const].map(
				(properties) => plan(site(), { change: "site-config", properties }).commands,
			),
			[[`${set} --min-tls-version 1.2`], [`${set} --http20-enabled false`]],
		);
	});

	it("takes a site whose tier ARM did not tell for one whose plan allows all", () => {
		const subject = site({ tier: null, customHostNames: reported([hostName("www.contoso.com", "Disabled")]) });
		const { thumbprint } = certificate("fresh");
		const { commands } = planChanges(subject, [required, bind], held(certificate("fresh")), now).remediation;
		assert.deepEqual(
			commands.map((words) => words.join(" ")),
			[
				`az webapp update ${where} --set clientCertEnabled=true clientCertMode=Required`,
				`az webapp config ssl bind ${where} --hostname www.contoso.com --certificate-thumbprint ${thumbprint} --ssl-type SNI`,
			],
		);
	});

	it("leaves the tags of a slot alone where a host name goes, since azure-cli does so, too", () => {
		const { commands } = plan(site({ slot: "blue", tags: { team: "pay" } }), drop);
		assert.equal(commands.length, 1);
		assert.match(commands[0] ?? "", /^az webapp config hostname delete /);
	});

	it("finds the certificate for a host name that has none", () => {
		const fitting = certificate("fitting", { resourceGroup: "rg-plan", location: "westeurope" });
		const { commands } = planChanges(site({ slot: "staging" }), [bind], held(fitting), now).remediation;
		assert.deepEqual(
			commands.map((words) => words.join(" ")),
			[
				`az webapp config ssl bind ${where} --slot staging --hostname www.contoso.com --certificate-thumbprint ${fitting.thumbprint} --ssl-type SNI`,
				`az webapp update ${where} --slot staging --set tags={}`,
			],
		);
	});

	it("adds a host name before it binds it, and deletes one last, and says what to know of both", () => {
		const fitting = certificate("fitting");
		const { commands, warnings } = planChanges(site(), [drop, bind, add, httpsOnly], held(fitting), now).remediation;
		assert.deepEqual(
			commands.map((words) => words.slice(1, 5).join(" ")),
			[
				`webapp update --subscription ${subscriptionId}`,
				"webapp config hostname add",
				"webapp config ssl bind",
				"webapp config hostname delete",
			],
		);
		assert.equal(
			commands[1]?.join(" "),
			`az webapp config hostname add --subscription ${subscriptionId} --resource-group rg-app --webapp-name app --hostname www.contoso.com`,
		);
		assert.match(
			warnings.join("\n"),
			/Before www\.contoso\.com can be added, its DNS zone needs .*\nOnce old\.contoso\.com is deleted/,
		);
	});

	it("says how to get a certificate where there is none", () => {
		const { commands, warnings } = plan(site(), bind);
		assert.deepEqual(commands, []);
		assert.match(
			warnings.join(),
			/no valid certificate for it in West Europe in rg-app and rg-plan.*az webapp config ssl upload/,
		);
	});

	it("says why there is no command where the certificates could not be read", () => {
		const { warnings } = planChanges(site(), [bind], { readable: false, reason: "403" }, now).remediation;
		assert.match(warnings.join(), /No command for www\.contoso\.com: .*could not be read: 403\./);
	});

	it("binds the certificate that the policy asks for only where azure-cli finds it", () => {
		const pinned: Change = { ...bind, certificate: { thumbprint: certificate("pinned").thumbprint } };
		const cases = {
			here: certificate("pinned"),
			"in another group": certificate("pinned", { resourceGroup: "rg-other" }),
			expired: certificate("pinned", { expiresAt: now }),
			"in another region": certificate("pinned", { location: "North Europe" }),
			"for another name": certificate("pinned", { hostNames: ["www.fabrikam.com"] }),
			nowhere: certificate("other"),
		};
		for (const [name, one] of Object.entries(cases)) {
			const { commands, warnings }: Steps = planChanges(site(), [pinned], held(one), now).remediation;
			assert.equal(commands.length, name === "here" ? 1 : 0, name);
			if (name !== "here")
				assert.match(
					warnings.join(),
					/the certificate \w{40} that the policy asks for is not a valid one for it in West Europe in rg-app/,
				);
		}
	});

	it("makes one binding of several that are asked for, and none where they do not agree", () => {
		const newest: Change = { ...bind, sslState: "Bound", certificate: "newer" };
		const byIp: Change = { ...bind, sslState: "IpBasedEnabled" };
		const bound = site({ customHostNames: reported([hostName("www.contoso.com", "SniEnabled", "C".repeat(40))]) });
		const fresh = held(certificate("fresh"));
		const { commands } = planChanges(bound, [byIp, { ...newest, hostName: "WWW.contoso.com" }], fresh, now).remediation;
		assert.equal(commands.length, 1);
		assert.match(
			commands[0]?.join(" ") ?? "",
			new RegExp(`--certificate-thumbprint ${certificate("fresh").thumbprint} --ssl-type IP$`),
		);
		const disagreed = planChanges(bound, [bind, byIp], fresh, now).remediation;
		assert.deepEqual(disagreed.commands, []);
		assert.match(
			disagreed.warnings.join(),
			/the policies want it bound both as SniEnabled and as IpBasedEnabled; change one/,
		);
	});

	it("warns of a change after which certificates could not be asked for", () => {
		const off = { clientCertMode: reported("Ignore" as const) };
		const excluding = { clientCertExclusionPaths: reported(["/health"]) };
		const http2 = { http20Enabled: reported(true) };
		const exclude: Change = { change: "site-properties", properties: { clientCertExclusionPaths: "/health" } };
		const http2Off: Change = { change: "site-config", properties: { http20Enabled: false } };
		const tls13: Change = { change: "site-config", properties: { minTlsVersion: "1.3" } };
		const cases: [Partial<Site>, Change[], says: RegExp | null][] = [
			[{ ...off, ...excluding, ...http2 }, [required], /because of exclusion paths, which HTTP\/2 rules out/],
			[{ ...http2 }, [exclude], /because of exclusion paths, which HTTP\/2 rules out/],
			[{ ...excluding }, [tls13], /which TLS 1\.3 as the minimum rules out/],
			[{ ...off, ...excluding, ...http2 }, [required, http2Off], null],
			[{ ...off, ...http2 }, [required], null],
			// It is a finding already.
			[{ ...excluding, ...http2 }, [httpsOnly], null],
		];
		for (const [changes, asked, says] of cases) {
			const { warnings } = plan(site(changes), ...asked);
			const warning = warnings.find((one) => one.includes("renegotiation"));
			if (says === null) assert.equal(warning, undefined);
			else assert.match(warning ?? "", says);
		}
	});

	it("keeps the kind of a binding where only its certificate changes", () => {
		const newest: Change = { ...bind, sslState: "Bound", certificate: "newer" };
		const bound = site({ customHostNames: reported([hostName("www.contoso.com", "IpBasedEnabled", "C".repeat(40))]) });
		const { commands } = planChanges(bound, [newest], held(certificate("fresh")), now).remediation;
		assert.match(commands[0]?.join(" ") ?? "", /--ssl-type IP$/);
	});

	it("keeps the certificate that is bound, asked for by a policy or not, only if it is where azure-cli looks, and good", () => {
		const kept = certificate("bound");
		const subject = site({
			customHostNames: reported([hostName("www.contoso.com", "IpBasedEnabled", kept.thumbprint)]),
		});
		const fresh = certificate("fresh");
		const pinned: Change = { ...bind, certificate: { thumbprint: kept.thumbprint } };
		const cases = {
			here: [kept, fresh],
			"in another group": [{ ...kept, resourceGroup: "rg-other" }, fresh],
			expired: [{ ...kept, expiresAt: now }, fresh],
			gone: [fresh],
		};
		for (const [name, certificates] of Object.entries(cases)) {
			const kind: Steps = planChanges(subject, [bind], held(...certificates), now).remediation;
			const asked: Steps = planChanges(subject, [pinned], held(...certificates), now).remediation;
			assert.ok(kind.commands[0]?.includes((name === "here" ? kept : fresh).thumbprint), name);
			assert.equal(asked.commands[0]?.includes(kept.thumbprint) ?? false, name === "here", name);
			if (name !== "here") assert.match(asked.warnings.join(), /that the policy asks for is not a valid one/);
		}
		const unread = planChanges(subject, [bind], { readable: false, reason: "403" }, now);
		assert.ok(unread.remediation.commands[0]?.includes(kept.thumbprint));
		assert.match(unread.remediation.warnings.join(), /the certificates could not be read, so the command that brings/);
	});

	it("leaves the tags of a slot as they are, though azure-cli gives it those of production with a binding", () => {
		const subject = site({ slot: "staging", tags: { env: "test", "it's": "@x" } });
		const { remediation, rollback } = planChanges(subject, [bind], held(certificate("fresh")), now);
		for (const { commands } of [remediation, rollback]) {
			assert.deepEqual(commands.at(-1)?.slice(-2), ["--set", `tags={"env":"test","it's":"@x"}`]);
		}
		const unidentified = planChanges(
			{ ...subject, armKind: null },
			[bind],
			held(certificate("fresh")),
			now,
		).remediation;
		assert.equal(unidentified.commands.at(-1)?.at(-1), `{"tags":{"env":"test","it's":"\\u0040x"}}`);
		assert.doesNotMatch(planChanges(subject, [httpsOnly], held(), now).remediation.commands.join(), /tags=/);
		assert.doesNotMatch(
			planChanges({ ...subject, slot: null }, [bind], held(), now).remediation.commands.join(),
			/tags=/,
		);
	});

	it("takes the certificate that a policy asks for before a newer one", () => {
		const [pinned, fresh] = [certificate("pinned"), certificate("fresh", { expiresAt: new Date("2030-01-01") })];
		const newer: Change = { ...bind, certificate: "newer" };
		const asked: Change = { ...bind, certificate: { thumbprint: pinned.thumbprint } };
		for (const changes of [
			[newer, asked],
			[asked, newer],
		]) {
			const { commands } = planChanges(site(), changes, held(pinned, fresh), now).remediation;
			assert.ok(commands[0]?.includes(pinned.thumbprint));
		}
	});

	it("calls for the certificates only where a command, or its way back, waits for one", () => {
		const bound = site({ customHostNames: reported([hostName("old.contoso.com", "SniEnabled", "C".repeat(40))]) });
		assert.equal(callsForCertificates(bound, bind), true);
		assert.equal(callsForCertificates(bound, drop), true);
		assert.equal(callsForCertificates(site(), drop), false);
		assert.equal(callsForCertificates(bound, add), false);
		assert.equal(callsForCertificates(bound, httpsOnly), false);
	});

	it("does not bind a host name that it deletes", () => {
		const { commands } = planChanges(
			site(),
			[
				{ ...drop, hostName: "OLD.contoso.com" },
				{ ...bind, hostName: "old.contoso.com" },
			],
			held(certificate("fresh")),
			now,
		).remediation;
		assert.deepEqual(
			commands.map((words) => words[4]),
			["delete"],
		);
	});

	it("binds no host name of functions on Container Apps, since azure-cli cannot", () => {
		const container = site({ armKind: "functionapp,linux", kind: "functionapp", onContainerApps: true });
		const { remediation, rollback } = planChanges(container, [add, bind], held(certificate("fresh")), now);
		assert.deepEqual(
			[...remediation.commands, ...rollback.commands].map((words) => words[4]),
			["add", "delete"],
		);
		assert.match(remediation.warnings.join(), /No command for www\.contoso\.com: azure-cli binds no host name/);
		const stray = site({
			...container,
			customHostNames: reported([hostName("old.contoso.com", "SniEnabled", "C".repeat(40))]),
		});
		const held1 = held(certificate("x", { thumbprint: "C".repeat(40) }));
		assert.deepEqual(
			planChanges(stray, [drop], held1, now).rollback.commands.map((words) => words[4]),
			["add"],
		);
	});

	it("binds no host name of a Flex Consumption app, since azure-cli looks for other certificates there", () => {
		const flex = site({ armKind: "functionapp,linux", kind: "functionapp", tier: "FlexConsumption" });
		const { commands, warnings } = planChanges(flex, [bind, httpsOnly], held(certificate("fresh")), now).remediation;
		assert.deepEqual(
			commands.map((words) => words[2]),
			["update"],
		);
		assert.match(warnings.join(), /No command for www\.contoso\.com: for a Flex Consumption app/);
	});

	it("gives no command that a Free or Shared plan refuses", () => {
		for (const tier of ["Free", "Shared"]) {
			const { commands, warnings } = plan(site({ tier }), httpsOnly, required);
			assert.deepEqual(commands, [`az webapp update ${where} --set httpsOnly=true`]);
			assert.match(warnings.join(), new RegExp(`tier is ${tier}.*Basic or higher`));
		}
		assert.deepEqual(plan(site({ tier: "Free" }), httpsOnly).warnings, []);
		const off: Change = { change: "site-properties", properties: { clientCertEnabled: false } };
		assert.deepEqual(plan(site({ tier: "Free" }), off).commands, [
			`az webapp update ${where} --set clientCertEnabled=false`,
		]);
		const { commands } = planChanges(
			site({ tier: "Free" }),
			[add, bind, drop],
			held(certificate("fresh")),
			now,
		).remediation;
		assert.deepEqual(
			commands.map((words) => words[4]),
			["delete"],
		);
	});
});
