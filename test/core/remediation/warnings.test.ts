import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "../../../src/core/model/change.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { mergeChanges } from "../../../src/core/remediation/merge-changes.ts";
import { planCommands } from "../../../src/core/remediation/plan.ts";
import { listSome } from "../../../src/core/remediation/warnings.ts";
import {
	certificate,
	held,
	hostName,
	notReported,
	now,
	planChanges,
	reported,
	site,
} from "../../support/builders/site.ts";

const required: Change = {
	change: "site-properties",
	properties: { clientCertEnabled: true, clientCertMode: "Required" },
};
const exclude = (clientCertExclusionPaths: string): Change => ({
	change: "site-properties",
	properties: { clientCertExclusionPaths },
});
const config = (properties: Extract<Change, { change: "site-config" }>["properties"]): Change => ({
	change: "site-config",
	properties,
});
const httpsOnly: Change = { change: "site-properties", properties: { httpsOnly: true } };
const bind: Change = { change: "binding", hostName: "www.contoso.com", sslState: "SniEnabled", certificate: "keep" };
const newest: Change = { ...bind, sslState: "Bound", certificate: "newer" };
const [old, fresh] = [certificate("old", { expiresAt: new Date("2026-12-01") }), certificate("fresh")];

function warn(subject: Site, changes: readonly Change[], hasSlots = false): readonly string[] {
	const merged = mergeChanges(subject, changes, held(old, fresh), now);
	return planCommands({ ...subject, hasSlots }, merged).remediation.warnings;
}

function bound(state: "SniEnabled" | "IpBasedEnabled" | "Disabled", slot: string | null = null): Site {
	const thumbprint = state === "Disabled" ? null : old.thumbprint;
	return site({ slot, customHostNames: reported([hostName("www.contoso.com", state, thumbprint)]) });
}

describe("warnings of a remediation", () => {
	const off = { clientCertMode: reported("Ignore" as const) };
	const excluding = { clientCertExclusionPaths: reported(["/admin", "/health"]) };
	const says: Record<string, [Partial<Site>, Change[], RegExp | null]> = {
		"Required turned on": [off, [required], /^Once certificates are Required, callers without one get 403: /],
		"Required turned on, with paths excluded": [
			{ ...off, ...excluding },
			[required],
			/get 403 \(but for \/admin and \/health\): /,
		],
		"Required instead of Optional": [
			{ clientCertMode: reported("Optional") },
			[required],
			/^Once certificates are Required/,
		],
		"an exclusion path removed": [
			excluding,
			[exclude("/health")],
			/^Callers of \/admin without .* get 403 once that path/,
		],
		"two exclusion paths removed": [excluding, [exclude("")], /^Callers of \/admin and \/health .* once these paths/],
		"an exclusion path that another still covers": [excluding, [exclude("/a;/health")], null],
		"an exclusion path removed where none is required": [
			{ ...excluding, clientCertMode: reported("Optional") },
			[exclude("/health")],
			null,
		],
		"httpsOnly turned on": [
			{ httpsOnly: reported(false) },
			[httpsOnly],
			/^Once httpsOnly is on, .*POST or PUT over http is lost/,
		],
		"httpsOnly turned off": [{}, [{ change: "site-properties", properties: { httpsOnly: false } }], null],
		"TLS raised": [
			{ minTlsVersion: reported("1.0") },
			[config({ minTlsVersion: "1.2" })],
			/^Once TLS 1\.2 is the minimum, callers that speak nothing so new cannot connect\.$/,
		],
		"TLS lowered": [{ minTlsVersion: reported("1.3") }, [config({ minTlsVersion: "1.2" })], null],
		"HTTP/2 off": [
			{ http20Enabled: reported(true) },
			[config({ http20Enabled: false })],
			/^Once HTTP\/2 is off, .*gRPC/,
		],
		"client certificates ignored": [
			{},
			[{ change: "site-properties", properties: { clientCertEnabled: false } }],
			/^Once client certificates are ignored, none reaches the app/,
		],
		"an exclusion path removed where the mode is not known": [
			{ ...excluding, clientCertMode: notReported("ARM did not report clientCertMode") },
			[exclude("/health")],
			/^Callers of \/admin without/,
		],
		"HTTP/2 on": [{}, [config({ http20Enabled: true })], null],
		"anything else while client certificates are ignored": [
			{ ...off, httpsOnly: reported(false) },
			[httpsOnly],
			/^Once httpsOnly is on/,
		],
		"exclusion paths set where nobody knows which there were": [
			{ clientCertExclusionPaths: notReported("ARM did not report them") },
			[exclude("/health")],
			/^No command brings clientCertExclusionPaths back/,
		],
		"HTTP/2 on, beside all that needs renegotiation": [
			{ ...excluding, clientCertMode: reported("OptionalInteractiveUser") },
			[config({ http20Enabled: true })],
			/^Once this is done, client certificates are asked for by TLS renegotiation because of OptionalInteractiveUser and exclusion paths, which HTTP\/2 rules out: turn that off first, or do without OptionalInteractiveUser and exclusion paths\.$/,
		],
	};
	for (const [name, [changes, asked, expected]] of Object.entries(says)) {
		it(name, () => {
			const warnings = warn(site(changes), asked);
			assert.equal(warnings.length, expected === null ? 0 : 1, warnings.join("\n"));
			if (expected !== null) assert.match(warnings[0] ?? "", expected);
		});
	}

	it("a binding replaced, by what is lost", () => {
		const [certificateAlone, ...others] = warn(bound("SniEnabled"), [newest]);
		assert.match(
			certificateAlone ?? "",
			/is replaced \(SniEnabled:\w{40} becomes SniEnabled:\w{40}\)\. Callers that pin/,
		);
		assert.doesNotMatch(certificateAlone ?? "", /SNI\)/);
		assert.deepEqual(others, []);
		const [kindAlone, address] = warn(bound("IpBasedEnabled"), [bind]);
		assert.match(kindAlone ?? "", /\(SNI\) get another certificate\.$/);
		assert.doesNotMatch(kindAlone ?? "", /pin/);
		assert.match(address ?? "", /IP-based binding of www\.contoso\.com .*A records\.$/);
		assert.deepEqual(warn(bound("Disabled"), [bind]), []);
		assert.match(
			warn(bound("Disabled"), [{ ...bind, sslState: "IpBasedEnabled" }]).join(),
			/^With the IP-based binding/,
		);
		const drop: Change = { change: "host-name", hostName: "www.contoso.com", action: "delete" };
		assert.match(warn(bound("IpBasedEnabled"), [drop]).join(), /^With the IP-based binding/);
	});

	it("a binding that keeps its IP address, or whose certificate ARM did not tell, by what is lost", () => {
		assert.deepEqual(warn(bound("IpBasedEnabled"), [newest]), [
			`The binding of www.contoso.com is replaced (IpBasedEnabled:${old.thumbprint} becomes IpBasedEnabled:${fresh.thumbprint}). Callers that pin the old certificate cannot connect.`,
		]);
		const inconclusive = site({ customHostNames: reported([hostName("www.contoso.com", "SniEnabled")]) });
		assert.equal(
			warn(inconclusive, [newest])[0],
			`The binding of www.contoso.com is replaced (SniEnabled becomes SniEnabled:${fresh.thumbprint}). Callers that pin the old certificate cannot connect.`,
		);
	});

	it("on the way back, that a host name is unbound, and its address with it", () => {
		const back = (sslState: "SniEnabled" | "IpBasedEnabled") =>
			planChanges(bound("Disabled"), [{ ...bind, sslState }], held(fresh), now).rollback.warnings;
		const unbound = "Once www.contoso.com is unbound, callers get a certificate error.";
		assert.deepEqual(back("SniEnabled"), [unbound]);
		assert.deepEqual(back("IpBasedEnabled"), [
			unbound,
			"With the IP-based binding of www.contoso.com the site's inbound address can change: look at the A records.",
		]);
	});

	it("three host names by name, and of four the first two", () => {
		const names = ["a", "b", "c", "d"].map((name) => `${name}.contoso.com`);
		assert.equal(listSome(names.slice(0, 1)), "a.contoso.com");
		assert.equal(listSome(names.slice(0, 3)), "a.contoso.com, b.contoso.com and c.contoso.com");
		assert.equal(listSome(names), "a.contoso.com, b.contoso.com and 2 more host names");
	});

	it("many bindings that are replaced in one way, in one sentence", () => {
		const names = Array.from({ length: 300 }, (_, index) => `h${index}.contoso.com`);
		const many = site({ customHostNames: reported(names.map((name) => hostName(name, "SniEnabled", old.thumbprint))) });
		const warnings = warn(
			many,
			names.map((name) => ({ ...newest, hostName: name })),
		);
		assert.equal(warnings.length, 1);
		assert.match(
			warnings[0] ?? "",
			/^The binding of h0\.contoso\.com, h1\.contoso\.com and 298 more host names is replaced/,
		);
	});

	it("http callers of a host name that gets its certificate only afterwards", () => {
		const open = { ...bound("Disabled"), httpsOnly: reported(false) };
		assert.match(
			warn(open, [httpsOnly, bind]).join("\n"),
			/\nWhoever calls www\.contoso\.com over http gets a certificate error/,
		);
	});

	it("that a host name is deleted before another, which may be to take its place, works", () => {
		const add: Change = { change: "host-name", hostName: "new.fabrikam.com", action: "add" };
		const drop: Change = { change: "host-name", hostName: "www.contoso.com", action: "delete" };
		assert.match(
			warn(bound("SniEnabled"), [add, drop]).join("\n"),
			/new\.fabrikam\.com is not bound yet: delete www\.contoso\.com only once that works/,
		);
	});

	it("what is needed before a host name is added, and whom it cuts off to delete one", () => {
		const add: Change = { change: "host-name", hostName: "new.contoso.com", action: "add" };
		const drop: Change = { change: "host-name", hostName: "www.contoso.com", action: "delete" };
		const added =
			"Before new.contoso.com can be added, its DNS zone needs a CNAME or A record that leads to the site, and a TXT record asuid with its verification ID.";
		const deleted = "Once www.contoso.com is deleted, whoever still calls that name does not reach the site.";
		assert.deepEqual(warn(bound("SniEnabled"), [add]), [added]);
		assert.deepEqual(warn(bound("SniEnabled"), [drop]), [deleted]);
		assert.deepEqual(warn(bound("SniEnabled"), [add, { ...bind, hostName: "new.contoso.com" }, drop]), [
			added,
			deleted,
		]);
	});

	it("no http callers of a host name that has its certificate already", () => {
		const open = { ...bound("SniEnabled"), httpsOnly: reported(false) };
		assert.equal(
			warn(open, [httpsOnly, newest]).some((warning) => warning.startsWith("Whoever calls")),
			false,
		);
	});

	it("production, where there are slots beside it and something changes", () => {
		assert.match(
			warn(site(), [httpsOnly], true)[0] ?? "",
			/^This changes production: app has deployment slots beside it, which stay as they are\.$/,
		);
		assert.deepEqual(
			warn(site({ customHostNames: notReported("no") }), [{ change: "manual-step", advice: "Look." }], true),
			["Look."],
		);
	});
});
