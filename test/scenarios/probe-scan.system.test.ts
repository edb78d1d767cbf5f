import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { unprobed } from "../../src/core/probe/reading.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { startFrontEnd } from "../support/front-end/front-end.ts";
import {
	type FrontEnd,
	type HostCertificates,
	issueHostCertificates,
	leadTo,
} from "../support/front-end/sample-hosts.ts";
import { assemble, onlyAttempt } from "../support/host/function-app.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";

const open = "open.azurewebsites.net";
const shut = "shut.azurewebsites.net";

describe("a scan that asks sites at their doors", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let receiver: Receiver;
	let certificates: HostCertificates;
	let front: FrontEnd;
	let app: ReturnType<typeof assemble>;
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure, receiver, certificates] = await Promise.all([
			Azurite.start(),
			ArmEmulator.start(),
			Receiver.start(),
			issueHostCertificates(),
		]);
	});
	beforeEach(async () => {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		receiver.received.length = 0;
		await azurite.clear();
		for (const name of ["DriftPolicy", "DriftExemption"]) await table(name).createTable();
		const certificate = certificates.host.pair;
		front = await startFrontEnd([
			{ hostName: open, certificate, clientCert: "Ignore" },
			{ hostName: shut, certificate, clientCert: "Required" },
		]);
		const probes = leadTo(front, certificates, certificates.client);
		app = assemble(azure, azurite.connectionString, { DRIFT_WEBHOOK_URL: receiver.url }, probes);
		for (const name of ["open", "shut"]) {
			azure.add(armSite({ name, properties: { httpsOnly: true, clientCertEnabled: true } }));
		}
		await govern({ verify: "true" });
	});
	afterEach(() => front.close());
	after(() => Promise.all([azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	const govern = (fields: Record<string, unknown>) =>
		table("DriftPolicy").upsertEntity(
			{ partitionKey: "policy", rowKey: "default", httpsOnly: true, clientCertMode: "Required", ...fields },
			"Replace",
		);
	/** What is told of one scan, in short. */
	async function scan(): Promise<string[]> {
		receiver.received.length = 0;
		await app.scan();
		assert.deepEqual(await app.notify(), []);
		return receiver.received.flatMap(({ message: { data } }) => [
			...data.sites.flatMap(({ findings }) =>
				findings.map(({ rule, target, reason }) => `${reason} ${rule} ${target}`),
			),
			...data.problems.map(({ code, reason }) => `${reason} ${code}`),
		]);
	}
	async function readState(): Promise<Record<string, unknown>> {
		return table("DriftFinding").getEntity(defaultSubscription, "scan");
	}

	it("tells of an open door once, and of its end once it is closed", async () => {
		assert.deepEqual(await scan(), [`new enforced-client-cert ${open}`]);
		const [posted] = receiver.received;
		assert.deepEqual(posted?.message.data.scan?.counts, {
			sites: 2,
			inSync: 1,
			drifted: 1,
			exempt: 0,
			unknown: 0,
			notCovered: 0,
		});
		assert.deepEqual(await scan(), []);
		front.setSite(open, { clientCert: "Required" });
		assert.deepEqual(await scan(), [`resolved enforced-client-cert ${open}`]);
	});

	it("resolves nothing while it cannot be told", async () => {
		await scan();
		front.setSite(open, { fault: "unavailable" });
		assert.deepEqual(await scan(), ["new site-unreadable"]);
		assert.match(
			receiver.received[0]?.message.data.problems[0]?.message ?? "",
			/could not be judged\. enforced-https: open\.azurewebsites\.net: plain http: it answered 503, .*\. enforced-client-cert: open\.azurewebsites\.net: it answered 503/,
		);
		front.setSite(open, { fault: null });
		assert.deepEqual(await scan(), ["resolved site-unreadable"]);
	});

	it("asks nobody once no policy wants it any more, and governs it no more", async () => {
		await scan();
		await govern({ verify: false });
		const asked = front.requests.length;
		assert.deepEqual(await scan(), [`resolved enforced-client-cert ${open}`]);
		assert.equal(front.requests.length, asked);
	});

	it("remembers how what is configured stands against what is enforced, as long as anybody is asked", async () => {
		await scan();
		const counted = {
			compliantAndEnforced: 5,
			compliantNotEnforced: 1,
			nonCompliantEnforced: 0,
			nonCompliantNotEnforced: 0,
			inconclusive: 0,
		};
		const { rightAndEnforced, rightButOpen, wrongButClosed, wrongAndOpen, couldNotTell } = await readState();
		assert.deepEqual([rightAndEnforced, rightButOpen, wrongButClosed, wrongAndOpen, couldNotTell], [5, 1, 0, 0, 0]);
		const partition = () => app.ports.readPartition(defaultSubscription, false);
		assert.deepEqual((await partition()).state.lastScan?.enforcement, counted);
		await govern({});
		// Then what another scan has written down of itself stays in the row.
		const lease = await app.ports.openLease({ id: defaultSubscription, name: "Production" });
		assert.ok(await lease.acquire({ id: "another", since: new Date(Date.now() - 3 * 3_600_000) }));
		await scan();
		const { running, lastScan } = (await partition()).state;
		assert.deepEqual([running?.id, lastScan?.enforcement], ["another", null]);
	});

	it("gives the doors no more time than the scan has", async () => {
		const deadlines = new Set<number>();
		const now = new Date();
		app.setClock(() => now);
		const probeHost: typeof app.ports.probeHost = async (hostName, _, deadline) => {
			deadlines.add(deadline.getTime() - now.getTime());
			return unprobed(hostName, "the time for this scan was up");
		};
		await app.scan(undefined, onlyAttempt, { probeHost, now: () => now });
		assert.deepEqual([...deadlines], [8 * 60_000]);
	});
});
