import { performance } from "node:perf_hooks";
import { evaluate, needsOf } from "../../src/core/evaluation/evaluate.ts";
import { indexExemptions } from "../../src/core/model/exemption.ts";
import type { Policy, Settings } from "../../src/core/model/policy.ts";
import type { Site } from "../../src/core/model/site.ts";
import { indexPolicies } from "../../src/core/policy/precedence.ts";
import { rules } from "../../src/core/rules/index.ts";
import { certificate, held, hostName, now, policy, reported, site, siteId } from "../support/builders/site.ts";

// Judges sites by 200 policies of every kind of selector and all rules, on this one thread; ARM and storage are not in it.
// Argument: the number of sites. Answers with the milliseconds that it took, once it is warm.
const count = Number(process.argv[2]);
const rounds = 5;

const wanted: Partial<Settings> = {
	httpsOnly: true,
	clientCertMode: "Required",
	clientCertExclusionPaths: ["/health"],
	customDomainTls: "Bound",
	certificateMinDays: 30,
	minTlsVersion: "1.2",
	http20Enabled: false,
};

function createPolicy(index: number): Policy {
	const group = { scope: siteId(`rg-${index}`, "app").split("/").slice(0, 5).join("/") };
	const selectors = [{ kind: "webapp" } as const, { tag: { name: "team", value: String(index) } }, group];
	return policy(`policy-${index}`, wanted, selectors[index % 3]);
}

const bound = certificate("bound");
function createSite(index: number): Site {
	return site({
		resourceGroup: `rg-${index % 100}`,
		name: `app-${index}`,
		tags: { env: "prod", team: String(index % 200), cost: "4711" },
		clientCertExclusionPaths: reported(["/health"]),
		customHostNames: reported([hostName(`app-${index}.contoso.com`, "SniEnabled", bound.thumbprint)]),
		// One in a hundred has drifted.
		httpsOnly: reported(index % 100 !== 0),
	});
}

const policies = [policy("default", wanted), ...Array.from({ length: 199 }, (_, index) => createPolicy(index))];
const sites = Array.from({ length: count }, (_, index) => createSite(index));
const basis = { rules, exemptionOf: indexExemptions([], now), certificates: held(bound), now };

function judgeAll(): number {
	const started = performance.now();
	const effectivePolicyOf = indexPolicies(policies);
	let drifted = 0;
	for (const subject of sites) {
		const effectivePolicy = effectivePolicyOf(subject);
		needsOf(subject, effectivePolicy, rules);
		if (evaluate(subject, effectivePolicy, basis).status === "drifted") drifted += 1;
	}
	if (drifted !== count / 100) throw new Error(`${drifted} of ${count} sites drifted`);
	return performance.now() - started;
}

const times = Array.from({ length: rounds }, judgeAll);
process.send?.({ milliseconds: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] });
