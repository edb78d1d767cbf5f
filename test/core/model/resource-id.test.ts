import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSiteId } from "../../../src/core/model/resource-id.ts";
import { siteId, subscriptionId } from "../../support/builders/site.ts";

describe("parseSiteId", () => {
	const parts = { subscriptionId, resourceGroup: "pay", name: "app", slot: null };
	const read: Record<string, [id: string, expect: Partial<ReturnType<typeof parseSiteId>>]> = {
		"a site's": [siteId("pay", "app"), {}],
		"a slot's": [siteId("pay", "app", "blue"), { slot: "blue" }],
		"one in another case": [
			siteId("pay", "app").replace("resourceGroups", "RESOURCEGROUPS").replace("Microsoft.Web", "microsoft.web"),
			{},
		],
		"names with dots": [siteId(".pay.", ".app.", ".blue."), { resourceGroup: ".pay.", name: ".app.", slot: ".blue." }],
		"names of 260 characters": [
			siteId("p".repeat(260), "a".repeat(260), "b".repeat(260)),
			{ resourceGroup: "p".repeat(260), name: "a".repeat(260), slot: "b".repeat(260) },
		],
	};
	for (const [name, [id, expect]] of Object.entries(read)) {
		it(`reads ${name}`, () => assert.deepEqual(parseSiteId(id), { ...parts, ...expect }));
	}

	const refused: Record<string, string> = {
		nothing: "",
		"a resource group's": siteId("pay", "app").split("/").slice(0, 5).join("/"),
		"what lies below a site": `${siteId("pay", "app")}/config/web`,
		"what lies below a slot": `${siteId("pay", "app", "blue")}/config`,
		"what stands before one": `x${siteId("pay", "app")}`,
		"another kind of resource": siteId("pay", "app").replace("/sites/", "/serverfarms/"),
		"another's letter for a dot": siteId("pay", "app").replace("Microsoft.Web", "MicrosoftxWeb"),
		"an empty name": siteId("pay", ""),
		"a resource group of dots": siteId("..", "app"),
		"a site of dots": siteId("pay", ".."),
		"a site of dots, of a slot": siteId("pay", "..", "blue"),
		"a slot of dots": siteId("pay", "app", ".."),
		"a subscription that azure-cli would read as a file": siteId("pay", "app").replace(subscriptionId, "@file"),
		"a resource group that it would": siteId("@file", "app"),
		"a site that it would": siteId("pay", "@file"),
		"a slot that it would": siteId("pay", "app", "@file"),
		"a character that no command can hold": siteId("pay", "a\0b"),
		"a longer name": siteId("pay", "a".repeat(261)),
	};
	for (const [name, id] of Object.entries(refused)) {
		it(`refuses ${name}`, () => assert.equal(parseSiteId(id), undefined));
	}
});
