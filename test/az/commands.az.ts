import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import pLimit from "p-limit";
import type { Report, SiteReport } from "../../src/core/report/report.ts";
import { type ArmSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { AzureCli } from "../support/shell/azure-cli.ts";
import { runCli } from "../support/shell/run-cli.ts";
import { casesFor, certificates, type DriftCase, kinds, makeSites } from "./cases.ts";

/** As many as a machine of CI has cores: azure-cli computes more than it waits. */
const atOnce = 2;

describe("every command, run by the real azure-cli", () => {
	let azure: ArmEmulator;
	let cli: AzureCli;
	let folder: string;
	before(async () => {
		azure = await ArmEmulator.start();
		azure.addSubscription(defaultSubscription, "Production");
		cli = await AzureCli.login(azure);
		folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-"));
	});
	after(async () => {
		cli?.[Symbol.dispose]();
		if (folder !== undefined) rmSync(folder, { recursive: true });
		await azure?.[Symbol.asyncDispose]();
	});

	/** Makes a site for each case, and gives what scans them, the policy file, and what each has drifted from. */
	function arrange(
		kindName: string,
		slot: string | undefined,
	): { scan(): Promise<Report>; file: string; governed: ReadonlyMap<string, DriftCase> } {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		azure.add(...certificates);
		const policies: object[] = [];
		const governed = new Map<string, DriftCase>();
		for (const [caseName, drift] of casesFor(kindName)) {
			const { policy, config } = drift;
			const sites = makeSites("rg-app", kindName, caseName, slot);
			azure.add(...sites);
			const { id } = sites.at(-1) as ArmSite;
			azure.fleet.configs.set(id.toLowerCase(), { ...config });
			policies.push({ name: caseName, scope: id, ...policy });
			governed.set(id, drift);
		}
		const file = path.join(folder, "policies.json");
		writeFileSync(file, JSON.stringify({ policies }));
		const scan = async () => {
			const { stdout, stderr } = await runCli(["scan", "--policy", file, "--format", "json"], azure.environment);
			const [report, ...others] = JSON.parse(stdout) as Report[];
			assert.ok(report, stderr);
			assert.deepEqual(others, []);
			return report;
		};
		return { scan, file, governed };
	}

	async function runAll(sites: readonly SiteReport[], of: (site: SiteReport) => readonly string[]): Promise<number> {
		const limit = pLimit(atOnce);
		const counts = sites.map((site) =>
			limit(async () => {
				for (const line of of(site)) {
					const { status, stderr } = await cli.run(line);
					assert.equal(status, 0, `${line}\n${stderr}`);
				}
				return of(site).length;
			}),
		);
		return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
	}

	it("the whole plan as a script", async () => {
		const { scan, file } = arrange("a function app", "staging");
		const { stdout: script } = await runCli(["scan", "--policy", file, "--format", "bash"], azure.environment);
		const { status, stderr } = await cli.run(script);
		assert.equal(status, 0, stderr);
		assert.deepEqual(findingsBySite(await scan()), {});
	});

	it("the commands of one site, each loading azure-cli anew", async () => {
		const { scan } = arrange("a web app", "staging");
		const { sites } = await scan();
		const { resourceId, remediation } = sites.toSorted(
			(a, b) => b.remediation.bash.length - a.remediation.bash.length,
		)[0] as SiteReport;
		for (const line of remediation.bash) {
			const { status, stderr } = await cli.runAlone(line);
			assert.equal(status, 0, `${line}\n${stderr}`);
		}
		assert.ok(!(resourceId in findingsBySite(await scan())));
	});

	for (const kindName of Object.keys(kinds)) {
		for (const slot of kinds[kindName]?.onContainerApps ? [undefined] : [undefined, "staging"]) {
			it(`${kindName}${slot === undefined ? "" : ", a slot"}`, async (test) => {
				const { scan, governed } = arrange(kindName, slot);
				const untouched = takeStock(azure);
				const first = await scan();
				assert.deepEqual(
					findingsBySite(first),
					Object.fromEntries([...governed].map(([id, { finds }]) => [id, finds.toSorted()])),
				);

				const fixed = await runAll(first.sites, ({ remediation }) => remediation.bash);
				const second = await scan();
				assert.deepEqual(findingsBySite(second), {});
				assert.equal(second.scan?.counts.inSync, governed.size);

				const undone = await runAll(first.sites, ({ rollback }) => rollback.bash);
				const third = await scan();
				assert.deepEqual(valuesOf(third), valuesOf(first));
				assert.deepEqual(takeStock(azure), untouched);
				test.diagnostic(`${fixed} commands mended ${first.sites.length} sites, ${undone} took it back`);
			});
		}
	}
});

function findingsBySite({ sites }: Report): Record<string, string[]> {
	return Object.fromEntries(
		sites.map(({ resourceId, findings }) => [
			resourceId,
			findings.map(({ rule, target }) => (target === null ? rule : `${rule} ${target}`)).sort(),
		]),
	);
}

/** What is told of each finding, without what a scan adds of its own. */
function valuesOf({ sites }: Report): unknown {
	return sites
		.flatMap(({ resourceId, findings }) =>
			findings.map(({ rule, target, severity, desired, observed }) => ({
				...{ resourceId, rule, target, severity, desired, observed },
			})),
		)
		.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Everything that Azure holds. That there are no paths can be written in two ways. */
function takeStock({ fleet }: ArmEmulator): unknown {
	const byName = <T extends { readonly name: string }>(some: readonly T[]) =>
		some.toSorted((a, b) => (a.name < b.name ? -1 : 1));
	const sites = [...fleet.sites].map(([id, { properties, ...site }]) => {
		const { hostNames, hostNameSslStates, clientCertExclusionPaths, ...others } = properties;
		const states = byName(hostNameSslStates);
		return [id, { site, others, paths: clientCertExclusionPaths ?? "", hostNames: hostNames.toSorted(), states }];
	});
	const configs = [...fleet.configs].map(([id, config]) => [
		id,
		{ minTlsVersion: "1.2", http20Enabled: false, ...config },
	]);
	return structuredClone({ sites: Object.fromEntries(sites), configs: Object.fromEntries(configs) });
}
