import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	type SettingName,
	type Settings,
	settingNames,
	writeField,
	writePolicy,
	writeSetting,
} from "../../../src/core/model/policy.ts";
import { policy } from "../../support/builders/site.ts";

const thumbprint = "0123456789ABCDEF0123456789ABCDEF01234567";

/** A value of each setting, as people write it. */
const written: { readonly [S in SettingName]: readonly [value: Settings[S], text: string] } = {
	httpsOnly: [true, "true"],
	clientCertMode: ["OptionalInteractiveUser", "OptionalInteractiveUser"],
	clientCertExclusionPaths: [["/health", "/metrics"], "/health;/metrics"],
	customDomainTls: ["Bound", "Bound"],
	domainBindings: [
		[
			{ hostName: "a.contoso.com", sslState: "Bound", thumbprint: null },
			{ hostName: "b.contoso.com", sslState: "SniEnabled", thumbprint: null },
			{ hostName: "c.contoso.com", sslState: "IpBasedEnabled", thumbprint },
		],
		`a.contoso.com;b.contoso.com=SniEnabled;c.contoso.com=IpBasedEnabled:${thumbprint}`,
	],
	certificateMinDays: [30, "30"],
	minTlsVersion: ["1.2", "1.2"],
	http20Enabled: [false, "false"],
	verify: [true, "true"],
};

describe("writeSetting", () => {
	for (const setting of settingNames) {
		it(setting, () => assert.equal(writeSetting(setting, written[setting][0]), written[setting][1]));
	}
	it("writes an empty list as nothing", () => {
		assert.equal(writeSetting("clientCertExclusionPaths", []), "");
		assert.equal(writeSetting("domainBindings", []), "");
	});
});

describe("writeField", () => {
	it("a value", () => assert.equal(writeField("httpsOnly", { is: "value", value: false }), "false"));
	it("what stops inheriting", () => assert.equal(writeField("httpsOnly", { is: "any" }), "Any"));
	it("what could not be read", () => assert.equal(writeField("httpsOnly", { is: "invalid" }), "(invalid)"));
});

describe("writePolicy", () => {
	it("writes the scope alone where nothing else is set", () =>
		assert.deepEqual([...writePolicy(policy("empty", {}))], [["scope", "/"]]));

	it("writes what selects the sites before the settings, which are in their order", () => {
		const { settings, ...rest } = policy("all", { http20Enabled: false, httpsOnly: true }, { kind: "functionapp" });
		const some = {
			...rest,
			tag: { name: "env", value: "prod" },
			settings: { ...settings, clientCertMode: { is: "any" } },
		} as const;
		assert.deepEqual(
			[...writePolicy(some)],
			[
				["scope", "/"],
				["tag", "env=prod"],
				["kind", "functionapp"],
				["httpsOnly", "true"],
				["clientCertMode", "Any"],
				["http20Enabled", "false"],
			],
		);
	});

	it("writes a star for a tag of any value", () => {
		const tagged = policy("tagged", {}, { tag: { name: "env", value: null } });
		assert.equal(writePolicy(tagged).get("tag"), "env=*");
	});
});
