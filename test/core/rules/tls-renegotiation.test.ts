import assert from "node:assert/strict";
import { it } from "node:test";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { notProbed } from "../../../src/core/probe/reading.ts";
import { tlsRenegotiation } from "../../../src/core/rules/tls-renegotiation.ts";
import { testRule } from "../../support/builders/rule-tester.ts";
import { held, judge, notReported, now, planChanges, policy, reported, site } from "../../support/builders/site.ts";

const excluding = { clientCertExclusionPaths: reported(["/health"]) };
const interactive = { clientCertMode: reported("OptionalInteractiveUser" as const) };
const http2 = { http20Enabled: reported(true) };
const tls13 = { minTlsVersion: reported("1.3" as const) };
const notReportedBy = notReported("not told");

testRule(tlsRenegotiation, {
	inSync: {
		"Required without exclusion paths needs none": { site: site({ ...http2, ...tls13 }), desired: "Required" },
		"Optional without exclusion paths needs none": {
			site: site({ ...http2, clientCertMode: reported("Optional") }),
			desired: "Optional",
		},
		"client certificates are off": {
			site: site({ ...http2, ...excluding, clientCertMode: reported("Ignore") }),
			desired: "Required",
		},
		"needed, and possible": { site: site(excluding), desired: "Required" },
	},
	drifted: {
		"exclusion paths with HTTP/2": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for exclusion paths, ruled out by HTTP/2",
				says: /HTTP\/2 has no renegotiation: callers that speak it.*cannot be asked.*HTTP\/1\.1 can, but get 403 for each POST or PUT of more than 100 KB/,
			},
		},
		"OptionalInteractiveUser with TLS 1.3": {
			site: site({ ...interactive, ...tls13 }),
			desired: "OptionalInteractiveUser",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by TLS 1.3 as the minimum",
				says: /TLS 1\.3 has no renegotiation, and nothing older.* no caller can be asked for its certificate\. .* 403 for each POST or PUT of more than 100 KB/,
			},
		},
		"all at once": {
			site: site({ ...interactive, ...excluding, ...http2, ...tls13 }),
			desired: "Optional",
			expect: {
				severity: "high",
				desired: "not needed",
				observed:
					"needed for OptionalInteractiveUser and exclusion paths, ruled out by HTTP/2 and TLS 1.3 as the minimum",
				says: /Neither HTTP\/2 nor TLS 1\.3 has renegotiation/,
			},
		},
		"exclusion paths that would go away, but are accepted": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			others: { clientCertExclusionPaths: [] },
			accepted: ["client-cert-exclusion-paths"],
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for exclusion paths, ruled out by HTTP/2",
				says: /cannot be raised\.$/,
			},
		},
		"a mode that would go away, but is accepted": {
			site: site({ ...interactive, ...tls13 }),
			desired: "Required",
			accepted: ["client-cert-mode"],
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by TLS 1.3 as the minimum",
				says: /cannot be raised\.$/,
			},
		},
		"HTTP/2, which a policy wants off": {
			site: site({ ...excluding, ...http2 }),
			desired: "Required",
			others: { http20Enabled: false, minTlsVersion: "1.3" },
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for exclusion paths, ruled out by HTTP/2",
				says: /renegotiation/,
			},
		},
		"a mode that goes away, while the exclusion paths are not known": {
			site: site({ ...interactive, ...http2, clientCertExclusionPaths: notReportedBy }),
			desired: "Required",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by HTTP/2",
				says: /cannot be raised\.$/,
			},
		},
		"HTTP/2, though the rest is not known": {
			site: site({ ...interactive, ...http2, minTlsVersion: notReportedBy, clientCertExclusionPaths: notReportedBy }),
			desired: "OptionalInteractiveUser",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by HTTP/2",
				says: /renegotiation/,
			},
		},
		"a mode that goes away": {
			site: site({ ...interactive, ...tls13 }),
			desired: "Required",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by TLS 1.3 as the minimum",
				says: /ends once the client-certificate settings are as desired/,
			},
		},
		"exclusion paths that go away": {
			site: site({ ...excluding, ...http2, ...tls13 }),
			desired: "Required",
			others: { clientCertExclusionPaths: [] },
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for exclusion paths, ruled out by HTTP/2 and TLS 1.3 as the minimum",
				says: /ends once the client-certificate settings are as desired/,
			},
		},
	},
	unknown: {
		"the mode is not known": { site: site({ clientCertMode: notReportedBy }), desired: "Required", reason: "not told" },
		"the exclusion paths are not known": {
			site: site({ ...http2, clientCertExclusionPaths: notReportedBy }),
			desired: "Required",
			reason: "not told",
		},
		"needed, and HTTP/2 is not known": {
			site: site({ ...excluding, http20Enabled: notReportedBy }),
			desired: "Required",
			reason: "not told",
		},
		"needed, and the minimum of TLS is not known": {
			site: site({ ...excluding, minTlsVersion: notReportedBy }),
			desired: "Required",
			reason: "not told",
		},
	},
	notApplicable: {
		"no client certificates are wanted": {
			site: site({ ...excluding, ...http2 }),
			desired: "Ignore",
			reason: "the policy wants no client certificates",
		},
	},
});

it("leaves a mode as it is that is accepted, where the exclusion paths go away", () => {
	const subject = site({ ...excluding, ...http2, clientCertMode: reported("Optional") });
	const wanted = policy("default", { clientCertMode: "Required", clientCertExclusionPaths: [] });
	const { desired } = indexPolicies([wanted])(subject);
	const isAccepted = (rule: string) => rule === "client-cert-mode";
	const [verdict] = tlsRenegotiation.check(subject, "Required", {
		desired,
		certificates: held(),
		probe: notProbed,
		isAccepted,
		now,
	});
	assert.deepEqual(verdict?.verdict === "drifted" && verdict.remedy, [
		{ change: "site-properties", properties: { clientCertExclusionPaths: "" } },
	]);
});

it("leaves people to decide where the policies do not say what they want of what rules it out", () => {
	const others = ["a", "b"].map((name) =>
		policy(name, {
			http20Enabled: name === "a",
			minTlsVersion: name === "a" ? "1.3" : "1.2",
			clientCertMode: "Required",
		}),
	);
	const subject = site({ ...excluding, ...tls13, ...http2 });
	const { findings } = judge(subject, others, { rules: [tlsRenegotiation] });
	const { commands, warnings } = planChanges(
		subject,
		findings.flatMap(({ remedy }) => remedy),
		held(),
		now,
	).remediation;
	assert.deepEqual(commands, []);
	assert.match(
		warnings.join("\n"),
		/^Whether the policies want HTTP\/2 on is unknown.*\nWhether the policies want TLS 1\.3/,
	);
});

it("leaves people to decide where another policy wants what rules it out", () => {
	const wanted = policy("strict", { clientCertMode: "Required", minTlsVersion: "1.3", http20Enabled: true });
	const subject = site({ ...excluding, ...tls13, ...http2 });
	const { desired } = indexPolicies([wanted])(subject);
	const [verdict] = tlsRenegotiation.check(subject, "Required", {
		desired,
		certificates: held(),
		probe: notProbed,
		isAccepted: () => false,
		now,
	});
	const changes = verdict?.verdict === "drifted" ? verdict.remedy : [];
	const { commands, warnings } = planChanges(subject, changes, held(), now).remediation;
	assert.deepEqual(commands, []);
	assert.deepEqual(
		warnings.map((warning) => /^Policy "strict" wants (.*), with which .*: change one of them\.$/.exec(warning)?.[1]),
		["HTTP/2 on", "TLS 1.3 as the minimum"],
	);
});

it("leaves a mode as it is that is as desired, says how it ends, and for whom it matters", () => {
	const subject = site({ ...excluding, ...http2 });
	const { findings } = judge(
		subject,
		[policy("default", { clientCertMode: "Required", clientCertExclusionPaths: [] })],
		{
			rules: [tlsRenegotiation],
		},
	);
	assert.deepEqual(
		findings.map(({ remedy, explanation }) => [remedy, explanation]),
		[
			[
				[{ change: "site-properties", properties: { clientCertExclusionPaths: "" } }],
				"Because of exclusion paths, App Service asks for the client certificate by TLS renegotiation, once the request has begun. HTTP/2 has no renegotiation: callers that speak it, as browsers and most HTTP libraries do, cannot be asked for their certificate. Those that speak HTTP/1.1 can, but get 403 for each POST or PUT of more than 100 KB, a limit that cannot be raised. It ends once the client-certificate settings are as desired.",
			],
		],
	);
});
