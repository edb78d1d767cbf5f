import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Policy, type SettingName, settingNames } from "../../../src/core/model/policy.ts";
import { scopeDepth } from "../../../src/core/model/scope.ts";
import { indexPolicies, rankPolicies } from "../../../src/core/policy/precedence.ts";
import { policies, reportedSite } from "../../support/builders/arbitraries.ts";
import { policy, site, siteId, subscriptionId } from "../../support/builders/site.ts";
import { scaleRuns } from "../../support/fuzz.ts";

const everywhere = policy("everywhere", { httpsOnly: true });
const group = policy(
	"group",
	{ httpsOnly: false },
	{ scope: `/subscriptions/${subscriptionId}/resourceGroups/RG-APP` },
);

describe("indexPolicies", () => {
	const cases: Record<string, { policies: Policy[]; expect: object; changes?: Parameters<typeof site>[0] }> = {
		"no policy": { policies: [], expect: { state: "not-governed" } },
		"one that does not set it": {
			policies: [policy("other", { clientCertMode: "Required" })],
			expect: { state: "not-governed" },
		},
		"one that covers another site": {
			policies: [policy("other", { httpsOnly: true }, { scope: siteId("rg-app", "app2") })],
			expect: { state: "not-governed" },
		},
		"the deepest scope wins": {
			policies: [everywhere, group],
			expect: { state: "desired", value: false, policy: "group" },
		},
		"a deeper scope beats more selectors": {
			policies: [policy("tagged", { httpsOnly: true }, { tag: { name: "env", value: "prod" }, kind: "webapp" }), group],
			changes: { tags: { env: "prod" } },
			expect: { state: "desired", value: false, policy: "group" },
		},
		"one level of scope beats two selectors": {
			policies: [
				policy("tagged", { httpsOnly: true }, { tag: { name: "env", value: "prod" }, kind: "webapp" }),
				policy("subscription", { httpsOnly: false }, { scope: `/subscriptions/${subscriptionId}` }),
			],
			changes: { tags: { env: "prod" } },
			expect: { state: "desired", value: false, policy: "subscription" },
		},
		"a selector beats none": {
			policies: [everywhere, policy("web", { httpsOnly: false }, { kind: "webapp" })],
			expect: { state: "desired", value: false, policy: "web" },
		},
		"names of tags compare without case": {
			policies: [policy("tagged", { httpsOnly: true }, { tag: { name: "ENV", value: "prod" } })],
			changes: { tags: { env: "prod" } },
			expect: { state: "desired", value: true, policy: "tagged" },
		},
		"values of tags compare with case": {
			policies: [policy("tagged", { httpsOnly: true }, { tag: { name: "env", value: "Prod" } })],
			changes: { tags: { env: "prod" } },
			expect: { state: "not-governed" },
		},
		"values of tags compare with case, the other way round": {
			policies: [policy("tagged", { httpsOnly: true }, { tag: { name: "env", value: "prod" } })],
			changes: { tags: { env: "PROD" } },
			expect: { state: "not-governed" },
		},
		"a tie of a value and one that could not be read": {
			policies: [everywhere, { ...policy("bad", {}), settings: { httpsOnly: { is: "invalid" } } }],
			expect: { state: "unknown", reason: 'policy "bad" has an invalid httpsOnly' },
		},
		"a tag with any value": {
			policies: [policy("tagged", { httpsOnly: true }, { tag: { name: "env", value: null } })],
			changes: { tags: { env: "prod" } },
			expect: { state: "desired", value: true, policy: "tagged" },
		},
		"a site is under its slot's policy only": {
			policies: [policy("slot", { httpsOnly: true }, { scope: siteId("rg-app", "app", "staging") })],
			expect: { state: "not-governed" },
		},
		"a slot is under its site's policy": {
			policies: [policy("site", { httpsOnly: true }, { scope: siteId("rg-app", "app") })],
			changes: { slot: "staging" },
			expect: { state: "desired", value: true, policy: "site" },
		},
		"any stops inheriting": {
			policies: [everywhere, { ...group, settings: { httpsOnly: { is: "any" } } }],
			expect: { state: "not-governed" },
		},
		"an invalid cell that wins makes it unknown": {
			policies: [everywhere, { ...group, settings: { httpsOnly: { is: "invalid" } } }],
			expect: { state: "unknown", reason: 'policy "group" has an invalid httpsOnly' },
		},
		"an invalid cell that loses does not": {
			policies: [{ ...everywhere, settings: { httpsOnly: { is: "invalid" } } }, group],
			expect: { state: "desired", value: false, policy: "group" },
		},
		"two invalid cells that tie": {
			policies: [
				{ ...policy("b", {}), settings: { httpsOnly: { is: "invalid" } } },
				{ ...policy("a", {}), settings: { httpsOnly: { is: "invalid" } } },
			],
			expect: { state: "unknown", reason: 'policy "a" has an invalid httpsOnly' },
		},
		"a tie of the same value": {
			policies: [everywhere, policy("also", { httpsOnly: true })],
			expect: { state: "desired", value: true, policy: "also" },
		},
		"a tie of different values": {
			policies: [everywhere, policy("also", { httpsOnly: false })],
			expect: {
				state: "unknown",
				reason: 'policies "also" and "everywhere" want different values of httpsOnly',
				conflict: { setting: "httpsOnly", policies: ["also", "everywhere"] },
			},
		},
	};
	for (const [name, { policies: given, expect, changes }] of Object.entries(cases)) {
		it(name, () => {
			assert.deepEqual(indexPolicies(given)(site(changes)).desired.httpsOnly, expect);
			assert.deepEqual(indexPolicies(given.toReversed())(site(changes)).desired.httpsOnly, expect);
		});
	}

	it("never depends on the order of rows", () => {
		const shuffled = policies.chain((rows) =>
			fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
		);
		fc.assert(
			fc.property(reportedSite, shuffled, ({ tags, kind }, [rows, others]) => {
				const subject = site({ tags, kind });
				assert.deepEqual(indexPolicies(others)(subject), indexPolicies(rows)(subject));
			}),
		);
	});

	it("is a total order or a reported conflict: a value always comes from the most specific policy that has one", () => {
		// Beside the product's own reckoning, one that looks at every policy for every site.
		const depth = ({ scope }: Policy) => scope.split("/").filter(Boolean).length;
		const others = ({ tag, kind }: Policy) => [tag, kind].filter((selector) => selector !== undefined).length;
		const hasTag = ({ tag }: Policy, tags: Readonly<Record<string, string>>) =>
			tag === undefined ||
			Object.entries(tags).some(
				([name, value]) => name.toLowerCase() === tag.name.toLowerCase() && [null, value].includes(tag.value),
			);
		fc.assert(
			fc.property(reportedSite, policies, ({ tags, kind }, rows) => {
				const subject = site({ tags, kind });
				const { desired } = indexPolicies(rows)(subject);
				for (const setting of settingNames) {
					const setters = rows.filter(
						(row) =>
							row.settings[setting] !== undefined &&
							// Host names are those of the site that the scope names.
							(setting !== "domainBindings" || depth(row) === 8) &&
							`${subject.id}/`.toLowerCase().startsWith(`${row.scope}/`.replace("//", "/").toLowerCase()) &&
							(row.kind ?? kind) === kind &&
							hasTag(row, tags),
					);
					const deepest = Math.max(...setters.map(depth));
					const deep = setters.filter((row) => depth(row) === deepest);
					const most = Math.max(...deep.map(others));
					const winners = deep.filter((row) => others(row) === most);
					const fields = winners.map((row) => row.settings[setting]);
					const actual = desired[setting];
					if (fields.some((field) => field?.is === "invalid")) assert.equal(actual.state, "unknown");
					else if (new Set(fields.map((field) => JSON.stringify(field))).size > 1) {
						assert.deepEqual(
							actual.state === "unknown" ? actual.conflict?.policies : actual,
							winners.map(({ name }) => name).sort(),
						);
					} else if (fields[0]?.is === "value") {
						const names = winners.map(({ name }) => name).sort();
						assert.deepEqual(actual, { state: "desired", value: fields[0].value, policy: names[0] });
					} else assert.deepEqual(actual, { state: "not-governed" });
				}
			}),
			{ numRuns: scaleRuns(500) },
		);
	});

	it("cuts scopes at the borders of segments only, without case", () => {
		const groups = fc.constantFrom("pay", "PAY", "payments", "Pay.prod", "pa", "pay-2");
		fc.assert(
			fc.property(groups, groups, (wanted, actual) => {
				const scope = siteId(wanted, "app").split("/").slice(0, 5).join("/");
				const { desired } = indexPolicies([policy("group", { httpsOnly: true }, { scope })])(
					site({ resourceGroup: actual }),
				);
				assert.equal(desired.httpsOnly.state === "desired", wanted.toLowerCase() === actual.toLowerCase());
			}),
		);
	});

	it("lets a site's row list host names of the site, not of its slots", () => {
		const bindings = [{ hostName: "www.contoso.com", sslState: "Bound" as const, thumbprint: null }];
		const wanted = policy("site", { domainBindings: bindings, httpsOnly: true }, { scope: siteId("rg-app", "app") });
		const slot = policy("slot", { domainBindings: [] }, { scope: siteId("rg-app", "app", "staging") });
		const effectivePolicyOf = indexPolicies([wanted, slot]);
		assert.deepEqual(effectivePolicyOf(site()).desired.domainBindings, {
			state: "desired",
			value: bindings,
			policy: "site",
		});
		const { desired } = effectivePolicyOf(site({ slot: "blue" }));
		assert.deepEqual([desired.domainBindings.state, desired.httpsOnly.state], ["not-governed", "desired"]);
		assert.deepEqual(effectivePolicyOf(site({ slot: "staging" })).desired.domainBindings, {
			state: "desired",
			value: [],
			policy: "slot",
		});
	});

	it("does not take one tag for another whose name and value look alike together", () => {
		const wanted = policy("tagged", { httpsOnly: true }, { tag: { name: "a", value: "b\nc" } });
		for (const tags of [{ "a\nb": "c" }, { a: "b" }, { "a\nb\nc": "" }]) {
			assert.equal(indexPolicies([wanted])(site({ tags })).desired.httpsOnly.state, "not-governed");
		}
	});

	it("gives sites under the same policies one answer, and those under others another", () => {
		const effectivePolicyOf = indexPolicies([everywhere, group]);
		const [one, other] = [effectivePolicyOf(site({ name: "one" })), effectivePolicyOf(site({ name: "other" }))];
		assert.equal(one, other);
		assert.notEqual(effectivePolicyOf(site({ resourceGroup: "rg-other" })), one);
		// A slot lies deeper.
		assert.notEqual(effectivePolicyOf(site({ slot: "blue" })), one);
	});
});

describe("rankPolicies", () => {
	const named = ({ winners, losers }: ReturnType<typeof rankPolicies>) => [
		winners.map(({ name }) => name),
		losers.map(({ name }) => name),
	];
	const other = policy("rival", { httpsOnly: true }, { scope: group.scope });
	const mute = policy("mute", { http20Enabled: true }, { scope: group.scope });
	const contenders = (setting: SettingName, policies: Policy[]) => {
		const subject = site();
		return named(rankPolicies(setting, indexPolicies(policies)(subject).policies, scopeDepth(subject.id)));
	};
	it("names who decides a setting, and who would", () =>
		assert.deepEqual(contenders("httpsOnly", [everywhere, group]), [["group"], ["everywhere"]]));
	it("names all who decide it", () =>
		assert.deepEqual(contenders("httpsOnly", [everywhere, group, other]), [["group", "rival"], ["everywhere"]]));
	it("leaves out who does not set it", () =>
		assert.deepEqual(contenders("httpsOnly", [mute, everywhere]), [["everywhere"], []]));
	it("names nobody where nobody sets it", () => assert.deepEqual(contenders("verify", [everywhere, group]), [[], []]));
	it("does not take a site's row for its slot's host names", () => {
		const slot = site({ slot: "blue" });
		const row = policy("row", { domainBindings: [] }, { scope: site().id });
		const policies = indexPolicies([row])(slot).policies;
		assert.deepEqual(named(rankPolicies("domainBindings", policies, scopeDepth(slot.id))), [[], []]);
	});
});
