import { setTimeout as pause } from "node:timers/promises";
import { azureSettings } from "../../../src/config/azure.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { type AzurePorts, connectAzure } from "../../../src/connect.ts";
import { trust } from "./certificate-authority.ts";
import type { StandInForAzure } from "./stand-in.ts";

/** The product's own connection to the stand-in, in this process: the real SDK with the real credential, and short waits. */
export function connect(azure: StandInForAzure, timing: Partial<Parameters<typeof connectAzure>[1]> = {}): AzurePorts {
	trust(azure.certificate);
	// The credential reads these by itself.
	Object.assign(process.env, azure.environment);
	const { azure: settings } = readSettings({ azure: azureSettings }, azure.environment);
	return connectAzure(settings, { requestTimeoutMs: 2000, retryDelayMs: 5, pause, ...timing });
}
