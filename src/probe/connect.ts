import pLimit from "p-limit";
import packageJson from "../../package.json" with { type: "json" };
import type { ClientIdentity } from "../config/client-identity.ts";
import type { ProbePlan } from "../core/probe/plan.ts";
import { type HostReading, unprobed } from "../core/probe/reading.ts";
import type { ConnectTo } from "./connect-to.ts";
import { probeHost } from "./probe-host.ts";
import { createContexts } from "./tls-contexts.ts";

/** How sites are asked at their doors. */
export interface ProbeConfig {
	/** Null: no request is sent with a client certificate. */
	readonly identity: ClientIdentity | null;
	/** PEM, trusted besides the public roots. */
	readonly authorities: readonly string[];
	readonly connectTo: readonly ConnectTo[];
}

/** The doors of sites. */
export interface HostProber {
	/** However many are asked for, few are asked at a time; after `deadline` none. Never throws for the host's sake. */
	probeHost(hostName: string, plan: ProbePlan, deadline?: Date): Promise<HostReading>;
}

const hostsAtOnce = 10;
const defaultTimeoutMs = 5000;

/** Over the real network. */
export function connectProbes(
	{ identity, authorities, connectTo }: ProbeConfig,
	timeoutMs = defaultTimeoutMs,
): HostProber {
	const limit = pLimit(hostsAtOnce);
	const userAgent = `${packageJson.name}/${packageJson.version} (+${packageJson.homepage})`;
	// Several sites can share a name, as that of a Traffic Manager: one after the other.
	const busy = new Map<string, Promise<unknown>>();
	const options = { contexts: createContexts(identity, authorities), connectTo, timeoutMs, userAgent };
	return {
		probeHost(hostName, plan, deadline) {
			const name = hostName.toLowerCase();
			const probe = () =>
				limit(async () => {
					const isLate = deadline !== undefined && deadline.getTime() <= Date.now();
					return isLate ? unprobed(hostName, "the time for this scan was up") : probeHost(hostName, plan, options);
				});
			const reading = (busy.get(name) ?? Promise.resolve()).then(probe);
			busy.set(name, reading);
			const forget = () => busy.get(name) === reading && busy.delete(name);
			return reading.finally(forget);
		},
	};
}
