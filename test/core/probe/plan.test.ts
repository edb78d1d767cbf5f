import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Settings } from "../../../src/core/model/policy.ts";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { planPaths, planProbe, whyNotProbed } from "../../../src/core/probe/plan.ts";
import { policy, reported, site } from "../../support/builders/site.ts";

const required = { clientCertMode: "Required", verify: true } as const;

describe("the paths that are asked for", () => {
	function plan(settings: Partial<Settings>, observed: readonly string[] = []) {
		const subject = site({ clientCertExclusionPaths: reported(observed) });
		return planPaths(subject, indexPolicies([policy("default", settings)])(subject).desired);
	}

	it("are the root and one more where a certificate is required", () => {
		assert.deepEqual(plan(required), { closed: ["/", "/not-mtls-drift-verify"], excluded: [], besides: [], left: 0 });
	});

	it("are none where none is", () => {
		const { closed, excluded, besides } = plan({ clientCertMode: "Optional", clientCertExclusionPaths: ["/a"] }, [
			"/b",
		]);
		assert.deepEqual({ closed, excluded, besides }, { closed: [], excluded: ["/a"], besides: [] });
	});

	it("are each desired exclusion, one beside it with another first segment, and what is excluded against the wish", () => {
		const paths = plan({ ...required, clientCertExclusionPaths: ["/health", "/webhooks/github"] }, [
			"/api",
			"/health/live",
		]);
		assert.deepEqual(paths.excluded, ["/health", "/webhooks/github"]);
		assert.deepEqual(paths.besides, ["/not-health", "/not-webhooks/github", "/api"]);
	});

	it("are never covered by an exclusion where they must need a certificate", () => {
		const { closed, besides } = plan({ ...required, clientCertExclusionPaths: ["/health", "/n"] }, ["/a", "/b"]);
		assert.deepEqual(closed, ["/", "/cmtls-drift-verify"]);
		assert.deepEqual(besides, ["/chealth", "/cn", "/a", "/b"]);
	});

	it("are beside the desired ones also where everything is excluded against the wish", () => {
		const { besides } = plan({ ...required, clientCertExclusionPaths: ["/health"] }, ["/"]);
		assert.deepEqual(besides, ["/not-health"]);
	});

	it("leave out what cannot be told apart from an exclusion any more", () => {
		const all = [..."abcdefghijklmnopqrstuvwxyz0123456789"].map((letter) => `/${letter}`);
		const { closed, besides } = plan({ ...required, clientCertExclusionPaths: all });
		assert.deepEqual({ closed, besides }, { closed: ["/"], besides: [] });
	});

	it("do not count what no policy governs as wrong", () => {
		assert.deepEqual(plan(required, ["/health"]).besides, []);
	});

	it("are none that has to be closed where the policy excludes everything", () => {
		const { closed, besides } = plan({ ...required, clientCertExclusionPaths: ["/", "/health"] });
		assert.deepEqual({ closed, besides }, { closed: [], besides: [] });
	});
});

describe("what is asked of a site", () => {
	const desiredOf = (settings: Partial<Settings>) => indexPolicies([policy("default", settings)])(site()).desired;

	it("is plain http only where https is wanted", () => {
		for (const [httpsOnly, expected] of [
			[true, true],
			[false, false],
			[undefined, false],
		] as const) {
			const decision = planProbe(site(), desiredOf(httpsOnly === undefined ? {} : { httpsOnly }));
			assert.equal(decision.canBeProbed && decision.plan.plainHttp, expected);
		}
	});

	it("is nothing of names that are none", () => {
		for (const name of [
			"169.254.169.254",
			"[::1]",
			"localhost",
			"a b.contoso.com",
			"a/b.contoso.com",
			"*.contoso.com",
			"",
		]) {
			assert.match(whyNotProbed(name) ?? "", /./, name);
		}
		for (const name of ["app.azurewebsites.net", "xn--bcher-kva.example", "_x.contoso.com", "API.Contoso.com"]) {
			assert.equal(whyNotProbed(name), undefined, name);
		}
	});
});
