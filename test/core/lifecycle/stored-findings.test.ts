import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toStoredFindings } from "../../../src/core/lifecycle/stored-findings.ts";
import { identityOf, identityOfProblem } from "../../../src/core/model/finding.ts";
import type { Policy } from "../../../src/core/model/policy.ts";
import type { Site } from "../../../src/core/model/site.ts";
import {
	certificate,
	exemption,
	findingsOf,
	held,
	hostName,
	judge,
	now,
	policy,
	reported,
	site,
	siteId,
} from "../../support/builders/site.ts";

const wanted = policy("default", { httpsOnly: true, clientCertExclusionPaths: ["/health"] });

function toFindings(changes: Partial<Site>, policies: readonly Policy[] = [wanted], certificates = held()) {
	const subject = site({ httpsOnly: reported(false), ...changes });
	const [finding] = findingsOf([judge(subject, policies, { certificates })], certificates);
	assert.ok(finding);
	return finding;
}

const size = (value: unknown) => JSON.stringify(value).length;

describe("identities", () => {
	it("take the spellings of an ID, a host name and a scope for one", () => {
		assert.equal(identityOf("/Sites/A_", "r", "WWW.contoso.com"), identityOf("/sites/a_", "r", "www.Contoso.com"));
		const problem = { code: "policy-invalid", scope: "DriftPolicy/A_" } as const;
		assert.equal(identityOfProblem(problem), identityOfProblem({ ...problem, scope: "driftpolicy/a_" }));
	});
	it("keep the spelling that is stored", () => {
		assert.equal(identityOf("/Sites/A", "r", null), '["/sites/a","r",null]');
		assert.equal(identityOf("/Sites/A", "r", "WWW.contoso.com"), '["/sites/a","r","www.contoso.com"]');
		assert.equal(
			identityOfProblem({ code: "policy-invalid", scope: "DriftPolicy/A" }),
			'["policy-invalid","driftpolicy/a"]',
		);
	});
	it("tell rules, host names and codes apart", () => {
		const some = [
			identityOf("a", "r", null),
			identityOf("a", "s", null),
			identityOf("a", "r", "b"),
			identityOf("a", "r", "c"),
		];
		assert.equal(new Set(some).size, 4);
	});
});

describe("toStoredFindings", () => {
	it("keeps what there is to tell of a finding", () => {
		const { site: known, fix, ...facts } = toFindings({});
		assert.deepEqual(facts, {
			rule: "https-only",
			target: null,
			severity: "high",
			desired: "true",
			observed: "false",
			fingerprint: "false",
			explanation: facts.explanation,
			policy: "default",
			learnMore: facts.learnMore,
			exemption: null,
			firstSeen: now,
			status: "open",
			endedAt: null,
		});
		assert.deepEqual(fix.properties, { httpsOnly: true });
		assert.equal(known.hasSlots, false);
	});

	it("knows whether there are slots beside a site", () => {
		const subject = site({ httpsOnly: reported(false) });
		const scan = { assessments: [judge(subject, [wanted])], certificates: held(), startedAt: now, finishedAt: now };
		const cases: Record<string, { seen: string[]; expect: boolean }> = {
			"a slot of it": { seen: [subject.id, `${subject.id}/slots/blue`], expect: true },
			"a slot of another": { seen: [subject.id, siteId("rg-app", "app-2", "blue")], expect: false },
			"no slot": { seen: [subject.id, siteId("rg-app", "app-2")], expect: false },
			"an ID that is no site's": { seen: [subject.id, `${subject.id}/functions/slots`], expect: false },
		};
		for (const [name, { seen, expect }] of Object.entries(cases)) {
			const [finding] = toStoredFindings({ ...scan, seen: new Set(seen.map((id) => id.toLowerCase())) });
			assert.equal(finding?.site.hasSlots, expect, name);
		}
	});

	it("mends nothing of what is accepted", () => {
		const assessment = judge(
			site({ httpsOnly: reported(false), http20Enabled: reported(true) }),
			[policy("default", { httpsOnly: true, http20Enabled: false })],
			{
				exemptions: [exemption()],
			},
		);
		assert.deepEqual(
			findingsOf([assessment]).map(({ rule, exemption: accepted, fix }) => [
				rule,
				accepted?.name,
				fix.properties,
				fix.config,
			]),
			[
				["http20", undefined, {}, { http20Enabled: false }],
				["https-only", "legacy", {}, {}],
			],
		);
	});

	it("mends with a finding all that is open on its host name, however it is spelt", () => {
		const old = certificate("old", { expiresAt: new Date("2026-11-25T00:00:00Z") });
		const fresh = certificate("fresh");
		const subject = site({ customHostNames: reported([hostName("WWW.contoso.com", "SniEnabled", old.thumbprint)]) });
		const policies = [
			policy("all", { certificateMinDays: 30 }),
			policy(
				"own",
				{ domainBindings: [{ hostName: "www.contoso.com", sslState: "IpBasedEnabled", thumbprint: null }] },
				{ scope: subject.id },
			),
		];
		const certificates = held(old, fresh);
		const findings = findingsOf([judge(subject, policies, { certificates })], certificates);
		assert.equal(findings.length, 2);
		for (const { fix } of findings) {
			assert.deepEqual(
				fix.bindings.map(({ sslState, thumbprint }) => [sslState, thumbprint]),
				[["IpBasedEnabled", fresh.thumbprint]],
			);
		}
	});

	describe("within the limits of a table's cell", () => {
		const pathsOf = (length: number) => [`/${"a".repeat(length - 1)}`];

		it("remembers exclusion paths of 3,998 characters, and not of one more", () => {
			const paths = (length: number) => toFindings({ clientCertExclusionPaths: reported(pathsOf(length)) }).site;
			const fits = paths(3998);
			assert.deepEqual(fits.clientCertExclusionPaths, reported(pathsOf(3998)));
			assert.equal(fits.verbatim.exclusionPaths.length, 3998);
			const over = paths(3999);
			assert.deepEqual(over.clientCertExclusionPaths, {
				reported: false,
				reason: "they are too long to be remembered",
			});
			assert.deepEqual(over.verbatim, { mode: "Required", exclusionPaths: "" });
		});

		it("sets exclusion paths of 3,998 characters, and asks people to set those of one more", () => {
			const clearFaults = (length: number) => {
				const policies = [policy("default", { clientCertExclusionPaths: pathsOf(length) })];
				return toFindings({}, policies).fix;
			};
			const fits = clearFaults(3998);
			assert.equal(fits.properties.clientCertExclusionPaths?.length, 3998);
			assert.deepEqual(fits.manualSteps, []);
			const over = clearFaults(3999);
			assert.deepEqual(over.properties, {});
			assert.match(over.manualSteps[0] ?? "", /too long for a command \(3999 characters\): set them in the portal/);
		});

		it("brings back tags of 2,000 characters as JSON, and asks people to note those of one more", () => {
			const fresh = certificate("fresh");
			const bound = [policy("bound", { customDomainTls: "SniEnabled" })];
			const clearFaults = (length: number) =>
				toFindings(
					{
						slot: "blue",
						tags: { a: "x".repeat(length - size({ a: "" })) },
						customHostNames: reported([hostName("www.contoso.com", "Disabled")]),
					},
					bound,
					held(fresh),
				).fix;
			const fits = clearFaults(2000);
			assert.equal(size(fits.tags), 2000);
			assert.deepEqual(fits.manualSteps, []);
			const over = clearFaults(2001);
			assert.equal(over.tags, null);
			assert.match(
				over.manualSteps[0] ?? "",
				/the slot's own are too long for a command that sets them again: note them first/,
			);
			assert.equal(over.bindings.length, 1);
		});

		it("keeps what people are to do anyway", () => {
			const subject = { customHostNames: reported([hostName("www.contoso.com", "Disabled")]) };
			const { fix } = toFindings(subject, [policy("bound", { customDomainTls: "SniEnabled" })]);
			assert.match(fix.manualSteps[0] ?? "", /^No command for www\.contoso\.com: there is no valid certificate/);
		});

		it("cuts the words of ARM at 200 characters, and minds that there are none", () => {
			const long = "x".repeat(300);
			const { site: known } = toFindings({ armKind: long, location: long, tier: long });
			assert.deepEqual([known.armKind?.length, known.location.length, known.tier?.length], [200, 200, 200]);
			const { site: bare } = toFindings({ armKind: null, tier: null });
			assert.deepEqual([bare.armKind, bare.tier], [null, null]);
		});

		it("cuts what people write into an exemption at 1,500 characters, and where it takes more as JSON, further", () => {
			const accepted = (reason: string) => {
				const subject = site({ httpsOnly: reported(false) });
				const [finding] = findingsOf(
					[judge(subject, [wanted], { exemptions: [exemption({ reason })] })].map((one) => ({
						...one,
						findings: one.findings.filter(({ rule }) => rule === "https-only"),
					})),
				);
				return finding?.exemption?.reason ?? "";
			};
			assert.equal(accepted("x".repeat(1500)).length, 1500);
			assert.equal(accepted("x".repeat(1501)).length, 1500);
			// Each takes six characters.
			assert.equal(accepted("\u0001".repeat(1500)).length, 187);
			// Half a character cannot be stored.
			assert.equal(accepted("a\ud800b\u2028c"), "a\ufffdb c");
		});
	});
});
