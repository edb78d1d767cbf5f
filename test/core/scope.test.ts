import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseScope, scopeCovers } from "../../src/core/scope.ts";
import { siteId, subscriptionId } from "../support/site.ts";

const group = `/subscriptions/${subscriptionId}/resourceGroups/pay`;

describe("parseScope", () => {
	const accepted: Record<string, string> = {
		"/": "/",
		" / ": "/",
		[`/subscriptions/${subscriptionId}`]: `/subscriptions/${subscriptionId}`,
		[`${group}/`]: group,
		[`  ${group.toUpperCase()} `]: group.toUpperCase(),
		[siteId("pay", "app")]: siteId("pay", "app"),
		[siteId("pay", "app", "staging")]: siteId("pay", "app", "staging"),
	};
	for (const [text, scope] of Object.entries(accepted)) {
		it(`reads "${text}"`, () => assert.equal(parseScope(text), scope));
	}
	const refused = [
		"",
		"pay",
		"/subscriptions",
		"/subscriptions/Production",
		`${group}/providers`,
		`${siteId("pay", "app")}/config/web`,
		group.slice(1),
	];
	for (const text of refused) {
		it(`refuses "${text}"`, () => assert.equal(parseScope(text), undefined));
	}
});

describe("scopeCovers", () => {
	const cases: [scope: string, id: string, covers: boolean][] = [
		["/", siteId("pay", "app"), true],
		[group, siteId("pay", "app"), true],
		[group.toUpperCase(), siteId("pay", "app"), true],
		[group, siteId("payments", "app"), false],
		[siteId("pay", "app"), siteId("pay", "app"), true],
		[siteId("pay", "app"), siteId("pay", "app", "staging"), true],
		[siteId("pay", "app"), siteId("pay", "app2"), false],
		[siteId("pay", "app", "staging"), siteId("pay", "app"), false],
	];
	for (const [scope, id, covers] of cases) {
		it(`${scope} ${covers ? "covers" : "does not cover"} ${id}`, () => assert.equal(scopeCovers(scope, id), covers));
	}
});
