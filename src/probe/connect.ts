import pLimit from "p-limit";
import packageJson from "../../package.json" with { type: "json" };
import type { ClientIdentity } from "../config/client-identity.ts";
import type { DoorPlan } from "../core/probe/plan.ts";
import { type HostReading, unasked } from "../core/probe/reading.ts";
import type { Detour } from "./connect-to.ts";
import { askHost } from "./probe-host.ts";
import { createContexts } from "./tls-contexts.ts";

/** How sites are asked at their doors. */
export interface DoorConfig {
	/** Null: no request is sent with a client certificate. */
	readonly identity: ClientIdentity | null;
	/** PEM, trusted besides the public roots. */
	readonly authorities: readonly string[];
	readonly detours: readonly Detour[];
}

/** The doors of sites. */
export interface Doors {
	/** However many are asked for, few are asked at a time; after `deadline` none. Never throws for the host's sake. */
	askHost(hostName: string, plan: DoorPlan, deadline?: Date): Promise<HostReading>;
}

const hostsAtOnce = 10;
const defaultTimeoutMs = 5000;

/** Over the real network. */
export function connectDoors({ identity, authorities, detours }: DoorConfig, timeoutMs = defaultTimeoutMs): Doors {
	const limit = pLimit(hostsAtOnce);
	const userAgent = `${packageJson.name}/${packageJson.version} (+${packageJson.homepage})`;
	// Several sites can share a name, as that of a Traffic Manager: one after the other.
	const busy = new Map<string, Promise<unknown>>();
	const manner = { contexts: createContexts(identity, authorities), detours, timeoutMs, userAgent };
	return {
		askHost(hostName, plan, deadline) {
			const name = hostName.toLowerCase();
			const ask = () =>
				limit(async () => {
					const isLate = deadline !== undefined && deadline.getTime() <= Date.now();
					return isLate ? unasked(hostName, "the time for this scan was up") : askHost(hostName, plan, manner);
				});
			const asked = (busy.get(name) ?? Promise.resolve()).then(ask);
			busy.set(name, asked);
			const forget = () => busy.get(name) === asked && busy.delete(name);
			return asked.finally(forget);
		},
	};
}
