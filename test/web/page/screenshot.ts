import path from "node:path";
import { fileURLToPath } from "node:url";
import { addSampleFleet, sampleExemptions, samplePolicies } from "../../demo/fleet.ts";
import { defaultSubscription } from "../../support/arm/arm-objects.ts";
import { openBrowser } from "../../support/browser/browser.ts";
import { ServedApp } from "../../support/host/served-app.ts";

const file = fileURLToPath(new URL("../../../docs/report-page.png", import.meta.url));

/** How many of the sample's sites drifted on the days before, the last day first. */
const drifted = [11, 11, 12, 9, 9, 9, 6, 6, 7, 7, 7, 8, 10, 10, 10, 9, 4, 4, 4, 5, 5, 3, 3, 3, 3, 6, 6, 6, 6];

/** Writes the picture of the page in the README: the estate of the demo, with a month behind it. */
await using app = await ServedApp.start();
await using browser = await openBrowser();
addSampleFleet(app.azure);
await app.write("DriftPolicy", "policy", samplePolicies);
await app.write("DriftExemption", "exemption", sampleExemptions);
const now = Date.now();
const scans = drifted.map((count, index) => {
	const at = new Date(now - (index + 1) * 86_400_000);
	const counts = { sites: 16, inSync: 14 - count, drifted: count, exempt: 1, unknown: 1, notCovered: 0 };
	const facts = {
		startedAt: at,
		finishedAt: at,
		complete: true,
		armRequests: 5,
		problems: "[]",
		problemCount: 0,
		tries: 1,
	};
	return { rowKey: `${at.toISOString()}_sample`, ...counts, ...facts };
});
await app.write("DriftScan", defaultSubscription, scans);
await app.scan();
await using tab = await app.open(browser, { viewport: { width: 1150, height: 1500 }, deviceScaleFactor: 1.3 });
const { page } = tab;
await page.goto(app.url("report", { q: "pay-" }));
await page.locator(".chart").waitFor();
await page
	.locator("tbody", { has: page.getByRole("rowheader", { name: "pay-cards" }) })
	.locator("td > details > summary")
	.click();
await page.evaluate("scrollTo(0, 0)");
await page.screenshot({ path: file });
console.log(path.relative(process.cwd(), file));
