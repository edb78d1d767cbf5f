import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainConflicts, explainUnknowns } from "../../../src/core/evaluation/inconclusive.ts";
import {
	held,
	hostName,
	judge,
	notReported,
	policy,
	reported,
	site,
	subscriptionId,
} from "../../support/builders/site.ts";

const subscription = { id: subscriptionId, name: "Production" };

describe("explainConflicts", () => {
	it("makes one problem of each cell, with all rivals and the number of sites", () => {
		const rows = ["b", "a", "c"].map((name, index) => policy(name, { certificateMinDays: index }));
		const conflicts = ["one", "two"].flatMap((name) => judge(site({ name }), rows).conflicts);
		assert.deepEqual(explainConflicts(conflicts), [
			{
				code: "policy-conflict",
				scope: "DriftPolicy/a/certificateMinDays",
				message:
					'DriftPolicy, row "a", column "certificateMinDays": rows that are equally specific want another value ("b", "c"); the setting is unknown for 2 sites. Change one of the rows, or give it a deeper scope.',
			},
		]);
	});

	it("counts one site as one, and tells the cells apart", () => {
		const rows = ["a", "b"].map((name, index) =>
			policy(name, { certificateMinDays: index, http20Enabled: index === 0 }),
		);
		const { conflicts } = judge(site(), rows);
		assert.deepEqual(
			explainConflicts(conflicts)
				.map(({ scope, message }) => [scope, /for 1 site\. Change/.test(message)])
				.sort(),
			[
				["DriftPolicy/a/certificateMinDays", true],
				["DriftPolicy/a/http20Enabled", true],
			],
		);
	});
});

describe("explainUnknowns", () => {
	const bound = { customHostNames: reported([hostName("www.contoso.com", "SniEnabled", "A".repeat(40))]) };
	const wanted = [policy("all", { httpsOnly: true, certificateMinDays: 30 })];
	const unread = { readable: false, reason: "403" } as const;

	it("makes one problem of each site, and one of all that wait for the certificates", () => {
		const sites = [site({ ...bound, name: "a" }), site({ ...bound, name: "b", httpsOnly: notReported("not told") })];
		const assessments = sites.map((subject) => judge(subject, wanted, { certificates: unread }));
		assert.deepEqual(
			explainUnknowns(subscription, assessments, unread).map(({ code, scope, message }) => [code, scope, message]),
			[
				["site-unreadable", sites[1]?.id, `${sites[1]?.id} could not be judged. https-only: not told.`],
				[
					"site-unreadable",
					`/subscriptions/${subscriptionId}`,
					"When the certificates of 2 sites expire cannot be told: the subscription's certificates could not be read: 403.",
				],
			],
		);
	});

	it("counts one site as one", () => {
		const assessment = judge(site(bound), wanted, { certificates: unread });
		assert.deepEqual(
			explainUnknowns(subscription, [assessment], unread).map(({ message }) => message),
			[
				"When the certificates of 1 site expire cannot be told: the subscription's certificates could not be read: 403.",
			],
		);
	});

	it("leaves what the policies do not agree on to the policies", () => {
		const others = [policy("a", { httpsOnly: true }), policy("b", { httpsOnly: false })];
		assert.deepEqual(explainUnknowns(subscription, [judge(site(), others)], held()), []);
	});

	it("says each reason with the rules that it keeps from judging", () => {
		const subject = site({ httpsOnly: notReported("not told"), http20Enabled: notReported("another") });
		const assessment = judge(subject, [policy("all", { httpsOnly: true, http20Enabled: true })]);
		assert.deepEqual(
			explainUnknowns(subscription, [assessment], held()).map(({ message }) => message),
			[`${subject.id} could not be judged. https-only: not told. http20: another.`],
		);
	});

	it("says a reason once, whichever rules it is of", () => {
		const subject = site({ customHostNames: notReported("not told"), http20Enabled: notReported("another") });
		const assessment = judge(subject, [
			policy("all", { customDomainTls: "Bound", certificateMinDays: 3, http20Enabled: true }),
		]);
		const [problem] = explainUnknowns(subscription, [assessment], held());
		assert.equal(
			problem?.message,
			`${subject.id} could not be judged. custom-domain-tls, certificate-expiry: not told. http20: another.`,
		);
	});

	it("says nothing of what the policies leave open", () => {
		const issues = [policy("a", { httpsOnly: true }), policy("b", { httpsOnly: false })];
		assert.deepEqual(explainUnknowns(subscription, [judge(site(), issues)], held()), []);
	});
});
