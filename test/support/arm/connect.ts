import { setTimeout as pause } from "node:timers/promises";
import { connectAzure } from "../../../src/azure/connect.ts";
import { azureSettings } from "../../../src/config/azure.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { connectProbes, type HostProber } from "../../../src/probe/connect.ts";
import type { ScanPorts } from "../../../src/scan/scan-subscription.ts";
import { untraced } from "../../../src/telemetry/signals.ts";
import type { ArmEmulator } from "./emulator.ts";
import { trust } from "./loopback-certificate.ts";

/** The product's own doors, all of which lead to a port where nobody listens. */
const leadNowhere: HostProber = connectProbes({
	identity: null,
	authorities: [],
	connectTo: [{ fromHost: null, fromPort: null, toHost: "127.0.0.1", toPort: 9 }],
});

/** Everything of Azure that a scan asks, and the doors of sites. */
export type Connection = ReturnType<typeof connect>;

/** The product's own connection to the stand-in, in this process: the real SDK with the real credential, and short waits. */
export function connect(
	azure: ArmEmulator,
	timing: Partial<Parameters<typeof connectAzure>[1]> = {},
	probes = leadNowhere,
) {
	trust(azure.certificate);
	// The credential reads these by itself.
	Object.assign(process.env, azure.environment);
	const { azure: settings } = readSettings({ azure: azureSettings }, azure.environment);
	const ports = connectAzure(settings, { requestTimeoutMs: 2000, retryDelayMs: 5, pause, ...timing });
	return {
		...ports,
		...probes,
		openSubscription: (id: string, deadline?: Date): ScanPorts => ({
			...ports.openSubscription(id, deadline),
			...probes,
			trace: untraced,
		}),
	};
}
