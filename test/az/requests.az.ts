import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { armCertificate, armSite, defaultSubscription, thumbprintOf } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { answerArm } from "../support/arm/resource-manager.ts";
import { AzureCli } from "../support/shell/azure-cli.ts";

const folder = path.join(import.meta.dirname, "../../../shared/recordings");
const skip = existsSync(folder) ? false : `there are no recorded requests at ${folder}`;

interface Sent {
	readonly method: string;
	readonly url: string;
	readonly body: Readonly<Record<string, unknown>>;
}

/** What an earlier azure-cli sent to Azure itself. */
function recorded(name: string): Sent {
	return JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")).request;
}

/** The path by its fixed words, without names and versions. */
function shapeOf(url: string): string {
	const words = ["subscriptions", "resourceGroups", "providers", "Microsoft.Web", "sites", "slots", "config", "web"];
	const known = new Set([...words, "hostNameBindings"].map((word) => word.toLowerCase()));
	const { pathname } = new URL(url, "https://management.azure.com");
	return pathname
		.split("/")
		.map((word) => (known.has(word.toLowerCase()) ? word.toLowerCase() : word && "*"))
		.join("/");
}

describe("what azure-cli sends", () => {
	let azure: ArmEmulator;
	let cli: AzureCli;
	const thumbprint = thumbprintOf("certificate");
	before(async () => {
		azure = await ArmEmulator.start();
		azure.addSubscription(defaultSubscription, "Production");
		cli = await AzureCli.login(azure);
		azure.add(
			armSite({ tags: { web: "web1" }, domains: { "www.contoso.com": null } }),
			armSite({ slot: "staging", tags: { web: "of the slot" }, domains: { "test.contoso.com": null } }),
			armCertificate(),
		);
	});
	after(async () => {
		cli?.[Symbol.dispose]();
		await azure?.[Symbol.asyncDispose]();
	});

	/** The one request that changes something. */
	async function send(command: string): Promise<Sent> {
		azure.requests.length = 0;
		const { status, stderr } = await cli.run(
			`az ${command} --subscription ${defaultSubscription} --resource-group rg-app`,
		);
		assert.equal(status, 0, stderr);
		const changes = azure.requests.filter(({ method }) => ["PUT", "PATCH", "DELETE"].includes(method));
		assert.equal(changes.length, 1, JSON.stringify(changes));
		const { method, url, body } = changes[0] as (typeof changes)[number];
		return { method, url, body: JSON.parse(body) };
	}

	/** What ARM answers there, where there is something. */
	function read(url: string): unknown {
		const request = { method: "GET", url, body: "", origin: azure.endpoint, pageSize: 100, resourceListPageSize: 100 };
		return url.includes("/hostNameBindings/") ? {} : answerArm(azure.fleet, { ...request, joinsTypes: true });
	}

	const bind = `webapp config ssl bind --name app --certificate-thumbprint ${thumbprint} --ssl-type SNI`;
	const bound = (name: string) => ({
		hostNameSslStates: [{ name, sslState: "SniEnabled", thumbprint, toUpdate: true }],
	});
	const samples: Record<string, [command: string, recording: string, changes: object]> = {
		"to update a site": [
			"webapp update --name app --set httpsOnly=true",
			"put-site-2022api-az-webapp-update-set",
			{ httpsOnly: true },
		],
		"to update a slot": [
			"webapp update --name app --slot staging --set httpsOnly=true",
			"put-slot-2022api-az-webapp-update",
			{ httpsOnly: true },
		],
		"to set a config": [
			"webapp config set --name app --min-tls-version 1.0",
			"patch-config-web-2022api-mintls",
			{ minTlsVersion: "1.0" },
		],
		"to add a host name": [
			"webapp config hostname add --webapp-name app --hostname new.contoso.com",
			"put-hostnamebinding-2022api-site",
			{ siteName: "app" },
		],
		"to add a host name to a slot": [
			"webapp config hostname add --webapp-name app --slot staging --hostname new.contoso.com",
			"put-hostnamebinding-2022api-slot",
			{ siteName: "app" },
		],
		"to bind a host name": [
			`${bind} --hostname www.contoso.com`,
			"put-site-2022api-ssl-bind-hostname",
			bound("www.contoso.com"),
		],
		"to bind a host name of a slot": [
			`${bind} --slot staging --hostname test.contoso.com`,
			"put-slot-ssl-bind-sni",
			bound("test.contoso.com"),
		],
	};
	for (const [name, [command, recording, changes]] of Object.entries(samples)) {
		it(`${name} is what was recorded of an earlier version`, { skip }, async () => {
			const [sent, before] = [await send(command), recorded(recording)];
			const { properties } = sent.body as { properties: Record<string, unknown> };
			const names = Object.keys(changes);
			assert.deepEqual(withoutNulls(Object.fromEntries(names.map((member) => [member, properties[member]]))), changes);
			assert.equal(sent.method, before.method);
			assert.equal(shapeOf(sent.url), shapeOf(before.url));
			// Today's azure-cli sends back all that it read.
			const known = [before.body, read(sent.url)];
			const strangers = known.map((one) => new Set(differences(sent.body, one)));
			assert.deepEqual(
				[...(strangers[0] ?? [])].filter((member) => strangers[1]?.has(member)),
				[],
			);
		});
	}

	it("gives a slot the tags of production when it binds a host name", async () => {
		const { body } = await send(`${bind} --slot staging --hostname test.contoso.com`);
		assert.deepEqual(body.tags, { web: "web1" });
	});

	it("leaves a file unread whose name an exclusion path has, and a number a text", async () => {
		for (const value of ["@/etc/hostname", "12", "None", '["a"]', "it's\n\\"]) {
			const literal = `'${value.replace(/['\\]/g, "\\$&").replace("\n", "\\U0000000a")}'`;
			const word = `clientCertExclusionPaths=${literal}`.replaceAll("'", `'"'"'`);
			const { body } = await send(`webapp update --name app --set '${word}'`);
			assert.equal((body.properties as { clientCertExclusionPaths: unknown }).clientCertExclusionPaths, value);
		}
	});

	const site = `/subscriptions/${defaultSubscription}/resourceGroups/rg-app/providers/Microsoft.Web/sites/app`;
	const rest = (method: string, body: string) =>
		`az rest --method ${method} --url '${site}?api-version=2025-05-01' --body '${body}'`;
	const update = `az webapp update --subscription ${defaultSubscription} --resource-group rg-app --name app --set`;
	const refused: Record<string, [command: string, says: RegExp]> = {
		"a text for a Boolean": [`${update} httpsOnly=TRUE`, /Bad Request/],
		"a number for a text": [`${update} clientCertExclusionPaths=12`, /Bad Request/],
		"a mode that nobody knows": [`${update} clientCertMode=Always`, /Bad Request/],
		"a member of the resource that nobody knows": [rest("patch", '{"httpsOnly":true}'), /Could not find member/],
		"a site without its location": [rest("put", '{"properties":{"httpsOnly":true}}'), /LocationRequired/],
		"a site that is not there": [`${update.replace("app --set", "gone --set")} httpsOnly=true`, /was not found/],
	};
	for (const [name, [command, says]] of Object.entries(refused)) {
		it(`is refused where it is wrong: ${name}`, async () => {
			const { status, stderr } = await cli.run(command);
			assert.notEqual(status, 0);
			assert.match(stderr, says);
		});
	}
});

function withoutNulls(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, (_, inner: unknown) => inner ?? undefined));
}

/** The members that the other does not have, or has as another type; null can be anything. */
function differences(ours: unknown, others: unknown, at = "body"): string[] {
	if (ours === null || others === null || at === "body.tags") return [];
	if (typeof ours !== typeof others || Array.isArray(ours) !== Array.isArray(others)) return [at];
	if (Array.isArray(ours)) return differences(ours[0] ?? null, (others as unknown[])[0] ?? null, `${at}[]`);
	if (typeof ours !== "object") return [];
	return Object.entries(ours as object).flatMap(([name, value]) =>
		name in (others as object)
			? differences(value, (others as Record<string, unknown>)[name], `${at}.${name}`)
			: [`${at}.${name}`],
	);
}
