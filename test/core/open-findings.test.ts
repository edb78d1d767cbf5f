import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type OpenFinding, settle } from "../../src/core/open-findings.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { Scan } from "../../src/core/scan.ts";
import type { Site } from "../../src/core/site.ts";
import { held, hostName, judge, notReported, policy, reported, site, siteId, subscriptionId } from "../support/site.ts";

const wanted = policy("default", { httpsOnly: true, customDomainTls: "Bound" });
const first = new Date("2026-11-01T00:00:00Z");
const now = new Date("2026-11-23T18:00:00Z");

/** What a scan says that saw these sites; `changes` for what it could not see. */
function scan(sites: readonly Site[], changes: Partial<Scan> = {}, policies: readonly Policy[] = [wanted]): Scan {
	return {
		id: "scan-1",
		subscription: { id: subscriptionId, name: "Production" },
		startedAt: now,
		finishedAt: now,
		complete: true,
		trustworthy: true,
		failure: null,
		seen: new Set(sites.map(({ id }) => id.toLowerCase())),
		absent: new Set(),
		counts: { sites: sites.length, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 },
		assessments: sites
			.map((subject) => judge(subject, policies))
			.filter(({ findings, unknowns }) => findings.length + unknowns.length > 0),
		problems: [],
		certificates: held(),
		requests: 0,
		...changes,
	};
}

const open = site({ httpsOnly: reported(false) });
const [remembered] = settle([], scan([open], { startedAt: first })).open as [OpenFinding];

const names = (findings: readonly OpenFinding[]) =>
	findings.map(({ rule, target }) => (target ? `${rule} ${target}` : rule));

describe("settle", () => {
	it("opens what is new, since the start of the scan", () => {
		const { open: opened, firstSeen } = settle([], scan([open]));
		assert.deepEqual(opened, [
			{
				resourceId: siteId("rg-app", "app"),
				rule: "https-only",
				target: null,
				severity: "high",
				desired: "true",
				observed: "false",
				policy: "default",
				exemption: null,
				firstSeen: now,
			},
		]);
		assert.deepEqual([...firstSeen.values()], [now]);
	});

	it("leaves what is as it was, and knows since when", () => {
		const { open: opened, resolved, removed, firstSeen } = settle([remembered], scan([open]));
		assert.deepEqual([opened, resolved, removed], [[], [], []]);
		assert.deepEqual([...firstSeen.values()], [first]);
	});

	it("knows a finding again however ARM spells its site and host name", () => {
		const domains = (name: string) => ({ customHostNames: reported([hostName(name, "Disabled")]) });
		const known = settle([], scan([site(domains("www.contoso.com"))])).open;
		const shouting = { ...site(domains("WWW.contoso.com")), id: siteId("RG-APP", "App") };
		assert.deepEqual(settle(known, scan([shouting])).open, []);
	});

	const changes: Record<string, Policy> = {
		"another severity": policy("default", { httpsOnly: true, clientCertMode: "Required" }),
		"another policy": policy("other", { httpsOnly: true }),
	};
	for (const [name, changed] of Object.entries(changes)) {
		it(`writes ${name}, and keeps since when`, () => {
			const [finding, ...others] = settle([remembered], scan([open], {}, [changed])).open;
			assert.deepEqual(others, []);
			assert.equal(finding?.firstSeen, first);
		});
	}

	it("resolves what is in sync, or no longer governed", () => {
		assert.deepEqual(names(settle([remembered], scan([site()])).resolved), ["https-only"]);
		assert.deepEqual(names(settle([remembered], scan([open], {}, [])).resolved), ["https-only"]);
	});

	it("resolves the finding of a host name that is gone", () => {
		const two = site({ customHostNames: reported(["a.com", "b.com"].map((name) => hostName(name, "Disabled"))) });
		const known = settle([], scan([two])).open;
		const one = site({ customHostNames: reported([hostName("a.com", "Disabled")]) });
		assert.deepEqual(names(settle(known, scan([one])).resolved), ["custom-domain-tls b.com"]);
	});

	it("removes what ARM answers 404 for, and nothing that is only not listed", () => {
		const unseen = { seen: new Set<string>() };
		assert.deepEqual(settle([remembered], scan([], unseen)).removed, []);
		const gone = settle([remembered], scan([], { ...unseen, absent: new Set([open.id.toLowerCase()]) }));
		assert.deepEqual([names(gone.removed), gone.resolved], [["https-only"], []]);
	});

	const untold: Record<string, Scan> = {
		"ARM did not tell the setting": scan([site({ httpsOnly: notReported("not told") })]),
		"two policies disagree": scan([site()], {}, [wanted, policy("also", { httpsOnly: false })]),
		"a list broke off": scan([site()], { trustworthy: false, complete: false }),
		"the site was not read": scan([], { complete: false }),
		"a list broke off, and ARM answers 404": scan([], { trustworthy: false, absent: new Set([open.id.toLowerCase()]) }),
	};
	for (const [name, result] of Object.entries(untold)) {
		it(`resolves and removes nothing where ${name}`, () => {
			const { open: opened, resolved, removed } = settle([remembered], result);
			assert.deepEqual([opened, resolved, removed], [[], [], []]);
		});
	}

	it("resolves no host name where none could be told", () => {
		const known = settle([], scan([site({ customHostNames: reported([hostName("a.com", "Disabled")]) })])).open;
		const { resolved } = settle(known, scan([site({ customHostNames: notReported("not told") })]));
		assert.deepEqual(resolved, []);
	});

	it("changes nothing the second time, whatever was found", () => {
		const sites = fc.uniqueArray(
			fc.record({ name: fc.constantFrom("a", "b", "c", "d"), https: fc.boolean(), host: fc.boolean() }),
			{ selector: ({ name }) => name },
		);
		fc.assert(
			fc.property(sites, sites, (before, after) => {
				const toScan = (facts: typeof before) =>
					scan(
						facts.map(({ name, https, host }) =>
							site({
								name,
								httpsOnly: reported(https),
								customHostNames: reported(host ? [hostName(`${name}.com`, "Disabled")] : []),
							}),
						),
					);
				const known = settle([], toScan(before)).open;
				const { open: opened, resolved, removed } = settle(known, toScan(after));
				const left = [...known.filter((finding) => ![...resolved, ...removed].includes(finding)), ...opened];
				const again = settle(left, toScan(after));
				assert.deepEqual([again.open, again.resolved, again.removed], [[], [], []]);
			}),
		);
	});
});
