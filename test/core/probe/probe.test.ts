import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Settings } from "../../../src/core/model/policy.ts";
import { indexPolicies } from "../../../src/core/policy/precedence.ts";
import { planPaths, planProbe, whyNotProbed } from "../../../src/core/probe/plan.ts";
import { type Answer, type Reply, readResponse, unprobed } from "../../../src/core/probe/reading.ts";
import { judgeReply } from "../../../src/core/probe/verdict.ts";
import { judge, policy, reported, site } from "../../support/builders/site.ts";
import { probeModel, response } from "../../support/front-end/probe-model.ts";

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

const protocol = { tls: "1.2", http: "1.1" } as const;
const reply = (path: string, withCertificate: boolean, answer: Answer): Reply => ({
	protocol,
	path,
	withCertificate,
	answer,
});

describe("a 400", () => {
	const judgeLast = (isAllowed: boolean, ...replies: readonly Reply[]) =>
		judgeReply(
			replies.at(-1) as Reply,
			{ ...unprobed("app.azurewebsites.net", ""), stopReason: null, replies },
			isAllowed,
		).admission;
	const root = (status: number) => reply("/", false, response(status));

	it("tells nothing where a certificate is required: proxies answer so to who shows none", () => {
		assert.equal(judgeLast(false, root(400)), "unclear");
		assert.equal(judgeLast(false, root(403), reply("/a", false, response(400))), "unclear");
	});

	it("is the app's where callers may come in, and something else becomes of those who may not", () => {
		assert.equal(judgeLast(true, root(403), reply("/health", false, response(400))), "admitted");
		assert.equal(judgeLast(true, root(403), reply("/", true, response(400))), "admitted");
		assert.equal(judgeLast(true, root(400), reply("/health", false, response(400))), "unclear");
	});
});

describe("a connection that is cut off", () => {
	const cutOff = { came: "cut-off" } as const;
	const without = ["/", "/a"].map((path) => reply(path, false, cutOff));
	const judgeFirst = (...replies: readonly Reply[]) => {
		const host = { ...unprobed("app.azurewebsites.net", ""), stopReason: null, replies };
		return judgeReply(replies[0] as Reply, host, false).admission;
	};

	it("tells of a closed door only where it is so each time, and not with a certificate", () => {
		assert.equal(judgeFirst(...without, reply("/", true, response(200))), "rejected");
		assert.equal(judgeFirst(...without), "unclear");
		assert.equal(judgeFirst(...without, reply("/", true, cutOff)), "unclear");
		assert.equal(judgeFirst(reply("/", false, cutOff), reply("/", true, response(200))), "unclear");
	});
});

describe("a response", () => {
	const read = (status: number, body = "", changes = {}) =>
		readResponse("/health", {
			status,
			location: null,
			contentType: "text/html",
			forbidsAddress: false,
			body,
			...changes,
		});

	it("tells nothing of the settings where something else stands before them", () => {
		assert.match(read(403, "", { forbidsAddress: true }).blocker ?? "", /access restrictions/);
		assert.match(read(403, "<h1>Error 403 - This web app is stopped.</h1>").blocker ?? "", /is stopped/);
		for (const status of [408, 421, 429, 495, 496, 502, 503, 504])
			assert.match(read(status).blocker ?? "", new RegExp(`answered ${status}`));
		for (const status of [200, 204, 301, 400, 401, 403, 404, 405, 500]) assert.equal(read(status).blocker, null);
	});

	it("has the same page whatever path, time or request it names", () => {
		const page = (path: string, id: string) =>
			readResponse(path, {
				status: 403,
				location: null,
				contentType: "text/html",
				forbidsAddress: false,
				body: `<p>No ${path} for you at ${id}, 12:00:01.</p>`,
			}).page;
		assert.equal(page("/health", "5f0c2b"), page("/not-health", "77aa01"));
		assert.equal(page("/", "5f0c2b"), page("/not-health", "77aa01"));
		assert.equal(read(200, "<p>Welcome.</p>").page, "");
		assert.notEqual(read(403, "<p>No.</p>").page, read(403, '{"error":"no"}').page);
	});
});

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
