import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { TableClient } from "@azure/data-tables";
import fc from "fast-check";
import { deliver } from "../../src/notify/deliver.ts";
import { readNotifyMessage } from "../../src/storage/messages/notify-message.ts";
import { readScanMessage } from "../../src/storage/messages/scan-message.ts";
import { armSite, defaultSubscription } from "../support/arm/arm-objects.ts";
import { ArmEmulator } from "../support/arm/emulator.ts";
import { scaleRuns } from "../support/fuzz.ts";
import { assemble, lastAttempt, onlyAttempt, type Ports } from "../support/host/function-app.ts";
import { type Answer, type Received, Receiver } from "../support/receiver/receiver.ts";
import { replay } from "../support/receiver/replay.ts";
import { Azurite } from "../support/storage/azurite.ts";
import { receiveAll } from "../support/storage/queue.ts";

const siteNames = ["a", "b", "c"] as const;
type SiteName = (typeof siteNames)[number];
type SiteState = "drifted" | "fine" | "unreadable" | "deleted";

/** How a webhook behaves: `silent` takes a message and says nothing of it, `lost` does not even take it. */
const behaviors = ["well", "busy", "gone", "refusing", "silent", "lost"] as const;
type Behavior = (typeof behaviors)[number];

const answers: Readonly<Record<Behavior, Answer>> = {
	well: { status: 202 },
	busy: { status: 503 },
	gone: { status: 410 },
	refusing: { status: 400 },
	silent: "reset",
	lost: "reset",
};

/** What there is, and what a scan that came to its end has seen of it. */
interface Model {
	readonly sites: Map<SiteName, SiteState>;
	/** When the exemption of a site ends, in hours. */
	readonly exemptions: Map<SiteName, number>;
	readonly behaviors: Behavior[];
	hour: number;
	isPolicyBad: boolean;
	readonly findings: Map<SiteName, "open" | "exempt">;
	readonly problems: Set<string>;
}

describe("what webhooks are told, whatever happens", () => {
	let azurite: Azurite;
	let azure: ArmEmulator;
	let receivers: readonly Receiver[];
	let app: ReturnType<typeof assemble>;
	/** What each webhook has taken. */
	const accepted: Received[][] = [[], []];
	const table = (name: string) =>
		TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });

	before(async () => {
		[azurite, azure] = await Promise.all([Azurite.start(), ArmEmulator.start()]);
		receivers = await Promise.all([Receiver.start(), Receiver.start()]);
		app = assemble(azure, azurite.connectionString, {
			DRIFT_WEBHOOK_URL: receivers[0]?.url ?? "",
			DRIFT_WEBHOOK_OPS_URL: receivers[1]?.url ?? "",
		});
	});
	after(() => Promise.all([azurite, azure, ...receivers].map((part) => part[Symbol.asyncDispose]())));

	const start = new Date();

	async function prepare(): Promise<Model> {
		azure.reset();
		azure.addSubscription(defaultSubscription, "Production");
		await azurite.clear();
		await table("DriftPolicy").createTable();
		await table("DriftExemption").createTable();
		await table("DriftPolicy").createEntity({ partitionKey: "policy", rowKey: "default", httpsOnly: true });
		const model: Model = {
			sites: new Map(siteNames.map((name) => [name, "deleted"])),
			exemptions: new Map(),
			behaviors: ["well", "well"],
			hour: 0,
			isPolicyBad: false,
			findings: new Map(),
			problems: new Set(),
		};
		for (const [index, receiver] of receivers.entries()) {
			accepted[index] = [];
			receiver.answer = (received) => {
				const behavior = model.behaviors[index] ?? "well";
				if (behavior === "well" || behavior === "silent") accepted[index]?.push(received);
				return answers[behavior];
			};
		}
		app.setClock(() => new Date(start.getTime() + model.hour * 3_600_000));
		return model;
	}

	/** What goes nowhere: no process dies of it. */
	const here = ["now", "newId", "log", "logError", "trace", "measure"];

	/** The ports of a process that dies at its so many'th call, before or after it is carried out. */
	function mortal(ports: Ports, death: { calls: number; readonly after: boolean }): Ports {
		const wrap = <T extends object>(target: T): T =>
			new Proxy(target, {
				get(object, property) {
					const value: unknown = Reflect.get(object, property);
					if (typeof value !== "function" || here.includes(String(property))) return value;
					return (...args: unknown[]) => {
						if (["openSubscription"].includes(String(property))) return value(...args);
						return call(() => value(...args));
					};
				},
			});
		const call = async (work: () => Promise<unknown>): Promise<unknown> => {
			death.calls -= 1;
			if (death.calls < 0 || (death.calls === 0 && !death.after)) throw new Error("dead");
			const result = await work();
			if (death.calls === 0) throw new Error("dead");
			return typeof result === "object" && result !== null && ("pending" in result || "open" in result)
				? wrap(result)
				: result;
		};
		return wrap(ports);
	}

	/** One run of the timer and all that follows from it; what fails is tried again as the host does. */
	async function runAll(ports: Ports): Promise<void> {
		const subscriptions = [defaultSubscription];
		await app.startScans(subscriptions, ports).catch(() => app.startScans(subscriptions));
		for (const text of await receiveAll(azurite.connectionString, "drift-scan")) {
			const message = readScanMessage(JSON.parse(text));
			await app
				.scan(message, onlyAttempt, ports)
				.catch(() => app.scan(message, lastAttempt))
				.catch(() => app.abandonScan(message));
		}
		for (const text of await receiveAll(azurite.connectionString, "drift-notify")) {
			const message = readNotifyMessage(JSON.parse(text));
			await deliver(message, onlyAttempt, app.deliverSettings, ports).catch(() =>
				deliver(message, lastAttempt, app.deliverSettings, app.ports),
			);
		}
	}

	function isExempt(model: Model, name: SiteName): boolean {
		return (model.exemptions.get(name) ?? 0) > model.hour;
	}

	/** What a scan of all sees. */
	function see(model: Model): void {
		model.problems.clear();
		for (const [name, state] of model.sites) {
			if (state === "unreadable") model.problems.add(`site-unreadable ${armSite({ name }).id}`);
			else if (state === "drifted") model.findings.set(name, isExempt(model, name) ? "exempt" : "open");
			else model.findings.delete(name);
		}
		seeTables(model);
	}

	function seeTables(model: Model): void {
		const those = [...model.problems].filter((problem) => !/ Drift(?:Policy|Exemption)/.test(problem));
		model.problems.clear();
		for (const problem of those) model.problems.add(problem);
		if (model.isPolicyBad) model.problems.add("policy-invalid DriftPolicy/bad/scope");
		for (const name of model.exemptions.keys()) {
			if (!isExempt(model, name)) model.problems.add(`exemption-invalid DriftExemption/${name}/expiresOn`);
		}
	}

	/** Who is well has been told all, whatever was before. */
	function check(model: Model): void {
		for (const [index, behavior] of model.behaviors.entries()) {
			const { findings, problems } = replay(accepted[index] ?? []);
			if (behavior !== "well") continue;
			const expected = [...model.findings].map(([name, state]) => `${name} https-only ${state}`).sort();
			assert.deepEqual({ findings, problems }, { findings: expected, problems: [...model.problems].sort() });
		}
	}

	type Command = fc.AsyncCommand<Model, object>;
	const command = (name: string, run: (model: Model) => Promise<void> | void): Command => ({
		check: () => true,
		run: async (model) => await run(model),
		toString: () => name,
	});

	const aSite = fc.constantFrom(...siteNames);
	const commands = [
		fc.tuple(aSite, fc.constantFrom("drifted", "fine", "unreadable", "deleted")).map(([name, state]) =>
			command(`${name} is ${state}`, (model) => {
				model.sites.set(name, state);
				if (state === "deleted") azure.fleet.sites.delete(armSite({ name }).id.toLowerCase());
				else {
					const httpsOnly = { drifted: false, fine: true, unreadable: undefined }[state];
					azure.add(armSite({ name, properties: { httpsOnly } }));
				}
			}),
		),
		aSite.map((name) =>
			command(`${name} is exempt for 2 hours`, async (model) => {
				model.exemptions.set(name, model.hour + 2);
				await table("DriftExemption").upsertEntity({
					...{ partitionKey: "exemption", rowKey: name, scope: armSite({ name }).id, rule: "*" },
					...{ category: "waiver", reason: "r", owner: "o" },
					expiresOn: new Date(start.getTime() + (model.hour + 2) * 3_600_000),
				});
			}),
		),
		aSite.map((name) =>
			command(`${name} is exempt no more`, async (model) => {
				if (model.exemptions.delete(name)) await table("DriftExemption").deleteEntity("exemption", name);
			}),
		),
		fc.boolean().map((isBad) =>
			command(`a policy is ${isBad ? "bad" : "mended"}`, async (model) => {
				model.isPolicyBad = isBad;
				const key = { partitionKey: "policy", rowKey: "bad" };
				if (isBad) await table("DriftPolicy").upsertEntity({ ...key, scope: "x", httpsOnly: true });
				else
					await table("DriftPolicy")
						.deleteEntity("policy", "bad")
						.catch(() => {});
			}),
		),
		fc.constantFrom(1, 3, 25).map((hours) =>
			command(`${hours} hours pass`, (model) => {
				model.hour += hours;
			}),
		),
		fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(...behaviors)).map(([index, behavior]) =>
			command(`webhook ${index} is ${behavior}`, (model) => {
				model.behaviors[index] = behavior;
			}),
		),
		fc.constant(
			command("scan", async (model) => {
				await runAll(app.ports);
				see(model);
				check(model);
			}),
		),
		fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()).map(([calls, isAfter]) =>
			command(`scan, killed ${isAfter ? "after" : "before"} call ${calls}, and again`, async (model) => {
				await runAll(mortal(app.ports, { calls, after: isAfter }));
				see(model);
				check(model);
			}),
		),
		fc.constant(
			command("scan that fails", async (model) => {
				azure.injectFault(/providers\/Microsoft\.Web\/sites\?/, {
					status: 503,
					body: { error: { code: "ServerTimeout" } },
				});
				await runAll(app.ports);
				azure.clearFaults();
				model.problems.add(`subscription-unreadable /subscriptions/${defaultSubscription}`);
				model.problems.add(`scan-failed /subscriptions/${defaultSubscription}`);
				seeTables(model);
				check(model);
			}),
		),
	];

	it("is the truth, once, by who is well", { timeout: 600_000 }, async () => {
		const all = fc.commands(commands, { size: "+1", maxCommands: 30 });
		await fc.assert(
			fc.asyncProperty(all, async (some) => {
				await fc.asyncModelRun(async () => ({ model: await prepare(), real: {} }), some);
			}),
			{ numRuns: scaleRuns(60) },
		);
	});
});
