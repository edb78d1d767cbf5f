import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import type { FindingState } from "../../src/core/lifecycle/state.ts";
import type { PendingPart } from "../../src/storage/ports.ts";
import { openWebhookStore } from "../../src/storage/webhook-table.ts";
import { now, siteId, subscriptionId } from "../support/builders/site.ts";
import { Azurite } from "../support/storage/azurite.ts";

/** Earlier versions read and write the same rows: these names stay, whatever the code calls things. */
describe("the names on disk of DriftWebhook", () => {
	let azurite: Azurite;
	let table: TableClient;
	before(async () => {
		azurite = await Azurite.start();
		table = TableClient.fromConnectionString(azurite.connectionString, "DriftWebhook", {
			allowInsecureConnection: true,
		});
	});
	after(() => azurite[Symbol.asyncDispose]());

	const finding: FindingState = {
		resourceId: siteId("rg-app", "app"),
		rule: "http20",
		target: null,
		severity: "low",
		desired: "false",
		fingerprint: "true",
		state: "open",
	};
	const problem = { code: "scan-failed", scope: `/subscriptions/${subscriptionId}`, state: "open" } as const;
	const part: PendingPart = {
		...{ key: "part_1", kind: "json", composedAt: now, id: "msg_1", body: "{}" },
		states: { findings: [{ ...finding, reason: "new" }], problems: [{ ...problem, reason: "new" }] },
		...{ isDeliveryUncertain: false, rejections: 0 },
	};
	const open = () => openWebhookStore(table, "default", subscriptionId, now);
	async function rows(): Promise<Record<string, unknown>[]> {
		const found: Record<string, unknown>[] = [];
		for await (const { etag: _, timestamp: __, partitionKey, rowKey = "", ...columns } of table.listEntities()) {
			assert.equal(partitionKey, `default_${subscriptionId}`);
			found.push({ rowKey: /^[\da-f]{64}$|^problem_/.test(rowKey) ? "state" : rowKey, ...columns });
		}
		return found.sort((a, b) => (String(a.rowKey) < String(b.rowKey) ? -1 : 1));
	}
	const text = (value: unknown) => Buffer.from(value as Uint8Array).toString();

	it("of a part that waits, and of what was notified once it was delivered", async () => {
		const store = await open();
		await store.put([part]);
		const { fingerprint: comparable, state, ...facts } = finding;
		const stored = { ...facts, comparable, state };
		const [waiting, lock] = await rows();
		const { body0, states0, ...columns } = waiting ?? {};
		assert.deepEqual(columns, {
			...{ rowKey: "part_1", kind: "json", composedAt: now, id: "msg_1", isInDoubt: true, refusals: 0 },
		});
		assert.equal(text(body0), "{}");
		assert.deepEqual(JSON.parse(text(states0)), {
			findings: [{ ...stored, reason: "new" }],
			problems: [{ ...problem, reason: "new" }],
		});
		assert.deepEqual(lock, { rowKey: "turn" });

		// States are compared as JSON: their members come back in the order in which they were made.
		const [read] = (await open()).pending;
		assert.equal(JSON.stringify(read?.states), JSON.stringify(part.states));
		assert.equal(read?.isDeliveryUncertain, true);

		await store.confirm(part, now);
		const { target: _, ...withoutNull } = stored;
		const notified = (await rows()).filter(({ rowKey }) => rowKey === "state");
		assert.deepEqual(
			notified.toSorted((a, b) => ("code" in a ? 1 : 0) - ("code" in b ? 1 : 0)),
			[
				{ rowKey: "state", ...withoutNull, toldAt: now },
				{ rowKey: "state", ...problem, toldAt: now },
			],
		);
		assert.deepEqual((await open()).notified, {
			findings: [{ ...finding, notifiedAt: now }],
			problems: [{ ...problem, notifiedAt: now }],
		});
	});

	it("of a part that was rejected, and of a webhook that fails", async () => {
		const store = await open();
		await store.put([{ ...part, key: "part_2" }]);
		await store.reject({ ...part, key: "part_2", isDeliveryUncertain: false, rejections: 2 });
		await store.fail({ reason: "no" }, now);
		const found = await rows();
		const failing = found.find(({ rowKey }) => rowKey === "failing");
		const rejected = found.find(({ rowKey }) => rowKey === "part_2");
		assert.deepEqual(failing, { rowKey: "failing", reason: "no", since: now });
		assert.deepEqual([rejected?.isInDoubt, rejected?.refusals], [false, 2]);
	});
});
