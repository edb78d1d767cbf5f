import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { armCertificate, armSite, defaultSubscription } from "./arm-objects.ts";
import type { Fleet } from "./emulator.ts";
import { ArmError, answerArm } from "./resource-manager.ts";

const folder = path.join(import.meta.dirname, "../../../../shared/recordings");
const skip = existsSync(folder) ? false : `there are no recorded responses at ${folder}`;
const base = `/subscriptions/${defaultSubscription}/resourceGroups/rg-app/providers/Microsoft.Web`;

const site = armSite({ domains: { "www.contoso.com": null } });
const slot = armSite({ slot: "staging" });

/** An Azure with a site, its slot and a certificate. */
function fleet(): Fleet {
	return {
		subscriptions: new Map([[defaultSubscription, { displayName: "Production", state: "Enabled" }]]),
		sites: new Map([site, slot].map((one) => [one.id.toLowerCase(), structuredClone(one)])),
		certificates: new Map([[`${base}/certificates/certificate`.toLowerCase(), armCertificate()]]),
		configs: new Map(),
		unlisted: new Set(),
		uncounted: new Set(),
		ghosts: new Set(),
	};
}

/** What the stand-in answers, be it a refusal. */
function ask(method: string, below: string, body?: object): unknown {
	const url = `${base}${below}?api-version=2025-05-01`;
	const request = { method, url, body: body === undefined ? "" : JSON.stringify(body), origin: "https://localhost" };
	try {
		return answerArm(fleet(), { ...request, pageSize: 100, resourceListPageSize: 1000, joinsTypes: true });
	} catch (error) {
		assert.ok(error instanceof ArmError);
		return error.content;
	}
}

/** The bodies of recorded responses. */
function recorded(...names: readonly RegExp[]): unknown[] {
	const files = readdirSync(folder).filter((file) => names.some((name) => name.test(file)));
	assert.ok(files.length > 0);
	return files.map((file) => JSON.parse(readFileSync(path.join(folder, file), "utf8")).response.body);
}

/** Each member of a value with the types of what it holds: `properties.httpsOnly: boolean`. */
function membersOf(value: unknown, at = ""): string[] {
	if (Array.isArray(value)) return [`${at}: array`, ...value.flatMap((one) => membersOf(one, `${at}[]`))];
	if (typeof value !== "object" || value === null) return [`${at}: ${value === null ? "null" : typeof value}`];
	const inner = Object.entries(value).flatMap(([name, one]) => membersOf(one, at === "" ? name : `${at}.${name}`));
	return [`${at}: object`, ...inner];
}

/** What no recording has, or none has of that type. Where ARM was seen to send null, a value is believed, and the other way round. */
function invented(answer: unknown, recordings: readonly unknown[]): string[] {
	const seen = new Set(recordings.flatMap((one) => membersOf(one)));
	const names = new Set([...seen].map((member) => member.slice(0, member.lastIndexOf(":"))));
	return [...new Set(membersOf(answer))].filter((member) => {
		const name = member.slice(0, member.lastIndexOf(":"));
		const mayBeNull = member.endsWith(": null") && names.has(name);
		return !(seen.has(member) || seen.has(`${name}: null`) || mayBeNull || name.startsWith("tags."));
	});
}

describe("the stand-in for Azure sends nothing that Azure was not seen to send", { skip }, () => {
	const host = "/sites/app/hostNameBindings/new.contoso.com";
	const bind = {
		location: "West Europe",
		properties: {
			hostNameSslStates: [
				{
					name: "www.contoso.com",
					sslState: "SniEnabled",
					thumbprint: armCertificate().properties.thumbprint,
					toUpdate: true,
				},
			],
		},
	};
	const answers: Record<string, [answer: () => unknown, recordings: readonly RegExp[]]> = {
		"a site": [() => ask("GET", "/sites/app"), [/^get-site-20(22|24|26)/]],
		"a slot": [() => ask("GET", "/sites/app/slots/staging"), [/^get-s(lot|ite)-20(22|24|26)/]],
		"a list of sites": [() => ask("GET", "/sites"), [/^list-rg-2022api/, /^list-sub-2020-18/, /^slots-list-2026/]],
		"a changed site": [() => ask("PUT", "/sites/app", bind), [/^put-site/, /^get-site-20(22|24|26)/]],
		"a config": [() => ask("GET", "/sites/app/config/web"), [/^config-web-2022/]],
		"a changed config": [
			() => ask("PATCH", "/sites/app/config/web", { properties: { minTlsVersion: "1.0" } }),
			[/^patch-config-web/],
		],
		"a host name": [() => ask("PUT", host, { properties: {} }), [/^put-hostnamebinding-2022api-site/]],
		"a host name of a slot": [
			() => ask("PUT", host.replace("app/", "app/slots/staging/"), { properties: {} }),
			[/^put-hostnamebinding-2022api-slot/],
		],
		certificates: [() => ask("GET", "/certificates"), [/^certificates-/]],
		"that a site is not there": [() => ask("GET", "/sites/gone"), [/^error-404-arm-site-not-found/]],
		"a refusal of App Service": [
			() => ask("PATCH", "/sites/app", { properties: { httpsOnly: "TRUE" } }),
			[/^error-400-rp/, /^error-429-rp/],
		],
	};
	for (const [name, [answer, recordings]] of Object.entries(answers)) {
		it(name, () => assert.deepEqual(invented(answer(), recorded(...recordings)), []));
	}

	it("names what it answers about as Azure does", () => {
		const named = (value: unknown) => {
			const { id, name, type, properties } = value as Record<string, string> & { properties: { siteName?: string } };
			return { id: id?.replace(/.*\/sites\/[^/]+/, ""), name, type, siteName: properties.siteName };
		};
		const [config] = recorded(/^config-web-2022api-slot/).map(named);
		const [changed] = recorded(/^patch-config-web-2022api/).map(named);
		const [binding] = recorded(/^put-hostnamebinding-2022api-slot/).map(named);
		const ours = named(ask("GET", "/sites/app/slots/staging/config/web"));
		assert.deepEqual({ ...ours, id: ours.id?.replace("staging", "dev") }, { ...config, name: "app" });
		assert.deepEqual(named(ask("PATCH", "/sites/app/config/web", { properties: {} })), { ...changed, name: "app" });
		const url = "/sites/app/slots/staging/hostNameBindings/new.contoso.com";
		const { id, name, type, siteName } = named(ask("PUT", url, { properties: {} }));
		const rename = (text = "") =>
			text
				.replace("test-webapp-hostname", "app")
				.replace(/(?<=[/(])test\b/, "staging")
				.replace("managedcerts.net", "new.contoso.com");
		assert.deepEqual(
			[id, name, type, siteName],
			[binding?.id, binding?.name, binding?.type, binding?.siteName].map(rename),
		);
	});
});

describe("the stand-in for Azure", () => {
	const rejections: Record<string, [body: object, code: string]> = {
		"a text for a Boolean": [{ properties: { httpsOnly: "true" } }, "BadRequest"],
		"a number for a text": [{ properties: { clientCertExclusionPaths: 1 } }, "BadRequest"],
		"a mode that nobody knows": [{ properties: { clientCertMode: "Ignore" } }, "BadRequest"],
		"a member that nobody knows": [{ httpsOnly: true }, "InvalidRequestContent"],
	};
	const codeOf = (content: unknown) => {
		const { Code, error } = content as { Code?: string; error?: { code: string } };
		return Code ?? error?.code;
	};
	for (const [name, [body, code]] of Object.entries(rejections)) {
		it(`refuses ${name}`, () => assert.equal(codeOf(ask("PATCH", "/sites/app", body)), code));
	}
	it("refuses a PUT without the location", () =>
		assert.equal(codeOf(ask("PUT", "/sites/app", { properties: {} })), "LocationRequired"));
});
