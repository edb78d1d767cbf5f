import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import type { Protocol } from "../../src/core/probe/reading.ts";
import type { Report } from "../../src/core/report/report.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { type FrontEndSite, startFrontEnd } from "../support/front-end/front-end.ts";
import {
	connectToOptions,
	type FrontEnd,
	type HostCertificates,
	issueHostCertificates,
} from "../support/front-end/sample-hosts.ts";
import { runCli } from "../support/shell/run-cli.ts";

const hostName = "app.azurewebsites.net";
const custom = "api.contoso.com";

type Standing = "rightAndEnforced" | "rightButOpen" | "wrongButClosed" | "wrongAndOpen" | "couldNotTell";

type PrintedAnswer =
	| { readonly came: "response"; readonly status: number; readonly hindrance: string | null }
	| { readonly came: "alert" | "refusal" | "cut-off" | "nothing" };

/** What `verify --format json` prints, by the names that programs read. */
interface Verified {
	readonly reports: readonly Report[];
	readonly standings: readonly {
		readonly hostName: string | null;
		readonly rule: string;
		readonly configured: "right" | "wrong" | "unknown";
		readonly enforced: "yes" | "no" | "unknown";
		readonly standing: Standing;
	}[];
	readonly doors: Readonly<Record<Standing, number>>;
	readonly hosts: readonly {
		readonly hostName: string;
		readonly plainHttp: PrintedAnswer | null;
		readonly replies: readonly {
			readonly protocol: Protocol;
			readonly withCertificate: boolean;
			readonly path: string;
			readonly answer: PrintedAnswer;
		}[];
		readonly served: { readonly thumbprint: string; readonly distrust: string | null } | null;
	}[];
}

describe("mtls-drift verify", () => {
	let azure: ArmEmulator;
	let certificates: HostCertificates;
	let folder: string;
	let front: FrontEnd;
	const file = (name: string) => path.join(folder, name);

	before(async () => {
		[azure, certificates] = await Promise.all([ArmEmulator.start(), issueHostCertificates()]);
		folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-"));
		writeFileSync(file("root.pem"), certificates.root.pem);
		writeFileSync(file("client.pem"), certificates.client.cert);
		writeFileSync(file("client.key"), certificates.client.key);
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		govern({ httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: "" });
		const certificate = certificates.host.pair;
		front = await startFrontEnd([
			{ hostName, certificate, clientCert: "Required" },
			{ hostName: custom, certificate, clientCert: "Required" },
		]);
	});
	afterEach(() => front.close());
	after(async () => {
		await azure[Symbol.asyncDispose]();
		rmSync(folder, { recursive: true });
	});

	const govern = (fields: Record<string, unknown>, exemptions: object[] = []) =>
		writeFileSync(file("policies.json"), JSON.stringify({ policies: [{ name: "default", ...fields }], exemptions }));
	/** A site as the policy wants it, but for what is changed. */
	const addSite = (properties: Record<string, unknown> = {}, domains: Record<string, string | null> = {}) => {
		const site = armSite({ properties: { httpsOnly: true, clientCertEnabled: true, ...properties }, domains });
		azure.add(site);
		return site.id;
	};
	const run = (target: string, ...options: string[]) => {
		const fixed = ["--policy", file("policies.json"), "--ca", file("root.pem"), ...connectToOptions(front)];
		return runCli(["verify", target, ...fixed, ...options], azure.environment);
	};
	const sendCertificate = () => ["--cert", file("client.pem"), "--key", file("client.key")];
	const verify = async (target: string, ...options: string[]): Promise<Verified & { readonly status: number }> => {
		const { status, stdout, stderr } = await run(target, "--format", "json", ...sendCertificate(), ...options);
		assert.equal(stderr, "");
		return { status, ...JSON.parse(stdout) };
	};

	describe("tells what is configured from what is enforced", () => {
		interface Example {
			readonly rule: string;
			readonly desired?: Record<string, unknown>;
			readonly configured?: Record<string, unknown>;
			/** Of the host, which is a custom one where the rule is about its certificate. */
			readonly enforced?: (certificates: HostCertificates) => Partial<FrontEndSite>;
			readonly domains?: (certificates: HostCertificates) => Record<string, string | null>;
		}
		const open = { clientCert: "Ignore" } as const;
		const excluding = { clientCertExclusionPaths: "/health" };
		const healthy = { exclusionPaths: ["/health"], maxTlsVersion: "1.2" } as const;
		const bound = { domains: ({ host }: HostCertificates) => ({ [custom]: host.thumbprint }) };
		const other = ({ otherHost }: HostCertificates) => ({ certificate: otherHost.pair });
		const byIp = { customDomainTls: "IpBasedEnabled" };
		const examples: Readonly<Record<Standing, readonly Example[]>> = {
			rightAndEnforced: [
				{ rule: "enforced-https" },
				{ rule: "enforced-client-cert" },
				{ rule: "enforced-exclusions", desired: excluding, configured: excluding, enforced: () => healthy },
				{ rule: "served-certificate", ...bound },
			],
			rightButOpen: [
				{ rule: "enforced-https", enforced: () => ({ httpsOnly: false, ...open }) },
				{ rule: "enforced-client-cert", enforced: () => open },
				{ rule: "enforced-exclusions", desired: excluding, configured: excluding },
				{ rule: "served-certificate", ...bound, enforced: other },
			],
			wrongButClosed: [
				{ rule: "enforced-https", configured: { httpsOnly: false } },
				{ rule: "enforced-client-cert", configured: { clientCertEnabled: false } },
				{ rule: "enforced-exclusions", desired: excluding, enforced: () => healthy },
				{ rule: "served-certificate", desired: byIp, ...bound },
			],
			wrongAndOpen: [
				{ rule: "enforced-https", configured: { httpsOnly: false }, enforced: () => ({ httpsOnly: false, ...open }) },
				{ rule: "enforced-client-cert", configured: { clientCertEnabled: false }, enforced: () => open },
				{ rule: "enforced-exclusions", desired: excluding },
				{ rule: "served-certificate", desired: byIp, ...bound, enforced: other },
			],
			couldNotTell: [
				{ rule: "enforced-https", enforced: () => ({ fault: "ip-forbidden" }) },
				{ rule: "enforced-client-cert", enforced: () => ({ fault: "stopped" }) },
				{
					rule: "enforced-exclusions",
					desired: excluding,
					configured: excluding,
					enforced: () => ({ fault: "unavailable" }),
				},
				{ rule: "served-certificate", ...bound, enforced: () => ({ fault: "resets" }) },
			],
		};
		for (const [standing, some] of Object.entries(examples)) {
			for (const { rule, desired = {}, configured = {}, enforced, domains } of some) {
				it(`${standing}: ${rule}`, async () => {
					const own = domains?.(certificates) ?? {};
					const name = Object.keys(own)[0] ?? hostName;
					govern({ httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: "", ...desired });
					const id = addSite(configured, own);
					if (enforced !== undefined) front.setSite(name, enforced(certificates));
					const { status, standings, doors, reports } = await verify(id);
					const found = standings.find((one) => one.rule === rule && one.hostName === name);
					assert.equal(found?.standing, standing, JSON.stringify(standings));
					assert.ok(doors[standing as Standing] > 0);
					const drifts = reports.flatMap(({ sites }) => sites.flatMap(({ findings }) => findings));
					const isOpen = standing === "rightButOpen" || standing === "wrongAndOpen";
					assert.equal(
						drifts.some((finding) => finding.rule === rule && finding.target === name),
						isOpen,
					);
					const expected = { rightAndEnforced: 0, couldNotTell: 2 }[standing] ?? 1;
					assert.equal(status, expected);
				});
			}
		}
	});

	it("mends an open door by the command that mends the setting, and says where to look where the setting is right", async () => {
		const id = addSite({ clientCertEnabled: false });
		front.setSite(hostName, { clientCert: "Ignore" });
		const wrong = (await verify(id)).reports[0]?.sites[0];
		const name = `--subscription ${defaultSubscription} --resource-group rg-app --name app`;
		assert.deepEqual(wrong?.remediation.bash, [
			`az webapp update ${name} --set clientCertEnabled=true clientCertMode=Required`,
		]);
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		const right = (await verify(addSite())).reports[0]?.sites[0];
		assert.deepEqual(right?.remediation.bash, []);
		assert.match(
			right?.remediation.warnings.join("\n") ?? "",
			/No command for app\.azurewebsites\.net: by Azure Resource Manager/,
		);
		assert.match(
			right?.findings[0]?.explanation ?? "",
			/GET https:\/\/app\.azurewebsites\.net\/ without a client certificate got 200 \(/,
		);
	});

	it("finds a site by one of its host names, and asks the others, too", async () => {
		addSite({}, { [custom]: certificates.host.thumbprint });
		const { hosts, status } = await verify(custom.toUpperCase());
		assert.deepEqual(hosts.map((host) => host.hostName).toSorted(), [custom, hostName]);
		assert.equal(status, 0);
	});

	it("shows all sites that share a host name", async () => {
		const shared = { hostNames: ["shop.trafficmanager.net"] };
		for (const name of ["shop-west", "shop-north"]) {
			azure.add(armSite({ name, properties: { httpsOnly: false, clientCertEnabled: true, ...shared } }));
		}
		const { standings } = await verify("shop.trafficmanager.net");
		assert.equal(
			standings.filter(({ rule, hostName }) => rule === "enforced-https" && hostName?.startsWith("shop.")).length,
			2,
		);
		const { stdout } = await run("shop.trafficmanager.net");
		assert.match(stdout, /shop-west/);
		assert.match(stdout, /shop-north/);
	});

	it("asks a slot, and not the site that it belongs to", async () => {
		addSite();
		const slot = armSite({ slot: "staging", properties: { httpsOnly: true, clientCertEnabled: true } });
		azure.add(slot);
		const { hosts, reports } = await verify(slot.id);
		assert.deepEqual(
			hosts.map((host) => host.hostName),
			["app-staging.azurewebsites.net"],
		);
		assert.equal(reports.at(-1)?.scan?.counts.sites, 1);
	});

	it("asks no host that the inventory does not name", async () => {
		addSite();
		for (const target of ["www.fabrikam.com", armSite({ name: "other" }).id]) {
			const { status, stderr, stdout } = await run(target);
			assert.deepEqual([status, stdout], [2, ""]);
			assert.match(stderr, /^mtls-drift: no site of the subscriptions that were read is /);
		}
		for (const target of ["127.0.0.1", "not a host", "/subscriptions/x"]) {
			const { status, stderr } = await run(target);
			assert.equal(status, 2);
			assert.match(stderr, /is neither the resource ID of a site or slot .* nor a host name/);
		}
		assert.deepEqual(front.requests, []);
	});

	it("says why it may not have found a host", async () => {
		azure.injectFault(/providers\/Microsoft\.Web\/sites\?/, {
			status: 403,
			body: { error: { code: "AuthorizationFailed", message: "no" } },
		});
		const { status, stderr } = await run(custom);
		assert.equal(status, 2);
		assert.match(stderr, /; not everything could be read:\n.*AuthorizationFailed/);
	});

	it("asks only what can be told of a site that no policy governs, and what it serves", async () => {
		govern({ scope: "/subscriptions/00000000-0000-0000-0000-000000000009", httpsOnly: true });
		const id = addSite();
		const { standings, doors, status } = await verify(id);
		assert.deepEqual(
			standings.map(({ rule }) => rule),
			["served-certificate"],
		);
		assert.equal(doors.rightAndEnforced, 1);
		assert.equal(status, 0);
		assert.deepEqual(front.requests, []);
		const { stdout } = await run(id);
		assert.ok(
			stdout.includes(
				`No policy sets httpsOnly, clientCertMode, clientCertExclusionPaths for ${id}: whether it enforces that was not judged.`,
			),
		);
	});

	it("does not ask a site that is stopped", async () => {
		const { standings, status } = await verify(addSite({ state: "Stopped" }));
		assert.deepEqual(new Set(standings.map(({ standing }) => standing)), new Set(["couldNotTell"]));
		assert.equal(status, 2);
		assert.deepEqual(front.requests, []);
	});

	it("takes an exemption for accepted", async () => {
		const exemption = {
			name: "proxy",
			scope: "/",
			rule: "enforced-client-cert",
			target: hostName,
			category: "mitigated",
			reason: "a proxy asks for it",
			owner: "pay team",
			expiresOn: "2036-01-01",
		};
		govern({ clientCertMode: "Required" }, [exemption]);
		const id = addSite();
		front.setSite(hostName, { clientCert: "Ignore" });
		const { status, standings } = await verify(id);
		assert.equal(status, 0);
		assert.equal(standings[0]?.standing, "rightButOpen");
	});

	it("shows a person what was sent, what came back and how it stands", async () => {
		const id = addSite();
		front.setSite(hostName, { http20: true, clientCert: "Ignore" });
		const { status, stdout, stderr } = await run(id, ...sendCertificate());
		assert.deepEqual([status, stderr], [1, ""]);
		const lines = stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "));
		assert.ok(lines.includes("│ host name │ GET by https │ HTTP/1.1 │ HTTP/1.1 │ HTTP/2 │ HTTP/2 │"));
		assert.ok(lines.includes("│ app.azurewebsites.net │ / │ 200 │ 200 │ 200 │ 200 │"));
		assert.ok(lines.includes("│ │ with the certificate │ │ │ │ │"));
		assert.match(
			stdout,
			/^app\.azurewebsites\.net: plain http: 301; certificate [\dA-F]{40}, until \d{4}-\d\d-\d\d\.$/m,
		);
		assert.match(stdout, /enforced-client-cert │ right +│ no +│ right but open +│/);
		assert.match(stdout, /│ configured right │ 2 +│ 1 +│/);
		assert.match(stdout, /could not tell: 0\n$/);
	});

	it("shows the text of nobody's page, and no word of the key", async () => {
		front.setSite(hostName, { clientCert: "Ignore", app: async () => new Response("hush-hush", { status: 403 }) });
		const { stdout, stderr } = await run(addSite(), "--format", "json", ...sendCertificate());
		for (const secret of ["hush-hush", "PRIVATE KEY", "MII"]) assert.ok(!`${stdout}${stderr}`.includes(secret));
	});

	it("refuses what it cannot use", async () => {
		const id = addSite();
		writeFileSync(file("nothing.pem"), "nothing");
		const cases: readonly [options: readonly string[], expected: RegExp][] = [
			[["--cert", file("absent.pem")], /--cert .*absent\.pem cannot be read \(ENOENT\)/],
			[["--cert", file("nothing.pem")], /--cert .*nothing\.pem is neither PEM nor a PFX/],
			[["--cert", file("client.pem")], /--cert .*client\.pem is no certificate with its key/],
			[["--key", file("client.key")], /--key is given without --cert/],
			[["--ca", file("nothing.pem")], /--ca .*nothing\.pem holds no certificate in PEM/],
			[["--connect-to", "nowhere"], /--connect-to nowhere is not HOST1:PORT1:HOST2:PORT2/],
			[["--format", "xml"], /Allowed choices are table, json/],
		];
		for (const [options, expected] of cases) {
			const { status, stdout, stderr } = await run(id, ...options);
			assert.deepEqual([status, stdout], [2, ""], options.join(" "));
			assert.match(stderr, expected);
		}
	});

	describe("agrees with curl", () => {
		const doors: Readonly<Record<string, Partial<FrontEndSite>>> = {
			"closed by each protocol": { clientCert: "Required", http20: true },
			"open by each protocol": { clientCert: "Ignore", http20: true },
			"asked for, and not required": { clientCert: "Optional" },
			"exclusion paths, and open where there is no renegotiation": {
				clientCert: "Required",
				exclusionPaths: ["/health"],
				http20: true,
				withoutRenegotiation: "open",
			},
			"exclusion paths, and closed where there is none": {
				clientCert: "Required",
				exclusionPaths: ["/health"],
				http20: true,
				withoutRenegotiation: "closed",
			},
			"TLS 1.3 alone": { clientCert: "Required", minTlsVersion: "1.3" },
			"TLS 1.2 alone, and plain http answered": { clientCert: "Required", maxTlsVersion: "1.2", httpsOnly: false },
			"a handshake that fails": { fault: "fails-handshake" },
			"access restrictions": { fault: "ip-forbidden", http20: true },
		};
		for (const [name, door] of Object.entries(doors)) {
			it(name, async () => {
				govern({ httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: "/health" });
				front.setSite(hostName, door);
				const [host] = (await verify(addSite({ clientCertExclusionPaths: "/health" }))).hosts;
				assert.ok(host !== undefined && host.replies.length > 0);
				for (const { protocol, withCertificate, path: asked, answer } of host.replies) {
					const expected = answer.came === "response" ? String(answer.status) : "000";
					const what = `${asked} by ${JSON.stringify(protocol)}, ${withCertificate}`;
					assert.equal(await curl(`https://${hostName}${asked}`, protocol, withCertificate), expected, what);
				}
				assert.equal(
					await curl(`http://${hostName}/`),
					String(host.plainHttp?.came === "response" && host.plainHttp.status),
				);
			});
		}

		async function curl(url: string, protocol?: Protocol, withCertificate = false): Promise<string> {
			const versions =
				protocol === undefined
					? []
					: [`--tlsv${protocol.tls}`, "--tls-max", protocol.tls, protocol.http === "2" ? "--http2" : "--http1.1"];
			const pair = withCertificate ? sendCertificate() : [];
			const words = [
				"-s",
				"-o",
				file("body"),
				"-w",
				"%{http_code}",
				"--cacert",
				file("root.pem"),
				...versions,
				...pair,
			];
			const { stdout } = await promisify(execFile)("curl", [...words, ...connectToOptions(front), url]).catch(
				(error: { readonly stdout: string }) => error,
			);
			return stdout;
		}
	});
});
