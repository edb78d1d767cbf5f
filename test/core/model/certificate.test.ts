import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	bestCertificate,
	type Certificate,
	certificateInReach,
	storeCertificates,
} from "../../../src/core/model/certificate.ts";
import { site } from "../../support/builders/site.ts";

const now = new Date("2026-11-23T00:00:00Z");

function certificate(name: string, changes: Partial<Certificate> = {}): Certificate {
	return {
		thumbprint: name,
		hostNames: ["www.contoso.com"],
		validFrom: new Date("2026-01-01T00:00:00Z"),
		expiresAt: new Date("2027-06-01T00:00:00Z"),
		resourceGroup: "rg-app",
		planId: null,
		location: "West Europe",
		...changes,
	};
}

describe("bestCertificate", () => {
	const cases: Record<string, { certificates: Certificate[]; expect: string | undefined; host?: string }> = {
		"the one for the name": { certificates: [certificate("A")], expect: "A" },
		"names compare without case": { certificates: [certificate("A", { hostNames: ["WWW.Contoso.com"] })], expect: "A" },
		"a wildcard": { certificates: [certificate("A", { hostNames: ["*.contoso.com"] })], expect: "A" },
		"a wildcard stands for one label only": {
			certificates: [certificate("A", { hostNames: ["*.contoso.com"] })],
			host: "a.b.contoso.com",
			expect: undefined,
		},
		"a wildcard does not cover its own domain": {
			certificates: [certificate("A", { hostNames: ["*.contoso.com"] })],
			host: "contoso.com",
			expect: undefined,
		},
		"not an expired one": { certificates: [certificate("A", { expiresAt: now })], expect: undefined },
		"not one that is not valid yet": {
			certificates: [certificate("A", { validFrom: new Date("2026-12-01") })],
			expect: undefined,
		},
		"one of which ARM does not tell since when": { certificates: [certificate("A", { validFrom: null })], expect: "A" },
		"not one of another region": { certificates: [certificate("A", { location: "North Europe" })], expect: undefined },
		"a region in ARM's other spelling": { certificates: [certificate("A", { location: "westeurope" })], expect: "A" },
		"the site's resource group before the plan's": {
			certificates: [
				certificate("PLAN", { resourceGroup: "RG-PLAN", expiresAt: new Date("2030-01-01") }),
				certificate("SITE", { resourceGroup: "RG-APP" }),
			],
			expect: "SITE",
		},
		"the plan's resource group": { certificates: [certificate("PLAN", { resourceGroup: "rg-plan" })], expect: "PLAN" },
		"one of any resource group that was made for the plan, after those": {
			certificates: [certificate("PLANS", { resourceGroup: "rg-other", planId: site().planId?.toUpperCase() ?? null })],
			expect: "PLANS",
		},
		"not one that was made for another plan": {
			certificates: [certificate("A", { resourceGroup: "rg-other", planId: "/subscriptions/s/serverfarms/other" })],
			expect: undefined,
		},
		"no other resource group: az does not look there": {
			certificates: [certificate("A", { resourceGroup: "rg-other" })],
			expect: undefined,
		},
		"one that is valid from this moment on": { certificates: [certificate("A", { validFrom: now })], expect: "A" },
		"one for the host name's characters, not for its end": {
			certificates: [certificate("A", { hostNames: [".contoso.com", "*contoso.com", "x.contoso.com"] })],
			expect: undefined,
		},
		"of two that expire together, always the same": {
			certificates: [certificate("C"), certificate("B"), certificate("A"), certificate("D")],
			expect: "A",
		},
		"the one that expires last": {
			certificates: [certificate("SOON"), certificate("LATE", { expiresAt: new Date("2028-01-01") })],
			expect: "LATE",
		},
	};
	for (const [name, { certificates, expect, host = "www.contoso.com" }] of Object.entries(cases)) {
		it(name, () =>
			assert.equal(bestCertificate(host, site(), storeCertificates(certificates), now)?.thumbprint, expect),
		);
	}
});

describe("certificateInReach", () => {
	const nowhere = { planId: null, planResourceGroup: null };
	const certificates = storeCertificates([
		certificate("SITE"),
		certificate("PLAN", { resourceGroup: "RG-Plan" }),
		certificate("PLANS", { resourceGroup: "rg-other", planId: site().planId }),
	]);
	const cases: Record<string, { changes: Parameters<typeof site>[0]; reach: string[] }> = {
		"of a site with a plan": { changes: {}, reach: ["SITE", "PLAN", "PLANS"] },
		"of a site whose plan ARM did not tell": { changes: nowhere, reach: ["SITE"] },
		"of a site in a resource group without any": {
			changes: { resourceGroup: "rg-empty", planResourceGroup: "rg-empty", planId: "/none" },
			reach: [],
		},
	};
	for (const [name, { changes, reach }] of Object.entries(cases)) {
		it(name, () =>
			assert.deepEqual(
				["SITE", "PLAN", "PLANS"].filter(
					(thumbprint) => certificateInReach(thumbprint, site(changes), certificates) !== undefined,
				),
				reach,
			),
		);
	}
});
