import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import { unasked } from "../../src/core/probe/reading.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { StandInForAzure } from "../support/arm/emulator.ts";
import { startFrontEnd } from "../support/front-end/front-end.ts";
import {
	type DoorCertificates,
	type FrontEnd,
	issueDoorCertificates,
	leadTo,
} from "../support/front-end/sample-hosts.ts";
import { assemble, onlyTry } from "../support/host/function-app.ts";
import { Receiver } from "../support/receiver/receiver.ts";
import { Azurite } from "../support/storage/azurite.ts";

const open = "open.azurewebsites.net";
const shut = "shut.azurewebsites.net";

describe("a scan that asks sites at their doors", () => {
	let azurite: Azurite;
	let azure: StandInForAzure;
	let receiver: Receiver;
	let certificates: DoorCertificates;
	let front: FrontEnd;
	let app: ReturnType<typeof assemble>;
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure, receiver, certificates] = await Promise.all([
			Azurite.start(),
			StandInForAzure.start(),
			Receiver.start(),
			issueDoorCertificates(),
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
		const doors = leadTo(front, certificates, certificates.client);
		app = assemble(azure, azurite.connectionString, { DRIFT_WEBHOOK_URL: receiver.url }, doors);
		for (const name of ["open", "shut"]) {
			azure.add(armSite({ name, properties: { httpsOnly: true, clientCertEnabled: true } }));
		}
		await wish({ verify: "true" });
	});
	afterEach(() => front.close());
	after(() => Promise.all([azurite, azure, receiver].map((part) => part[Symbol.asyncDispose]())));

	const wish = (cells: Record<string, unknown>) =>
		table("DriftPolicy").upsertEntity(
			{ partitionKey: "policy", rowKey: "default", httpsOnly: true, clientCertMode: "Required", ...cells },
			"Replace",
		);
	/** What is told of one scan, in short. */
	async function scan(): Promise<string[]> {
		receiver.received.length = 0;
		await app.scan();
		assert.deepEqual(await app.tell(), []);
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
		await wish({ verify: false });
		const asked = front.requests.length;
		assert.deepEqual(await scan(), [`resolved enforced-client-cert ${open}`]);
		assert.equal(front.requests.length, asked);
	});

	it("remembers how what is configured stands against what is enforced, as long as anybody is asked", async () => {
		await scan();
		const counted = { rightAndEnforced: 5, rightButOpen: 1, wrongButClosed: 0, wrongAndOpen: 0, couldNotTell: 0 };
		const { rightAndEnforced, rightButOpen, wrongButClosed, wrongAndOpen, couldNotTell } = await readState();
		assert.deepEqual({ rightAndEnforced, rightButOpen, wrongButClosed, wrongAndOpen, couldNotTell }, counted);
		const place = () => app.ports.readPlace(defaultSubscription, false);
		assert.deepEqual((await place()).state.lastScan?.doors, counted);
		await wish({});
		// Then what another scan has written down of itself stays in the row.
		const claim = await app.ports.openClaim({ id: defaultSubscription, name: "Production" });
		assert.ok(await claim.take({ id: "another", since: new Date(Date.now() - 3 * 3_600_000) }));
		await scan();
		const { running, lastScan } = (await place()).state;
		assert.deepEqual([running?.id, lastScan?.doors], ["another", null]);
	});

	it("gives the doors no more time than the scan has", async () => {
		const deadlines = new Set<number>();
		const now = new Date();
		app.setClock(() => now);
		const askHost: typeof app.ports.askHost = async (hostName, _, deadline) => {
			deadlines.add(deadline.getTime() - now.getTime());
			return unasked(hostName, "the time for this scan was up");
		};
		await app.scan(undefined, onlyTry, { askHost, now: () => now });
		assert.deepEqual([...deadlines], [8 * 60_000]);
	});
});
