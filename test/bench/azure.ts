import { armSite, type SiteOptions } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { subscriptionId } from "./subscriptions.ts";

// A stand-in for Azure in a process of its own, so that what it costs is not measured.
// Arguments: the number of subscriptions, and of sites in each.
const [subscriptions, sites] = process.argv.slice(2).map(Number) as [number, number];

const azure = await ArmEmulator.start();
azure.pageSize = 200;
azure.latencyMs = 30;
for (let subscription = 1; subscription <= subscriptions; subscription++) {
	azure.addSubscription(subscriptionId(subscription), `Subscription ${subscription}`);
	for (let site = 1; site <= sites; site++) {
		const options: SiteOptions = {
			subscription: subscriptionId(subscription),
			resourceGroup: `rg-${site % 50}`,
			name: `app-${subscription}-${site}`,
			domains: { [`app-${site}.contoso.com`]: "A".repeat(40) },
			// One in a hundred has drifted.
			properties: { httpsOnly: site % 100 !== 0, clientCertEnabled: true },
		};
		azure.add(armSite(options));
	}
}
process.send?.(azure.environment);
