import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readFindingRow, writeFindingRow, writeProblemRow } from "../../src/storage/finding-row.ts";
import { readStateRow, writeStateRow } from "../../src/storage/scan-state-row.ts";
import { exemption, now, siteId, storedFinding } from "../support/builders/site.ts";

/** Earlier versions read and write the same rows: these names stay, whatever the code calls things. */
describe("the names on disk", () => {
	const before = { sslState: "SniEnabled", thumbprint: "A".repeat(40), isFound: true } as const;
	const binding = { hostName: "www.contoso.com", sslState: "SniEnabled", thumbprint: "B".repeat(40) } as const;
	const { name, category, reason, owner, expiresOn } = exemption();
	const accepted = { name, category, reason, owner, expiresOn };
	const finding = storedFinding("app", {
		target: "www.contoso.com",
		exemption: accepted,
		endedAt: now,
		fingerprint: "2026-12-01T00:00:00.000Z",
		fix: {
			properties: {
				httpsOnly: true,
				clientCertEnabled: true,
				clientCertMode: "Required",
				clientCertExclusionPaths: "/a",
			},
			config: { minTlsVersion: "1.2", http20Enabled: false },
			addedHostNames: ["new.contoso.com"],
			bindings: [{ ...binding, before }],
			unbindings: [binding],
			deletedHostNames: [{ hostName: "old.contoso.com", before }],
			tags: { team: "pay" },
			manualSteps: ["Renew the certificate."],
		},
	});
	const row = {
		resourceId: siteId("rg-app", "app"),
		rule: "https-only",
		target: "www.contoso.com",
		severity: "high",
		desired: "true",
		observed: "false",
		policy: "default",
		firstSeen: now,
		status: "open",
		endedAt: now,
		exemption: "legacy",
	};
	const details = {
		comparable: "2026-12-01T00:00:00.000Z",
		explanation: finding.explanation,
		learnMore: finding.learnMore,
		exemption: JSON.parse(JSON.stringify(finding.exemption)),
		mending: {
			properties: {
				httpsOnly: true,
				clientCertEnabled: true,
				clientCertMode: "Required",
				clientCertExclusionPaths: "/a",
			},
			config: { minTlsVersion: "1.2", http20Enabled: false },
			addedHostNames: ["new.contoso.com"],
			bindings: [{ ...binding, before }],
			unbindings: [binding],
			deletedHostNames: [{ hostName: "old.contoso.com", before }],
			tags: { team: "pay" },
			byHand: ["Renew the certificate."],
		},
		site: {
			kind: "webapp",
			armKind: "app,linux",
			onContainerApps: false,
			location: "West Europe",
			tier: "Standard",
			hasSlots: false,
			storedMode: "Required",
			httpsOnly: { reported: true, value: false },
			clientCertMode: { reported: true, value: "Required" },
			clientCertExclusionPaths: { reported: true, value: "" },
			http20Enabled: { reported: true, value: false },
			minTlsVersion: { reported: true, value: "1.2" },
		},
	};

	it("of a finding: the columns, and the members of details", () => {
		const { details: written, ...columns } = writeFindingRow(finding);
		assert.deepEqual(columns, row);
		assert.deepEqual(JSON.parse(String(written)), details);
	});

	it("of a finding that an earlier version wrote", () =>
		assert.deepEqual(readFindingRow({ ...row, details: JSON.stringify(details) }), finding));

	it("of a problem", () => {
		const problem = { code: "scan-failed", scope: "/", message: "m", firstSeen: now } as const;
		assert.deepEqual(writeProblemRow({ ...problem, status: "resolved", endedAt: now }), {
			...problem,
			status: "resolved",
			endedAt: now,
		});
	});

	it("of the scans of a subscription", () => {
		const counts = { sites: 15, inSync: 5, drifted: 4, exempt: 3, unknown: 2, notCovered: 1 };
		const times = { startedAt: now, finishedAt: now };
		const enforcement = {
			compliantAndEnforced: 5,
			compliantNotEnforced: 4,
			nonCompliantEnforced: 3,
			nonCompliantNotEnforced: 2,
			inconclusive: 1,
		};
		const state = {
			name: "Production",
			lastScan: { id: "scan-1", ...times, complete: true, counts, enforcement },
			running: { id: "scan-2", since: now },
		};
		const stored = {
			...{ status: "open", subscription: "Production", scanId: "scan-1", ...times, complete: true, ...counts },
			...{ rightAndEnforced: 5, rightButOpen: 4, wrongButClosed: 3, wrongAndOpen: 2, couldNotTell: 1 },
			...{ runningId: "scan-2", runningSince: now },
		};
		assert.deepEqual(writeStateRow(state), stored);
		assert.deepEqual(readStateRow(stored), state);
	});
});
