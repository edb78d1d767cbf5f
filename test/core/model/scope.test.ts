import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSiteScope, parseScope, scopeCovers, scopeDepth, scopesAbove } from "../../../src/core/model/scope.ts";
import { siteId, subscriptionId } from "../../support/builders/site.ts";

const group = `/subscriptions/${subscriptionId}/resourceGroups/pay`;

describe("parseScope", () => {
	const accepted: Record<string, string> = {
		"/": "/",
		" / ": "/",
		[`/subscriptions/${subscriptionId}`]: `/subscriptions/${subscriptionId}`,
		[`${group}/`]: group,
		[`  ${group.toUpperCase()} `]: group.toUpperCase(),
		[`${group}//`]: group,
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
	it("refuses more than 2,000 characters, since no ID has so many", () => {
		const named = (length: number) => siteId("pay", "a".repeat(length - siteId("pay", "").length));
		assert.equal(parseScope(named(2000)), named(2000));
		assert.equal(parseScope(named(2001)), undefined);
	});
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

describe("scopesAbove", () => {
	it("gives every scope that covers a slot, in lower case", () => {
		const scopes = scopesAbove(siteId("Pay", "App", "Blue"));
		const lower = siteId("pay", "app", "blue").toLowerCase().split("/");
		assert.deepEqual(
			scopes,
			["/", ...lower.slice(2).map((_, index) => lower.slice(0, index + 2).join("/"))].concat(lower.join("/")),
		);
		for (const scope of scopes) assert.equal(scopeCovers(scope, siteId("pay", "app", "blue")), true, scope);
	});
});

describe("the depth of a scope", () => {
	const cases: [scope: string, depth: number, isSite: boolean][] = [
		["/", 0, false],
		[`/subscriptions/${subscriptionId}`, 2, false],
		[group, 4, false],
		[siteId("pay", "app"), 8, true],
		[siteId("pay", "app", "blue"), 10, true],
	];
	for (const [scope, depth, isSite] of cases) {
		it(`of ${scope} is ${depth}, and it is ${isSite ? "a" : "no"} site's`, () => {
			assert.equal(scopeDepth(scope), depth);
			assert.equal(isSiteScope(scope), isSite);
		});
	}
});
