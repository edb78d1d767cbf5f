import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConfigProperties, MergedChanges, SiteProperties } from "../../../src/core/model/change.ts";
import type { StoredSite } from "../../../src/core/model/finding.ts";
import { afterChanges, copySettings, revertChanges } from "../../../src/core/remediation/effects.ts";
import { certificate, notReported, reported, site } from "../../support/builders/site.ts";

const known = (changes: Parameters<typeof site>[0] = {}): StoredSite => ({ ...site(changes), hasSlots: false });
const changes = (some: Partial<MergedChanges> = {}): MergedChanges => ({
	properties: {},
	config: {},
	addedHostNames: [],
	bindings: [],
	unbindings: [],
	deletedHostNames: [],
	tags: null,
	manualSteps: [],
	...some,
});

describe("afterChanges", () => {
	it("is what it was where nothing changes", () => assert.deepEqual(afterChanges(known(), changes()), known()));

	it("has each setting that is set, and what ARM holds of it", () => {
		const properties: Required<SiteProperties> = {
			httpsOnly: false,
			clientCertEnabled: true,
			clientCertMode: "Optional",
			clientCertExclusionPaths: "/B;/a",
		};
		const config: Required<ConfigProperties> = { minTlsVersion: "1.3", http20Enabled: true };
		assert.deepEqual(afterChanges(known(), changes({ properties, config })), {
			...known(),
			httpsOnly: reported(false),
			clientCertMode: reported("Optional"),
			clientCertExclusionPaths: reported(["/a", "/b"]),
			verbatim: { mode: "Optional", exclusionPaths: "/B;/a" },
			minTlsVersion: reported("1.3"),
			http20Enabled: reported(true),
		});
	});

	it("keeps the mode and the paths that ARM holds where they are not set", () => {
		const subject = known({ clientCertMode: reported("Optional"), clientCertExclusionPaths: reported(["/a"]) });
		const off = afterChanges(subject, changes({ properties: { clientCertEnabled: false } }));
		assert.deepEqual(
			[off.clientCertMode, off.verbatim],
			[reported("Ignore"), { mode: "Optional", exclusionPaths: "/a" }],
		);
		const on = afterChanges(off, changes({ properties: { clientCertEnabled: true } }));
		assert.deepEqual(
			[on.clientCertMode, on.verbatim],
			[reported("Optional"), { mode: "Optional", exclusionPaths: "/a" }],
		);
	});
});

describe("copySettings", () => {
	const other = known({
		httpsOnly: reported(false),
		clientCertMode: reported("Optional"),
		clientCertExclusionPaths: reported(["/a"]),
		minTlsVersion: reported("1.0"),
		http20Enabled: reported(true),
		location: "North Europe",
	});
	const { httpsOnly, clientCertMode, clientCertExclusionPaths, minTlsVersion, http20Enabled } = other;
	const cases: Record<string, { some: Partial<MergedChanges>; expect: Partial<StoredSite> }> = {
		"nothing where nothing changes": { some: {}, expect: {} },
		httpsOnly: { some: { properties: { httpsOnly: true } }, expect: { httpsOnly } },
		"the mode, as ARM holds it, too": {
			some: { properties: { clientCertEnabled: true } },
			expect: { clientCertMode, verbatim: { mode: "Optional", exclusionPaths: "" } },
		},
		"the exclusion paths, as ARM holds them, too": {
			some: { properties: { clientCertExclusionPaths: "" } },
			expect: { clientCertExclusionPaths, verbatim: { mode: "Required", exclusionPaths: "/a" } },
		},
		"the version of TLS": { some: { config: { minTlsVersion: "1.2" } }, expect: { minTlsVersion } },
		"HTTP/2": { some: { config: { http20Enabled: false } }, expect: { http20Enabled } },
	};
	for (const [name, { some, expect }] of Object.entries(cases)) {
		it(`takes ${name}`, () => assert.deepEqual(copySettings(known(), other, changes(some)), { ...known(), ...expect }));
	}
});

describe("revertChanges", () => {
	const unknown = notReported("ARM did not report it");
	const settings: Record<string, { subject: Parameters<typeof site>[0]; some: Partial<MergedChanges> }> = {
		httpsOnly: { subject: { httpsOnly: unknown }, some: { properties: { httpsOnly: true } } },
		clientCertMode: { subject: { clientCertMode: unknown }, some: { properties: { clientCertEnabled: true } } },
		clientCertExclusionPaths: {
			subject: { clientCertExclusionPaths: unknown },
			some: { properties: { clientCertExclusionPaths: "/a" } },
		},
		minTlsVersion: { subject: { minTlsVersion: unknown }, some: { config: { minTlsVersion: "1.2" } } },
		http20Enabled: { subject: { http20Enabled: unknown }, some: { config: { http20Enabled: false } } },
	};
	for (const [setting, { subject, some }] of Object.entries(settings)) {
		it(`says that it cannot bring ${setting} back where nobody knows what it was`, () =>
			assert.deepEqual(
				revertChanges(known(subject), changes(some)),
				changes({
					manualSteps: [`No command brings ${setting} back: its value is not known (ARM did not report it).`],
				}),
			));
		it(`says nothing of ${setting} where it does not change`, () =>
			assert.deepEqual(revertChanges(known(subject), changes()), changes()));
	}

	it("leaves the mode alone that was not set with the rest", () => {
		const subject = known({ clientCertMode: reported("Ignore") });
		const { properties, manualSteps } = revertChanges(subject, changes({ properties: { clientCertEnabled: true } }));
		assert.deepEqual([properties, manualSteps], [{ clientCertEnabled: false }, []]);
	});

	it("says nothing of a mode that nobody knows where it was not touched", () => {
		const subject = { ...known({ clientCertMode: reported("Ignore") }), verbatim: { mode: null, exclusionPaths: "" } };
		const some = changes({ properties: { clientCertEnabled: true } });
		assert.deepEqual(revertChanges(subject, some).manualSteps, []);
	});

	describe("of bindings", () => {
		const [old, fresh] = [certificate("old").thumbprint, certificate("fresh").thumbprint];
		const before = { sslState: "SniEnabled", thumbprint: old, isFound: true } as const;
		const rebound = { hostName: "a.contoso.com", sslState: "IpBasedEnabled", thumbprint: fresh, before } as const;
		const other = { hostName: "b.contoso.com", sslState: "SniEnabled", thumbprint: fresh, before } as const;
		const tags = { team: "pay" };

		it("knows each host name as the change left it, so that whoever undoes the way back is led there", () => {
			const { bindings } = revertChanges(
				known(),
				changes({ bindings: [other, rebound], deletedHostNames: [{ hostName: "c.contoso.com", before }] }),
			);
			assert.deepEqual(bindings, [
				{ hostName: "b.contoso.com", sslState: "SniEnabled", thumbprint: old, before: { ...other, isFound: true } },
				{ hostName: "a.contoso.com", sslState: "SniEnabled", thumbprint: old, before: { ...rebound, isFound: true } },
				{ hostName: "c.contoso.com", sslState: "SniEnabled", thumbprint: old, before: null },
			]);
		});

		it("says that the certificates could not be read, and tries", () => {
			const some = changes({ bindings: [{ ...rebound, before: { ...before, isFound: null } }] });
			const { bindings, manualSteps } = revertChanges(known(), some);
			assert.equal(bindings.length, 1);
			assert.deepEqual(manualSteps, [
				`a.contoso.com is bound as SniEnabled to the certificate ${old}; the certificates could not be read, so the command that brings this back may not find it.`,
			]);
		});

		const inconclusive = { ...rebound, before: { ...before, thumbprint: null } };
		it("does not bind to a certificate that ARM does not tell, and says so", () => {
			const { bindings, manualSteps } = revertChanges(known(), changes({ bindings: [inconclusive] }));
			assert.deepEqual(bindings, []);
			assert.deepEqual(manualSteps, [
				"No command binds a.contoso.com again as it is (SniEnabled): ARM does not tell which certificate it has.",
			]);
		});

		const cases: Record<string, { some: Partial<MergedChanges>; expect: typeof tags | null }> = {
			"a host name that is bound again": { some: { bindings: [rebound] }, expect: tags },
			"one that is unbound again": { some: { bindings: [{ ...rebound, before: null }] }, expect: tags },
			"none whose binding stays": { some: { bindings: [inconclusive] }, expect: null },
		};
		for (const [name, { some, expect }] of Object.entries(cases)) {
			it(`brings back the tags of a slot with ${name}`, () =>
				assert.deepEqual(revertChanges(known(), changes({ ...some, tags })).tags, expect));
		}
	});
});
