import { azureSettings } from "../../../src/config/azure.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { connectScan } from "../../../src/connect.ts";
import { trust } from "./certificate-authority.ts";
import type { StandInForAzure } from "./stand-in.ts";

/** The product's own connection to the stand-in, in this process: the real SDK with the real credential. */
export function connect(azure: StandInForAzure): ReturnType<typeof connectScan> {
	trust(azure.certificate);
	// The credential reads these by itself.
	Object.assign(process.env, azure.environment);
	return connectScan(readSettings({ azure: azureSettings }, azure.environment).azure);
}
