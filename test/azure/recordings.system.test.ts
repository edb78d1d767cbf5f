import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Scan } from "../../src/core/evaluation/scan-result.ts";
import { scanSubscription } from "../../src/scan/scan-subscription.ts";
import { type Connection, connect } from "../support/arm/connect.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { policy } from "../support/builders/site.ts";

const folder = path.join(import.meta.dirname, "../../../shared/recordings");
const skip = existsSync(folder) ? false : `there are no recorded responses at ${folder}`;

interface RecordedSite {
	readonly id: string;
	readonly properties: {
		readonly clientCertEnabled?: boolean;
		readonly hostNames?: readonly string[];
		readonly defaultHostName?: string;
	};
}

/** Every recorded response that holds sites, as the list that ARM would send. */
function readRecordings(): [file: string, sites: readonly RecordedSite[]][] {
	return readdirSync(folder)
		.filter((file) => file.endsWith(".json"))
		.flatMap((file): [string, RecordedSite[]][] => {
			const recording = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
			// Some recordings are of other things than one response: of events, for one.
			if (!("response" in recording)) return [];
			const { body } = recording.response;
			const objects = Array.isArray(body?.value) ? body.value : [body];
			const sites = objects.filter((object: { type?: string } | null) =>
				/^Microsoft\.Web\/sites(?:\/slots)?$/i.test(object?.type ?? ""),
			);
			return sites.length > 0 ? [[file, sites]] : [];
		});
}

describe("recorded responses of ARM", { skip }, () => {
	let azure: ArmEmulator;
	let ports: Connection;
	before(async () => {
		azure = await ArmEmulator.start();
		ports = connect(azure);
	});
	after(() => azure[Symbol.asyncDispose]());

	const everything = policy("everything", {
		httpsOnly: true,
		clientCertMode: "Required",
		clientCertExclusionPaths: [],
		customDomainTls: "Bound",
	});

	async function scan(sites: readonly RecordedSite[]): Promise<Scan> {
		const id = (sites[0] as RecordedSite).id.split("/")[2] as string;
		azure.addSubscription(id, "Recorded");
		azure.injectFault(
			/\/providers\/Microsoft\.Web\/sites\?/,
			{ status: 200, body: { value: sites, nextLink: null, id: null } },
			1,
		);
		const request = {
			id: "scan-1",
			subscription: { id, name: "Recorded" },
			policySet: { policies: [everything], exemptions: [], unread: [] },
			scope: "/",
			expectedIds: [],
		};
		return await scanSubscription(request, ports.openSubscription(id));
	}

	const recordings = skip ? [] : readRecordings();

	it("are there in number", () => assert.ok(recordings.length >= 40, `only ${recordings.length} hold sites`));

	for (const [file, sites] of recordings) {
		it(file, async () => {
			const { counts, assessments, complete } = await scan(sites);
			assert.equal(complete, true);
			assert.equal(counts.sites, sites.length);
			assert.equal(counts.drifted + counts.unknown + counts.inSync + counts.notCovered, sites.length);

			for (const site of sites) {
				const assessment = assessments.find((candidate) => candidate.site.id === site.id);
				const mode = assessment?.findings.find(({ rule }) => rule === "client-cert-mode");
				if (site.properties.clientCertEnabled === false) assert.equal(mode?.observed, "Ignore");
				else assert.ok(assessment?.unknowns.some(({ rule }) => rule === "client-cert-mode"));
				const targets = assessment?.findings.flatMap(({ target }) => target ?? []) ?? [];
				assert.deepEqual(
					targets.filter((target) => /\.azurewebsites\.net$/.test(target)),
					[],
				);
			}
		});
	}
});
