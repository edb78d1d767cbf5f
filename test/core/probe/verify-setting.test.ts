import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { planProbe } from "../../../src/core/probe/plan.ts";
import { judge, policy, reported, site } from "../../support/builders/site.ts";
import { probeModel, response } from "../../support/front-end/probe-model.ts";

const required = { clientCertMode: "Required", verify: true } as const;

describe("verify, as a setting", () => {
	const all = { httpsOnly: true, ...required, clientCertExclusionPaths: [] } as const;
	const probe = { probed: false, reason: "nobody asked" } as const;
	const rulesOf = (policies: Parameters<typeof judge>[1]) => {
		const { unknowns, status } = judge(site(), policies, { probe });
		return { status, rules: unknowns.map(({ rule }) => rule) };
	};

	it("governs the rules of the door together with their own settings", () => {
		assert.deepEqual(rulesOf([policy("default", all)]), {
			status: "unknown",
			rules: ["enforced-https", "enforced-client-cert", "served-certificate"],
		});
		assert.deepEqual(rulesOf([policy("default", { verify: true })]).rules, ["served-certificate"]);
	});

	it("is off by default, and is taken back by a policy that is more specific", () => {
		const { verify, ...others } = all;
		assert.deepEqual(rulesOf([policy("default", others)]), { status: "in-sync", rules: [] });
		const off = policy("off", { verify: false }, { kind: "webapp" });
		assert.deepEqual(rulesOf([policy("default", all), off]), { status: "in-sync", rules: [] });
	});

	it("tells nothing of what is configured where ARM does not", () => {
		const subject = site({ clientCertMode: { reported: false, reason: "not told" } });
		const decision = planProbe(subject, indexPolicies([policy("default", all)])(subject).desired);
		const closed = decision.canBeProbed
			? probeModel(subject, decision.plan, { answer: ({ withCertificate }) => response(withCertificate ? 200 : 403) })
			: undefined;
		assert.ok(closed !== undefined);
		const { enforcementResults } = judge(subject, [policy("default", all)], { probe: closed });
		const found = enforcementResults.find(({ rule }) => rule === "enforced-client-cert");
		assert.deepEqual([found?.configured, found?.enforced, found?.outcome], ["unknown", "yes", "inconclusive"]);
	});

	it("counts a door that is closed as configured wrong where a setting beside the mode would open it", () => {
		const subject = site({ clientCertExclusionPaths: reported(["/"]) });
		const decision = planProbe(subject, indexPolicies([policy("default", all)])(subject).desired);
		assert.ok(decision.canBeProbed);
		const closed = probeModel(subject, decision.plan, {
			answer: ({ withCertificate }) => response(withCertificate ? 200 : 403),
		});
		const { enforcementResults } = judge(subject, [policy("default", all)], { probe: closed });
		const found = enforcementResults.find(({ rule }) => rule === "enforced-client-cert");
		assert.deepEqual([found?.configured, found?.enforced], ["wrong", "yes"]);
	});

	it("covers no site by itself where it is off", () => {
		assert.equal(rulesOf([policy("off", { verify: false })]).status, "not-covered");
	});

	it("leaves the rules unknown where it is", () => {
		const bad = { ...policy("default", { httpsOnly: true }), name: "bad" };
		const issues = { ...bad, settings: { ...bad.settings, verify: { is: "invalid" as const } } };
		const { unknowns, enforcementResults } = judge(site(), [issues], { probe });
		assert.deepEqual(
			unknowns.map(({ rule, reason, because }) => [rule, reason, because]),
			[
				["enforced-https", 'policy "bad" has an invalid verify', "policy"],
				["served-certificate", 'policy "bad" has an invalid verify', "policy"],
			],
		);
		assert.deepEqual(new Set(enforcementResults.map(({ outcome }) => outcome)), new Set(["inconclusive"]));
	});
});
