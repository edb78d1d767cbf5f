import { performance } from "node:perf_hooks";
import { indexPolicies } from "../../src/core/policy/precedence.ts";
import { planProbe } from "../../src/core/probe/plan.ts";
import { connectProbes } from "../../src/probe/connect.ts";
import { policy, site } from "../support/builders/site.ts";
import type { BenchFrontEnd } from "./front-end.ts";

/** How long it takes to ask so many hosts all that there is to ask, with the time-out that the product has, in milliseconds. */
export async function askAll(count: number, { httpPort, httpsPort, root, client }: BenchFrontEnd): Promise<number> {
	const mapping = (fromPort: number, toPort: number) => ({ fromHost: null, fromPort, toHost: "127.0.0.1", toPort });
	const connectTo = [mapping(443, httpsPort), mapping(80, httpPort)];
	const probes = connectProbes({ identity: client, authorities: [root], connectTo });
	const desired = { httpsOnly: true, clientCertMode: "Required", clientCertExclusionPaths: ["/health"], verify: true };
	const decision = planProbe(site(), indexPolicies([policy("default", desired as never)])(site()).desired);
	if (!decision.canBeProbed) throw new Error(decision.reason);
	const names = Array.from({ length: count }, (_, index) => `app-${index}.azurewebsites.net`);
	const started = performance.now();
	const hosts = await Promise.all(names.map((name) => probes.probeHost(name, decision.plan)));
	const milliseconds = performance.now() - started;
	const hanging = hosts.filter(({ stopReason }) => stopReason !== null).length;
	// By each of four protocols: the root, another path, the exclusion and its near miss; and the root with a certificate.
	const whole = hosts.filter(({ replies }) => replies.length === 4 * 4 + 4).length;
	if (hanging !== count / 10 || whole !== 0.9 * count)
		throw new Error(`${hanging} hung, ${whole} were asked everything`);
	return milliseconds;
}
