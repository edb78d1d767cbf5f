import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layerPolicies } from "../../src/core/desired-state.ts";
import type { Policy } from "../../src/core/policy.ts";
import { policies, reportedSite } from "../support/arbitraries.ts";
import { policy, site, siteId, subscriptionId } from "../support/site.ts";

const everywhere = policy("everywhere", { httpsOnly: true });
const group = policy(
	"group",
	{ httpsOnly: false },
	{ scope: `/subscriptions/${subscriptionId}/resourceGroups/RG-APP` },
);

describe("layerPolicies", () => {
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
			assert.deepEqual(layerPolicies(given)(site(changes)).desired.httpsOnly, expect);
			assert.deepEqual(layerPolicies(given.toReversed())(site(changes)).desired.httpsOnly, expect);
		});
	}

	it("never depends on the order of rows", () => {
		const shuffled = policies.chain((rows) =>
			fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
		);
		fc.assert(
			fc.property(reportedSite, shuffled, ({ tags, kind }, [rows, others]) => {
				const subject = site({ tags, kind });
				assert.deepEqual(layerPolicies(others)(subject), layerPolicies(rows)(subject));
			}),
		);
	});
});
