import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { QueueClient } from "@azure/storage-queue";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { addSampleFleet, sampleExemptions, samplePolicies } from "../../demo/fleet.ts";
import { armSite, defaultSubscription } from "../../support/arm/arm-objects.ts";
import { openBrowser, type ShownPage } from "../../support/browser/browser.ts";
import { functionKey } from "../../support/host/http-front.ts";
import { ServedApp } from "../../support/host/served-app.ts";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const other = "00000000-0000-0000-0000-000000000002";

/** Rules for people who cannot see, or not well, or use no mouse, that the page breaks. */
async function findBarriers(page: Page): Promise<readonly string[]> {
	await page.evaluate(axe);
	const { violations } = await page.evaluate<AxeResults>("axe.run()");
	return violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
	);
}

interface AxeResults {
	readonly violations: readonly {
		readonly id: string;
		readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
	}[];
}

describe("the report page", { timeout: 300_000 }, () => {
	let app: ServedApp;
	let browser: Browser;

	before(async () => {
		[app, browser] = await Promise.all([ServedApp.start(), openBrowser()]);
	});
	after(async () => {
		await browser.close();
		await app[Symbol.asyncDispose]();
	});

	async function open(query: Record<string, string> = {}, options: BrowserContextOptions = {}): Promise<ShownPage> {
		const tab = await app.open(browser, options);
		await tab.page.goto(app.url("report", query));
		if (options.javaScriptEnabled !== false) await reconciled(tab.page);
		return tab;
	}

	/** Waits until the chart has come, which is fetched once the page is there. */
	async function reconciled(page: Page): Promise<void> {
		await page.locator("[data-history] :is(.chart, p:not(:has(a)))").first().waitFor();
	}

	const sites = (page: Page) =>
		page.locator("tr.site th").evaluateAll((cells) => cells.map((field) => field.firstChild?.textContent ?? ""));
	const expand = (page: Page, name: string) =>
		page
			.locator("tbody", { has: page.getByRole("rowheader", { name }) })
			.locator("td > details > summary")
			.click();
	const bodyOf = (page: Page, name: string) => page.locator("tbody", { has: page.getByRole("rowheader", { name }) });

	describe("of a small company", () => {
		before(async () => {
			await app.clear();
			addSampleFleet(app.azure);
			app.azure.addSubscription(other, "Contoso Test");
			app.azure.add(armSite({ subscription: other, name: "test-bench" }));
			await app.write("DriftPolicy", "policy", samplePolicies);
			await app.write("DriftExemption", "exemption", sampleExemptions);
			await app.scan();
		});

		it("says at a glance where the estate stands, how old that is, and what is worst", async () => {
			await using tab = await open();
			const { page, incidents } = tab;
			assert.match(await page.locator("h2").first().innerText(), /^17 sites, 13 drifted$/);
			assert.deepEqual(
				(await page.locator(".counts div").allInnerTexts()).map((text) => text.replace("\n", " ")),
				["Drifted 13", "Unknown 1", "Exempt 1", "Not covered 1", "In sync 1"],
			);
			assert.match(await page.locator(".age").innerText(), /less than a minute ago \(the oldest scan\)/);
			const label = await page.getByRole("img", { name: /^Sites by verdict/ }).getAttribute("aria-label");
			assert.equal(label, "Sites by verdict: 13 drifted, 1 unknown, 1 exempt, 1 not covered, 1 in sync");
			assert.equal((await sites(page)).length, 14);
			assert.deepEqual((await sites(page)).slice(-1), ["pay-ledger"]);
			// The worst first, within a site, too.
			assert.equal(
				await bodyOf(page, "shop-web/staging").locator("summary").first().innerText(),
				"3 findings: https-only, client-cert-mode, client-cert-exclusion-paths",
			);
			assert.match(await page.locator(".problems").innerText(), /site-unreadable .*office-phones/);
			assert.deepEqual(incidents, []);
		});

		it("shows of a site each finding with desired and observed, its policy, and what mends it in four ways", async () => {
			await using tab = await open();
			await expand(tab.page, "pay-cards");
			const site = bodyOf(tab.page, "pay-cards");
			const finding = await site.locator(".finding").innerText();
			assert.match(
				finding,
				/client-cert-mode[\s\S]*Desired\s+Required\s+Observed\s+Ignore[\s\S]*Policy\s+default\s+First seen\s+\d+ \w+ 2\d{3}, /,
			);
			assert.deepEqual(await site.locator(".commands summary").allInnerTexts(), [
				"bash",
				"PowerShell",
				"Bicep",
				"Way back, bash",
				"Way back, PowerShell",
			]);
			const codes = await site.locator(".commands code").allTextContents();
			const command = (settings: string) =>
				`az functionapp update --subscription ${defaultSubscription} --resource-group pay --name pay-cards --set ${settings}`;
			const fixes = command("clientCertEnabled=true clientCertMode=Required");
			assert.deepEqual([codes[0], codes[1]], [fixes, fixes]);
			assert.match(codes[2] ?? "", /clientCertEnabled: true\n {4}clientCertMode: 'Required'\n {2}\}\n\}/);
			assert.equal(codes[3], command("clientCertEnabled=false clientCertMode=Required"));
			const link = await site.getByRole("link", { name: "Open in the portal" }).getAttribute("href");
			assert.match(link ?? "", /^https:\/\/portal\.azure\.com\/#resource\/subscriptions\/.*pay-cards$/);
		});

		it("shows who accepts what is exempt, and no command for it", async () => {
			await using tab = await open({ state: "exempt" });
			assert.deepEqual(await sites(tab.page), ["pay-ledger"]);
			await expand(tab.page, "pay-ledger");
			const text = await bodyOf(tab.page, "pay-ledger").innerText();
			assert.match(text, /Exempt\s+“old-terminals” \(waiver\) until .* says /);
			assert.doesNotMatch(text, /What mends it/);
		});

		it("copies a command as it stands", async () => {
			await using tab = await open();
			const { page } = tab;
			await expand(page, "shop-web/staging");
			const site = bodyOf(page, "shop-web/staging");
			const command = await site.locator(".commands code").first().textContent();
			await site.getByRole("button", { name: "Copy bash" }).first().click();
			await site.getByRole("button", { name: "Copied bash" }).waitFor();
			assert.equal(await page.getByRole("status").filter({ hasText: "Copied" }).count(), 1);
			assert.equal(await page.evaluate<string>("navigator.clipboard.readText()"), command);
			assert.match(command ?? "", /^az webapp update .* --slot staging --set /);
		});

		it("filters by text, severity, rule, subscription and state, and takes the function key along", async () => {
			await using tab = await open();
			const { page } = tab;
			const show = async (choose: () => Promise<unknown>) => {
				await page.getByRole("link", { name: "Reset" }).click();
				await choose();
				await page.getByRole("button", { name: "Show" }).click();
				await reconciled(page);
				return await sites(page);
			};
			assert.deepEqual(await show(() => page.getByLabel("Text").fill("SHOP staging")), ["shop-web/staging"]);
			assert.equal(new URL(page.url()).searchParams.get("code"), functionKey);
			await show(() => page.getByLabel("Severity", { exact: true }).selectOption("high"));
			const badges = await page.locator(".finding h3 .badge").allTextContents();
			assert.deepEqual(new Set(badges), new Set(["high", "high, exempt"]));
			assert.deepEqual(await show(() => page.getByLabel("Rule").selectOption("tls-renegotiation")), ["shop-search"]);
			assert.deepEqual(
				await show(() => page.getByLabel("Subscription", { exact: true }).selectOption({ label: "Contoso Test" })),
				["test-bench"],
			);
			assert.match(await page.locator("h2").first().innerText(), /^1 site, 1 drifted$/);
			assert.deepEqual(await show(() => page.getByLabel("State").selectOption("exempt")), ["pay-ledger"]);
			// What was chosen stands there.
			assert.equal(await page.getByLabel("State").inputValue(), "exempt");
			assert.deepEqual(await show(async () => {}), await sites(page));
			assert.equal((await sites(page)).length, 14);
		});

		it("leads from each severity to all that is open and so severe, and takes a key however its name is spelt", async () => {
			await using tab = await app.open(browser);
			const { page } = tab;
			await page.goto(`${app.url("report", { q: "nothing" }, null)}&Code=${encodeURIComponent(functionKey)}`);
			await page.locator(".severities a", { hasText: /^5 high$/ }).click();
			await reconciled(page);
			const badges = await page.locator(".finding h3 .badge").allTextContents();
			assert.deepEqual([badges.length, new Set(badges)], [5, new Set(["high"])]);
		});

		it("sorts by each column, and the other way round", async () => {
			await using tab = await open();
			const { page } = tab;
			const sortBy = async (name: string) => {
				await page.getByRole("columnheader", { name }).getByRole("link").click();
				await reconciled(page);
				return await page.getByRole("columnheader", { name }).getAttribute("aria-sort");
			};
			assert.equal(await sortBy("Site"), "ascending");
			const ascending = await sites(page);
			assert.deepEqual(ascending, ascending.toSorted());
			assert.equal(await sortBy("Site"), "descending");
			assert.deepEqual(await sites(page), ascending.toReversed());
			assert.equal(await sortBy("Subscription"), "ascending");
			assert.equal((await sites(page)).at(-1), "test-bench");
			assert.equal(await sortBy("Resource group"), "ascending");
			assert.match((await sites(page))[0] ?? "", /^office-/);
			assert.equal(await sortBy("Since"), "ascending");
			assert.equal(await sortBy("Severity"), "descending");
			assert.equal((await sites(page)).at(-1), "pay-ledger");
			assert.equal(await sortBy("Severity"), "ascending");
			assert.equal((await sites(page))[0], "pay-ledger");
		});

		it("opens and closes all at once, and prints everything that is there", async () => {
			await using tab = await open();
			const { page } = tab;
			const isOpen = () => page.locator(".more > td > details[open]").count();
			await page.getByRole("button", { name: "Expand all" }).click();
			assert.equal(await isOpen(), 14);
			await page.getByRole("button", { name: "Collapse all" }).click();
			assert.equal(await isOpen(), 0);
			await page.emulateMedia({ media: "print" });
			await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
			assert.equal(await isOpen(), 14);
			await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
			assert.equal(await isOpen(), 0);
			// Also where no script opens anything.
			const shows = () => page.evaluate<boolean>(`document.querySelector(".finding").checkVisibility()`);
			assert.equal(await shows(), true);
			assert.equal(await page.getByRole("search").isVisible(), false);
			assert.equal(await page.getByRole("button", { name: "Copy bash" }).first().isVisible(), false);
			assert.match(await page.evaluate<string>("getComputedStyle(document.documentElement).colorScheme"), /^light$/);
			await page.emulateMedia({ media: "screen" });
			assert.equal(await shows(), false);
		});

		it("can be used by the keyboard alone", async () => {
			await using tab = await open();
			const { page } = tab;
			const focused = () => page.evaluate<string>("document.activeElement?.textContent.trim() ?? ''");
			const tabTo = async (text: string | RegExp) => {
				for (let presses = 0; presses < 80; presses += 1) {
					await page.keyboard.press("Tab");
					const now = await focused();
					if (typeof text === "string" ? now === text : text.test(now)) return;
				}
				assert.fail(`Tab does not come to ${text}`);
			};
			await page.keyboard.press("Tab");
			assert.equal(await focused(), "Skip to the content");
			await page.keyboard.press("Enter");
			await tabTo(/^1 finding: https-only$/);
			const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
			assert.equal(outline, "solid");
			await page.keyboard.press("Enter");
			await tabTo("Copy bash");
			await page.keyboard.press("Space");
			await page.getByRole("button", { name: "Copied bash" }).waitFor();
			assert.match(
				await page.evaluate<string>("navigator.clipboard.readText()"),
				/^az webapp update .*httpsOnly=true$/,
			);
		});

		it("puts no barrier before anybody, light or dark, wide or narrow, and narrow needs no scrolling sideways", async () => {
			for (const colorScheme of ["light", "dark"] as const) {
				for (const width of [1200, 360]) {
					await using tab = await open({}, { colorScheme, viewport: { width, height: 800 } });
					const { page } = tab;
					await page.getByRole("button", { name: "Expand all" }).click();
					for (const summary of await page.locator(".commands summary, [data-history] summary").all()) {
						if ((await summary.locator("..").getAttribute("open")) === null) await summary.click();
					}
					assert.deepEqual(await findBarriers(page), [], `${colorScheme}, ${width}`);
					const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
					assert.ok(wide <= 0, `${wide} beyond ${width}`);
				}
			}
		});

		it("is dark where people like it dark", async () => {
			const brightness = async (colorScheme: "light" | "dark") => {
				await using tab = await open({}, { colorScheme });
				const color = await tab.page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
				const parts =
					color
						.match(/\d+(?:\.\d+)?/g)
						?.slice(0, 3)
						.map(Number) ?? [];
				return parts.reduce((sum, part) => sum + part, 0);
			};
			assert.ok((await brightness("light")) > 600);
			assert.ok((await brightness("dark")) < 150);
		});

		it("needs no script to be read, and asks nothing of anybody else", async () => {
			await using tab = await open({}, { javaScriptEnabled: false });
			const { page, incidents } = tab;
			assert.equal(await page.getByRole("button", { name: "Scan now" }).isVisible(), false);
			assert.match(await page.locator("noscript").innerText(), /links and filters of this page lack the function key/);
			await expand(page, "pay-cards");
			assert.match(
				await bodyOf(page, "pay-cards").locator(".commands code").first().innerText(),
				/^az functionapp update/,
			);
			assert.deepEqual(incidents, []);
		});

		it("lets no script run but its own, and never holds the function key", async () => {
			const response = await app.fetch("report", { q: "pay" });
			const policy = response.headers.get("content-security-policy") ?? "";
			assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; /);
			assert.doesNotMatch(policy, /unsafe/);
			assert.equal(response.headers.get("referrer-policy"), "no-referrer");
			assert.equal(response.headers.get("cache-control"), "no-store");
			const page = await (await fetch(app.url("report", { q: "pay" }))).text();
			assert.doesNotMatch(page, /a-function-key/);
			assert.doesNotMatch(page, /\son\w+=|\sstyle=|javascript:/i);
			assert.equal((page.match(/<script/g) ?? []).length, 1);
			await using tab = await open();
			const ran = await tab.page.evaluate<boolean>(`(() => {
				const script = document.createElement("script");
				script.textContent = "globalThis.injected = true";
				document.body.append(script);
				return globalThis.injected ?? false;
			})()`);
			assert.equal(ran, false);
		});

		it("reads one table query for each subscription that it shows, and one for what is beyond them", async () => {
			app.storage.requests.length = 0;
			await app.fetch("report");
			assert.deepEqual(app.storage.requests, Array(3).fill("GET /devstoreaccount1/DriftFinding()"));
			app.storage.requests.length = 0;
			await app.fetch("report", { subscription: other });
			assert.equal(app.storage.requests.length, 2);
		});

		it("starts a scan, and says so", async () => {
			await using tab = await open({ subscription: other });
			const { page, incidents } = tab;
			const say = async () => {
				await page.getByRole("button", { name: "Scan now" }).click();
				const said = page.locator("[data-said]", { hasNotText: "Starting" });
				await said.and(page.locator(":not(:empty)")).waitFor();
				return await said.innerText();
			};
			assert.equal(await say(), "Started: 1. Look again in a minute.");
			await page.reload();
			await reconciled(page);
			assert.match(await page.locator(".age").innerText(), /1 scan is under way/);
			assert.equal(await say(), "Under way already: 1.");
			const queue = new QueueClient(app.azurite.connectionString, "drift-scan");
			const { receivedMessageItems: messages } = await queue.receiveMessages({
				numberOfMessages: 32,
				visibilityTimeout: 1,
			});
			assert.equal(messages.length, 1);
			assert.match(Buffer.from(messages[0]?.messageText ?? "", "base64").toString(), new RegExp(other));
			assert.deepEqual(incidents, []);
			await page.route("**/scan**", (route) => route.fulfill({ status: 401, body: "" }));
			assert.match(await say(), /the answer was 401; open the page again with a function key that is valid/);
		});

		it("draws what the scans of the last days counted", async () => {
			const counts = { sites: 9, inSync: 1, drifted: 5, exempt: 1, unknown: 2, notCovered: 0 };
			const at = (days: number) => new Date(Date.now() - days * 86_400_000);
			const row = (days: number, changed: object = {}) => ({
				rowKey: `${at(days).toISOString()}_x`,
				...{ startedAt: at(days), finishedAt: at(days), complete: true, ...counts, armRequests: 3 },
				...{ problems: "[]", problemCount: 0, tries: 1, ...changed },
			});
			await app.write("DriftScan", defaultSubscription, [
				row(3),
				row(5, { drifted: 8 }),
				row(40),
				row(2, { complete: false }),
			]);
			await using tab = await open();
			const { page, incidents } = tab;
			await page.getByText("As a table").click();
			const days = await page.locator("[data-history] tbody tr").allInnerTexts();
			assert.equal(days.length, 30);
			const cells = days.map((text) => text.split("\t").slice(1).join(" ").trim());
			assert.match(cells[0] ?? "", /^13 1 1 1 1/);
			assert.match(cells[1] ?? "", /^\? \? \? \? \? no scan/);
			assert.match(cells[2] ?? "", /^5 2 1 0 1 of 1 subscription not all could be read/);
			assert.match(cells[3] ?? "", /^5 2 1 0 1$/);
			assert.match(cells[5] ?? "", /^8 2 1 0 1$/);
			assert.equal(await page.locator(".chart g").count(), 4);
			assert.equal(await page.locator(".chart .gap").count(), 2);
			assert.deepEqual(incidents, []);
		});
	});

	it("says that nothing was scanned yet, and that this is not fine", async () => {
		await app.clear();
		await using tab = await open();
		assert.match(await tab.page.locator(".empty").innerText(), /^No scan has come to its end yet\./);
		assert.equal(await tab.page.locator("h2").first().innerText(), "Nothing is known yet");
		assert.match(await tab.page.title(), /^Nothing is known yet · /);
		assert.match(await tab.page.locator(".age").innerText(), /No scan has come to its end yet\./);
		assert.deepEqual(await findBarriers(tab.page), []);
	});

	it("never says less than is known where a subscription cannot be read any more", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.add(armSite({ name: "a" }), armSite({ name: "b" }));
		await app.write("DriftPolicy", "policy", [{ rowKey: "default", ...{ httpsOnly: true } }]);
		await app.scan();
		app.azure.injectFault(/\/providers\/Microsoft\.Web\/sites\?/, {
			status: 403,
			body: { error: { code: "No", message: "no" } },
		});
		await app.scan();
		app.azure.clearFaults();
		await using tab = await open();
		assert.equal(await tab.page.locator("h2").first().innerText(), "2 sites, 2 drifted, but not all was read");
		assert.match(await tab.page.title(), /^2 sites, 2 drifted, but not all was read · /);
		assert.match(await tab.page.locator(".age").innerText(), /Of 1 subscription not all could be read\./);
		assert.match(await tab.page.locator(".problems").innerText(), /subscription-unreadable/);
	});

	it("is as old as the oldest scan", async () => {
		await app.clear();
		const counts = { sites: 1, inSync: 1, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
		for (const [id, hours] of [
			[defaultSubscription, 3],
			[other, 1],
		] as const) {
			const at = new Date(Date.now() - hours * 3_600_000);
			await app.write("DriftFinding", "setup", [
				{ rowKey: `subscription_${id}`, ...{ subscriptionId: id, name: id, status: "open" } },
			]);
			const scan = { scanId: "x", startedAt: at, finishedAt: at, complete: true, ...counts, status: "open" };
			await app.table("DriftFinding").upsertEntity({ partitionKey: id, rowKey: "scan", ...scan }, "Replace");
		}
		await using tab = await open();
		assert.match(await tab.page.locator(".age").innerText(), /3 hours ago \(the oldest scan\)/);
	});

	it("shows what is configured against what is enforced, of all subscriptions that are shown", async () => {
		await app.clear();
		const at = new Date();
		const counts = { sites: 9, inSync: 9, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
		const doors = { rightAndEnforced: 1200, rightButOpen: 3, wrongButClosed: 2, wrongAndOpen: 1, couldNotTell: 4 };
		const write = async (id: string, more: object) => {
			const listed = { rowKey: `subscription_${id}`, subscriptionId: id, name: id, status: "open" };
			await app.write("DriftFinding", "setup", [listed]);
			const scan = { scanId: "x", startedAt: at, finishedAt: at, complete: true, ...counts, status: "open" };
			const row = { partitionKey: id, rowKey: "scan", ...scan, ...more };
			await app.table("DriftFinding").upsertEntity(row, "Replace");
		};
		await write(defaultSubscription, {});
		await using without = await open();
		assert.equal(await without.page.locator(".enforcement").count(), 0);
		await write(defaultSubscription, doors);
		await write(other, doors);
		for (const width of [1200, 360]) {
			await using tab = await open({}, { viewport: { width, height: 800 } });
			const cells = await tab.page.locator(".enforcement tr").allInnerTexts();
			assert.deepEqual(
				cells.map((row) => row.split(/\s+/).filter(Boolean).join(" ")),
				[
					"Enforced Not enforced",
					"Configured right 2,400 right and enforced 6 right but open",
					"Configured wrong 4 wrong but closed 2 wrong and open",
					"Either unknown 8 could not tell",
				],
			);
			assert.deepEqual(await findBarriers(tab.page), []);
			const overflow = "document.documentElement.scrollWidth - innerWidth";
			assert.ok((await tab.page.evaluate<number>(overflow)) <= 0);
		}
	});

	it("does not take a scan that was lost for one that is under way", async () => {
		await app.clear();
		const running = (minutes: number) => ({
			runningId: "x",
			runningSince: new Date(Date.now() - minutes * 60_000),
			status: "open",
		});
		const listed = { rowKey: `subscription_${other}`, subscriptionId: other, name: "Test", status: "open" };
		await app.write("DriftFinding", "setup", [listed]);
		const said = async (minutes: number) => {
			await app
				.table("DriftFinding")
				.upsertEntity({ partitionKey: other, rowKey: "scan", ...running(minutes) }, "Replace");
			await using tab = await open();
			return await tab.page.locator(".age").innerText();
		};
		assert.match(await said(54), /1 scan is under way/);
		assert.doesNotMatch(await said(56), /under way/);
	});

	it("says that nothing drifted only where all was read, and what is left of a filter that leaves nothing", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.add(armSite({ properties: { httpsOnly: true } }));
		await app.write("DriftPolicy", "policy", [{ rowKey: "default", httpsOnly: true } as never]);
		await app.scan();
		const said = async (query: Record<string, string> = {}) => {
			await using tab = await open(query);
			return await tab.page.locator(".empty").innerText();
		};
		assert.equal(await said(), "Nothing drifted.");
		assert.match(await said({ q: "shop" }), /^No finding is like that\./);
		app.azure.add(armSite({ name: "odd", properties: { httpsOnly: undefined } }));
		await app.scan();
		assert.equal(await said(), "No drift was found, but not everything could be told.");
	});

	it("shows what has ended where that is asked for", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.add(armSite({ name: "fixed" }), armSite({ name: "gone" }), armSite({ name: "left" }));
		app.azure.add(armSite({ name: "told", properties: { httpsOnly: undefined } }));
		await app.write("DriftPolicy", "policy", [{ rowKey: "default", httpsOnly: true } as never]);
		await app.scan();
		app.azure.add(...["fixed", "told"].map((name) => armSite({ name, properties: { httpsOnly: true } })));
		app.azure.fleet.sites.delete(armSite({ name: "gone" }).id.toLowerCase());
		await app.scan();
		const shown = async (state: string) => {
			await using tab = await open({ state });
			// What could not be read is read by now.
			assert.equal(await tab.page.locator(".problems").count(), 0);
			return (await sites(tab.page)).toSorted();
		};
		assert.deepEqual(await shown(""), ["left"]);
		assert.deepEqual(await shown("resolved"), ["fixed"]);
		assert.deepEqual(await shown("removed"), ["gone"]);
		assert.deepEqual(await shown("any"), ["fixed", "gone", "left"]);
	});

	it("says what is wrong with what was asked for, and what cannot be read", async () => {
		const wrong = await app.fetch("report", { severity: "dreadful", page: "0" });
		assert.equal(wrong.status, 400);
		assert.match(
			await wrong.text(),
			/severity takes critical, high, medium, low, also several of them; page takes a number from 1 on/,
		);
		assert.equal((await app.fetch("report", { subscription: other })).status, 400);

		app.storage.before = () => Promise.reject(new Error("gone"));
		await using tab = await app.open(browser);
		const response = await tab.page.goto(app.url("report"));
		app.storage.before = async () => {};
		assert.equal(response?.status(), 503);
		assert.match(
			await tab.page.getByRole("alert").innerText(),
			/cannot be read[\s\S]*The table DriftFinding cannot be read: /,
		);
		assert.deepEqual(await findBarriers(tab.page), []);
	});

	it("takes whatever people and Azure write for text", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, `<img src=x onerror=alert(1)>"'&amp;`);
		const hostile = `"><script>alert(1)</script><b>'\u202e\${x}`;
		app.azure.add(
			armSite({
				name: "app<img src=x onerror=alert(3)>",
				resourceGroup: `rg'"><svg onload=alert(2)>`,
				kind: `app${hostile}`,
				location: hostile,
				properties: { clientCertEnabled: true, clientCertExclusionPaths: `/</code></pre>${hostile};/a` },
				domains: { [`a${hostile}.example`]: null },
			}),
		);
		await app.write("DriftPolicy", "policy", [
			{
				rowKey: `default${hostile.replaceAll("/", "")}`,
				httpsOnly: true,
				clientCertExclusionPaths: "",
				customDomainTls: "Bound",
			} as never,
			{ rowKey: "<i>bad", scope: `</code>${hostile}` } as never,
		]);
		await app.write("DriftExemption", "exemption", [
			{
				rowKey: "<u>exempt",
				...{
					scope: "/",
					rule: "https-only",
					category: "waiver",
					reason: hostile,
					owner: hostile,
					expiresOn: "2099-01-01",
				},
			} as never,
		]);
		await app.scan();
		await using tab = await open({ q: "app" });
		const { page, incidents } = tab;
		await page.getByRole("button", { name: "Expand all" }).click();
		assert.deepEqual(await page.locator("main :is(script, img, b, i, u, svg[onload])").all(), []);
		const text = await page.locator("main").innerText();
		assert.ok(text.includes(`"><script>alert(1)</script><b>'\\u{202e}`), text);
		assert.ok(text.includes("rg'\"><svg onload=alert(2)>"));
		assert.ok(text.includes("app<img src=x onerror=alert(3)>"));
		const commands = await page.locator(".commands code").allTextContents();
		assert.ok(
			commands.some((command) => command.includes("><svg onload=alert(2)>")),
			commands.join("\n"),
		);
		// The bare text that a command holds is exact, and in it is nothing that cannot be seen.
		assert.doesNotMatch(text, /\u202e/);
		assert.deepEqual(incidents, []);
		await using searched = await open({ q: hostile });
		assert.equal(await searched.page.getByLabel("Text").inputValue(), hostile);
		assert.deepEqual(searched.incidents, []);
	});

	it("shows 10,000 findings page by page", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		app.azure.add(
			...Array.from({ length: 5000 }, (_, index) => armSite({ name: `app-${String(index).padStart(4, "0")}` })),
		);
		await app.write("DriftPolicy", "policy", [
			{ rowKey: "default", httpsOnly: true, clientCertMode: "Required" } as never,
		]);
		await app.scan();
		await using tab = await open({ sort: "site" });
		const { page } = tab;
		assert.equal(await page.locator(".found").innerText(), "10,000 findings at 5,000 sites");
		assert.equal((await sites(page)).length, 25);
		assert.match(await page.locator(".paging").innerText(), /Page 1 of 200/);
		await page.getByRole("link", { name: "Next" }).click();
		await reconciled(page);
		assert.deepEqual((await sites(page))[0], "app-0025");
		await page.getByRole("link", { name: "Last" }).click();
		await reconciled(page);
		assert.deepEqual((await sites(page)).at(-1), "app-4999");
		await page.getByLabel("Text").fill("app-4321");
		await page.getByRole("button", { name: "Show" }).click();
		await reconciled(page);
		assert.deepEqual(await sites(page), ["app-4321"]);
		const { length } = await (await app.fetch("report")).text();
		assert.ok(length < 400_000, `${length} characters`);
	});

	it("cuts a site with very many findings into rows of their own, each with its commands", async () => {
		await app.clear();
		app.azure.addSubscription(defaultSubscription, "Production");
		const domains = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a-${index}.contoso.com`, null]));
		app.azure.add(armSite({ domains, properties: { httpsOnly: true } }));
		await app.write("DriftPolicy", "policy", [{ rowKey: "default", customDomainTls: "Bound" } as never]);
		await app.scan();
		await using tab = await open();
		const rows = await tab.page.locator("tr.site th").allInnerTexts();
		assert.deepEqual(
			rows.map((text) => text.split("\n")[0]),
			["app (findings 1–12 of 30)", "app (findings 13–24 of 30)", "app (findings 25–30 of 30)"],
		);
		assert.equal(await tab.page.locator(".found").innerText(), "30 findings at 1 site");
	});
});
