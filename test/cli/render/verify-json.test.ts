import assert from "node:assert/strict";
import { it } from "node:test";
import { renderVerifyJson } from "../../../src/cli/render/verify-json.ts";
import { countEnforcement, type EnforcementResult } from "../../../src/core/probe/enforcement.ts";
import { unprobed } from "../../../src/core/probe/reading.ts";

const hostName = "shop.contoso.com";
const result: EnforcementResult = {
	hostName,
	rule: "enforced-client-cert",
	configured: "right",
	enforced: "no",
	outcome: "compliantNotEnforced",
};

it("prints the outcome of each rule, and their counts", () => {
	const json = renderVerifyJson([], [result], countEnforcement([result]), []);
	assert.deepEqual(JSON.parse(json), {
		reports: [],
		standings: [
			{
				hostName: "shop.contoso.com",
				rule: "enforced-client-cert",
				configured: "right",
				enforced: "no",
				standing: "rightButOpen",
			},
		],
		doors: { rightAndEnforced: 0, rightButOpen: 1, wrongButClosed: 0, wrongAndOpen: 0, couldNotTell: 0 },
		hosts: [],
	});
});

it("prints what each host answered, without the page", () => {
	const json = renderVerifyJson([], [], null, [
		{
			hostName,
			stopReason: null,
			pathsStopReason: "the time was up",
			plainHttp: { came: "response", status: 301, location: "https://shop.contoso.com/", blocker: null, page: "" },
			replies: [
				{
					protocol: { tls: "1.2", http: "1.1" },
					withCertificate: false,
					path: "/",
					answer: { came: "response", status: 403, location: null, blocker: "it is stopped", page: "<html>" },
				},
				{
					protocol: { tls: "1.3", http: "2" },
					withCertificate: true,
					path: "/health",
					answer: { came: "alert", reason: "certificate required" },
				},
			],
			served: null,
		},
	]);
	assert.deepEqual(JSON.parse(json), {
		reports: [],
		standings: [],
		doors: null,
		hosts: [
			{
				hostName: "shop.contoso.com",
				gaveUp: null,
				gaveUpPaths: "the time was up",
				plainHttp: { came: "response", status: 301, location: "https://shop.contoso.com/", hindrance: null },
				replies: [
					{
						protocol: { tls: "1.2", http: "1.1" },
						withCertificate: false,
						path: "/",
						answer: { came: "response", status: 403, location: null, hindrance: "it is stopped" },
					},
					{
						protocol: { tls: "1.3", http: "2" },
						withCertificate: true,
						path: "/health",
						answer: { came: "alert", reason: "certificate required" },
					},
				],
				served: null,
			},
		],
	});
});

it("says why a host was not asked", () => {
	const json = renderVerifyJson([], [], null, [unprobed(hostName, "it has no address")]);
	assert.deepEqual(JSON.parse(json).hosts, [
		{
			hostName: "shop.contoso.com",
			gaveUp: "it has no address",
			gaveUpPaths: "it has no address",
			plainHttp: null,
			replies: [],
			served: null,
		},
	]);
});
