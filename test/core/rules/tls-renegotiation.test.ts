import assert from "node:assert/strict";
import { it } from "node:test";
import { desiredState } from "../../../src/core/evaluate.ts";
import { planRemediation } from "../../../src/core/remediation.ts";
import { tlsRenegotiation } from "../../../src/core/rules/tls-renegotiation.ts";
import { testRule } from "../../support/rule-tester.ts";
import { notReported, policy, reported, site } from "../../support/site.ts";

const excluding = { clientCertExclusionPaths: reported(["/health"]) };
const interactive = { clientCertMode: reported("OptionalInteractiveUser" as const) };
const http2 = { http20Enabled: reported(true) };
const tls13 = { minTlsVersion: reported("1.3" as const) };
const notTold = notReported("not told");

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
				says: /more than 100 KB get 403/,
			},
		},
		"OptionalInteractiveUser with TLS 1.3": {
			site: site({ ...interactive, ...tls13 }),
			desired: "OptionalInteractiveUser",
			expect: {
				severity: "high",
				desired: "not needed",
				observed: "needed for OptionalInteractiveUser, ruled out by TLS 1.3 as the minimum",
				says: /renegotiation/,
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
				says: /renegotiation/,
			},
		},
		"HTTP/2, though the rest is not known": {
			site: site({ ...interactive, ...http2, minTlsVersion: notTold, clientCertExclusionPaths: notTold }),
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
				noRemedy: true,
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
				noRemedy: true,
			},
		},
	},
	unknown: {
		"the mode is not known": { site: site({ clientCertMode: notTold }), desired: "Required", reason: "not told" },
		"the exclusion paths are not known": {
			site: site({ ...http2, clientCertExclusionPaths: notTold }),
			desired: "Required",
			reason: "not told",
		},
		"needed, and HTTP/2 is not known": {
			site: site({ ...excluding, http20Enabled: notTold }),
			desired: "Required",
			reason: "not told",
		},
		"needed, and the minimum of TLS is not known": {
			site: site({ ...excluding, minTlsVersion: notTold }),
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

it("leaves people to decide where another policy wants what rules it out", () => {
	const wanted = policy("strict", { clientCertMode: "Required", minTlsVersion: "1.3" });
	const subject = site({ ...excluding, ...tls13 });
	const [verdict] = tlsRenegotiation.check(subject, "Required", desiredState(subject, [wanted]));
	const changes = verdict?.verdict === "drifted" ? verdict.remedy : [];
	const { commands, warnings } = planRemediation(subject, changes, { readable: true, certificates: [] }, new Date());
	assert.deepEqual(commands, []);
	assert.match(warnings.join(), /^Policy "strict" wants TLS 1\.3 as the minimum, .*: change one of them\.$/);
});
