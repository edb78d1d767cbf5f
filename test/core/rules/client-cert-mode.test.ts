import assert from "node:assert/strict";
import { it } from "node:test";
import { clientCertMode } from "../../../src/core/rules/client-cert-mode.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { judge, notReported, policy, reported, site } from "../../support/builders/site.ts";

const ignores = site({ clientCertMode: reported("Ignore") });
const optional = site({ clientCertMode: reported("Optional") });
const interactive = site({ clientCertMode: reported("OptionalInteractiveUser") });

testRule(clientCertMode, {
	inSync: {
		"Required and required": { site: site(), desired: "Required" },
		"OptionalInteractiveUser and so": { site: interactive, desired: "OptionalInteractiveUser" },
		"Ignore, and client certificates are off": { site: ignores, desired: "Ignore" },
	},
	drifted: {
		"off, beside exclusion paths, HTTP/2 and TLS 1.3, which the mode cannot work with": {
			site: site({
				clientCertMode: reported("Ignore"),
				clientCertExclusionPaths: reported(["/a"]),
				http20Enabled: reported(true),
				minTlsVersion: reported("1.3"),
			}),
			desired: "Required",
			expect: {
				severity: "critical",
				desired: "Required",
				observed: "Ignore",
				says: /whatever clientCertMode says\. .*mending it also turns HTTP\/2 off and makes TLS 1\.2 the minimum/,
			},
		},
		"off, beside HTTP/2, which a policy wants": {
			site: site({
				clientCertMode: reported("Ignore"),
				clientCertExclusionPaths: reported(["/a"]),
				http20Enabled: reported(true),
			}),
			desired: "Required",
			others: { http20Enabled: true },
			expect: {
				severity: "critical",
				desired: "Required",
				observed: "Ignore",
				says: /none reaches the app, whatever clientCertMode says\.$/,
				stays: /wants HTTP\/2 on, with which the desired client-certificate settings cannot work/,
			},
		},
		"off, beside exclusion paths that a policy wants gone": {
			site: site({
				clientCertMode: reported("Ignore"),
				clientCertExclusionPaths: reported(["/a"]),
				http20Enabled: reported(true),
			}),
			desired: "Required",
			others: { clientCertExclusionPaths: [] },
			expect: {
				severity: "critical",
				desired: "Required",
				observed: "Ignore",
				says: /none reaches the app, whatever clientCertMode says\.$/,
			},
		},
		"off where required": {
			site: ignores,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "Ignore", says: /clientCertEnabled is false/ },
		},
		"optional where required": {
			site: optional,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "Optional", says: /go on without one/ },
		},
		"interactive where required": {
			site: interactive,
			desired: "Required",
			expect: { severity: "critical", desired: "Required", observed: "OptionalInteractiveUser", says: /not asked/ },
		},
		"off where optional": {
			site: ignores,
			desired: "Optional",
			expect: { severity: "high", desired: "Optional", observed: "Ignore", says: /clientCertEnabled is false/ },
		},
		"required where optional": {
			site: site(),
			desired: "Optional",
			expect: { severity: "medium", desired: "Optional", observed: "Required", says: /turned away with 403/ },
		},
		"required where none is wanted": {
			site: site(),
			desired: "Ignore",
			expect: { severity: "medium", desired: "Ignore", observed: "Required", says: /turned away with 403/ },
		},
	},
	unknown: {
		"ARM did not report it": {
			site: site({ clientCertMode: notReported("ARM did not report clientCertMode") }),
			desired: "Required",
			reason: "ARM did not report clientCertMode",
		},
	},
});

it("turns client certificates off, and leaves the mode that means nothing then", () => {
	const { findings } = judge(site(), [policy("default", { clientCertMode: "Ignore" })]);
	assert.deepEqual(
		findings.map(({ rule, remedy }) => [rule, remedy]),
		[["client-cert-mode", [{ change: "site-properties", properties: { clientCertEnabled: false } }]]],
	);
});
