import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { parseExclusionPaths } from "../../../src/core/model/exclusion-paths.ts";
import { clientCertExclusionPaths } from "../../../src/core/rules/client-cert-exclusion-paths.ts";
import { exclusionPaths } from "../../support/builders/arbitraries.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { judge, notReported, policy, reported, site } from "../../support/builders/site.ts";

const excluding = (...paths: string[]) => site({ clientCertExclusionPaths: reported(paths) });

testRule(clientCertExclusionPaths, {
	inSync: {
		"none wanted, none there": { site: site(), desired: [] },
		"the same set": { site: excluding("/health", "/webhooks"), desired: ["/health", "/webhooks"] },
	},
	drifted: {
		"none, where the desired ones cannot work with TLS 1.3": {
			site: site({ minTlsVersion: reported("1.3") }),
			desired: ["/a"],
			expect: {
				severity: "medium",
				desired: "/a",
				observed: "none",
				says: /mending it also makes TLS 1\.2 the minimum/,
			},
		},
		"one that another covers, where TLS 1.3 is the minimum": {
			site: site({ minTlsVersion: reported("1.3"), clientCertExclusionPaths: reported(["/a"]) }),
			desired: ["/a", "/ab"],
			expect: { severity: "medium", desired: "/a;/ab", observed: "/a", says: /^\S/ },
		},
		"two that are missing, where TLS 1.3 is the minimum": {
			site: site({ minTlsVersion: reported("1.3") }),
			desired: ["/x", "/y"],
			expect: {
				severity: "medium",
				desired: "/x;/y",
				observed: "none",
				says: /^Callers of \/x and \/y need a certificate that they should not need\. \S/,
			},
		},
		"more broad ones than anybody would read of": {
			site: excluding("/1", "/2", "/3", "/4", "/5", "/6"),
			desired: ["/1/x", "/2/x", "/3/x", "/4/x", "/5/x", "/6/x"],
			expect: {
				severity: "high",
				desired: "/1/x;/2/x;/3/x;/4/x;/5/x;/6/x",
				observed: "/1;/2;/3;/4;/5;/6",
				says: /^(?!.*The path \/6 is broad).*The path \/5 is broad/,
			},
		},
		"everything is excluded": {
			site: excluding("/", "/health"),
			desired: ["/health"],
			expect: { severity: "critical", desired: "/health", observed: "/;/health", says: /covers every path/ },
		},
		"everything is excluded, what is desired with it": {
			site: excluding("/"),
			desired: ["/health"],
			expect: {
				severity: "critical",
				desired: "/health",
				observed: "/",
				says: /^The path \/ covers every path: [^.]*\.$/,
			},
		},
		"a path that is there in a broader one": {
			site: excluding("/webhooks"),
			desired: ["/webhooks/github"],
			expect: {
				severity: "high",
				desired: "/webhooks/github",
				observed: "/webhooks",
				says: /starts with \/webhooks\. The path \/webhooks is broad: it covers all of \/webhooks, not only \/webhooks\/github\.$/,
			},
		},
		"half a segment, which covers another's parent all the same": {
			site: excluding("/web", "/webhooks/github"),
			desired: ["/webhooks/github"],
			expect: {
				severity: "high",
				desired: "/webhooks/github",
				observed: "/web;/webhooks/github",
				says: /The path \/web is broad: it covers all of \/webhooks, not only \/webhooks\/github\./,
			},
		},
		"a path below a desired one, which is not broad for that": {
			site: excluding("/webhooks/github/x"),
			desired: ["/webhooks/github"],
			expect: {
				severity: "high",
				desired: "/webhooks/github",
				observed: "/webhooks/github/x",
				says: /^(?!.*broad).*Callers of \/webhooks\/github need/,
			},
		},
		"the whole API": {
			site: excluding("/api"),
			desired: [],
			expect: {
				severity: "high",
				desired: "none",
				observed: "/api",
				says: /The path \/api is broad: it covers the whole of \/api\./,
			},
		},
		"a part of the API": {
			site: excluding("/api/v1/ping", "/apidocs"),
			desired: [],
			expect: { severity: "high", desired: "none", observed: "/api/v1/ping;/apidocs", says: /^(?!.*broad)/ },
		},
		"a broad path that a policy wants": {
			site: excluding(),
			desired: ["/api/"],
			expect: {
				severity: "medium",
				desired: "/api/",
				observed: "none",
				says: /^The path \/api\/ is broad: it covers the whole of \/api\. Callers of \/api\/ need/,
			},
		},
		"a path was added": {
			site: excluding("/api", "/health"),
			desired: ["/health"],
			expect: { severity: "high", desired: "/health", observed: "/api;/health", says: /starts with \/api/ },
		},
		"a path was added where none is wanted": {
			site: excluding("/health"),
			desired: [],
			expect: { severity: "high", desired: "none", observed: "/health", says: /starts with \/health/ },
		},
		"a path is missing": {
			site: site(),
			desired: ["/health"],
			expect: { severity: "medium", desired: "/health", observed: "none", says: /Callers of \/health need/ },
		},
		"one path was replaced by another": {
			site: excluding("/status"),
			desired: ["/health"],
			expect: {
				severity: "high",
				desired: "/health",
				observed: "/status",
				says: /\/status\. Callers of \/health need/,
			},
		},
	},
	unknown: {
		"ARM did not report them": {
			site: site({ clientCertExclusionPaths: notReported("ARM did not report clientCertExclusionPaths") }),
			desired: [],
			reason: "ARM did not report clientCertExclusionPaths",
		},
	},
});

it("compares the paths as sets, whatever their order, case and separators", () => {
	const written = exclusionPaths.chain((paths) =>
		fc.record({
			paths: fc.constant(paths),
			again: fc.shuffledSubarray([...paths, ...paths], { minLength: 2 * paths.length }),
			shout: fc.boolean(),
			separator: fc.constantFrom(";", ",", " ; ", ";;"),
		}),
	);
	fc.assert(
		fc.property(written, ({ paths, again, shout, separator }) => {
			const text = again.map((path) => (shout ? path.toUpperCase() : path)).join(separator);
			// Not every character has one lower case for its upper case.
			fc.pre(text.toLowerCase() === again.join(separator));
			const subject = excluding(...parseExclusionPaths(text));
			const { findings } = judge(subject, [policy("same", { clientCertExclusionPaths: paths })]);
			assert.deepEqual(findings, []);
		}),
	);
});

it("reads the config of a site whose desired paths could not work with it, and of no other", () => {
	const unread = { minTlsVersion: notReported("The list does not tell it") };
	const needs = (subject: Parameters<typeof clientCertExclusionPaths.check>[0], desired: readonly string[]) =>
		clientCertExclusionPaths.needs?.(subject, desired);
	const some = { clientCertExclusionPaths: reported(["/a"]) };
	assert.deepEqual(needs(site(unread), ["/a"]), ["config"]);
	assert.deepEqual(needs(site(), ["/a"]), []);
	assert.deepEqual(needs(site({ ...unread, ...some }), ["/a"]), []);
	assert.deepEqual(needs(site({ ...unread, ...some }), []), []);
});

it("leaves HTTP/2 to the rule of its own where certificates are asked for by renegotiation already", () => {
	const issues = site({ clientCertExclusionPaths: reported(["/x"]), http20Enabled: reported(true) });
	const [finding] = judge(issues, [policy("paths", { clientCertExclusionPaths: ["/a"] })]).findings;
	assert.deepEqual(finding?.remedy, [{ change: "site-properties", properties: { clientCertExclusionPaths: "/a" } }]);
});
