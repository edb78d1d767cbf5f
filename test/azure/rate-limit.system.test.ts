import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { type Connection, connect } from "../support/arm/connect.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";

describe("the pace of requests", () => {
	let azure: ArmEmulator;
	let ports: Connection;
	const pauses: number[] = [];
	before(async () => {
		azure = await ArmEmulator.start();
		ports = connect(azure, { pause: async (milliseconds) => void pauses.push(milliseconds) });
	});
	beforeEach(() => {
		azure.reset();
		azure.pageSize = 1;
		azure.addSubscription(defaultSubscription, "Production");
		azure.add(...["a", "b", "c"].map((name) => armSite({ name })));
		pauses.length = 0;
	});
	after(() => azure[Symbol.asyncDispose]());

	async function list(): Promise<void> {
		for await (const _ of ports.openSubscription(defaultSubscription).listSites());
	}

	it("is free while ARM's headers say that there is plenty", async () => {
		await list();
		assert.deepEqual(pauses, []);
	});

	it("slows down the more, the less is left of the budget", async () => {
		azure.readsLeft = 40;
		await list();
		azure.readsLeft = 5;
		await list();
		assert.deepEqual(pauses, [200, 200, 900, 900]);
	});

	it("waits for a second at most", async () => {
		azure.readsLeft = 0;
		await list();
		assert.deepEqual(pauses, [1000, 1000]);
	});

	it("goes by the smaller of both budgets, and on from there where ARM tells none", async () => {
		const headers = (reads: string, globalReads: string) => ({
			"x-ms-ratelimit-remaining-subscription-reads": reads,
			"x-ms-ratelimit-remaining-subscription-global-reads": globalReads,
		});
		azure.injectFault(/sites\?/, { status: 500, headers: headers("200", "25") }, 1);
		azure.injectFault(/sites\?/, { status: 500, headers: headers("many", "-1") }, 1);
		azure.pageSize = 100;
		await list();
		assert.deepEqual(pauses, [500, 480]);
	});
});
