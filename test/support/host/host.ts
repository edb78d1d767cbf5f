import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { QueueClient } from "@azure/storage-queue";
import hostJson from "../../../host.json" with { type: "json" };
import { type LogEvent, logEvents } from "../../../src/telemetry/log.ts";
import { receiveAll } from "../storage/queue.ts";

export interface RegisteredFunction {
	readonly name: string;
	readonly bindings: readonly { readonly type: string; readonly [setting: string]: unknown }[];
}

/** How one invocation ended. */
export interface Invocation {
	/** The message of what the function threw, or null. */
	readonly error: string | null;
	/** What it logged, the sentences. */
	readonly logs: readonly string[];
	/** The same as it was logged. */
	readonly events: readonly LoggedEvent[];
}

/** A line of the log. */
export interface LoggedEvent {
	readonly event: LogEvent;
	readonly message: string;
	readonly [field: string]: unknown;
}

export interface HttpCall {
	readonly method?: string;
	readonly url?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
}

export interface HttpAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

type Answer =
	| { id: number; result?: unknown; error?: string }
	| { log: { level: string; category: string; message: string } };

/** Runs a built function app in a process of its own, as the host of Azure Functions does: load, list, invoke. */
export class FunctionsHost implements AsyncDisposable {
	readonly functions: readonly RegisteredFunction[];
	readonly #worker: Worker;

	private constructor(worker: Worker, functions: readonly RegisteredFunction[]) {
		this.#worker = worker;
		this.functions = functions;
	}

	/** Throws what the app threw while loading: the real host would show an app without functions. */
	static async start(appDirectory: string, settings: Readonly<Record<string, string>>): Promise<FunctionsHost> {
		const worker = new Worker(settings);
		try {
			return new FunctionsHost(worker, (await worker.call("load", appDirectory)) as RegisteredFunction[]);
		} catch (error) {
			await worker.stop();
			throw error;
		}
	}

	async fireTimer(name: string): Promise<Invocation> {
		const trigger = { Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false };
		return await this.#invoke({ name, data: { json: JSON.stringify(trigger) }, metadata: {} });
	}

	/** Calls a function by HTTP; the key is the host's affair. Throws what the function threw: the real host would answer 500. */
	async call(name: string, request: HttpCall = {}): Promise<HttpAnswer> {
		const { method = "GET", url = `https://localhost/api/${name}`, headers = {}, body = "" } = request;
		return (await this.#worker.call("invoke", {
			name,
			data: { http: { method, url, headers, body: { string: body } } },
			metadata: {},
		})) as HttpAnswer;
	}

	/** The same, with what it logged meanwhile. */
	async callAndLog(
		name: string,
		request: HttpCall = {},
	): Promise<{ readonly answer: HttpAnswer; readonly logs: readonly string[] }> {
		const before = this.#worker.logs.length;
		const answer = await this.call(name, request);
		return { answer, logs: this.#worker.logs.slice(before) };
	}

	/** The same of a function that answers with JSON. */
	async get(name: string, request: HttpCall = {}): Promise<{ readonly status: number; readonly body: unknown }> {
		const { status, body } = await this.call(name, request);
		return { status, body: JSON.parse(body) };
	}

	/** Gives one message to the function of a queue, as its `dequeueCount`-th try. */
	async deliver(queueName: string, text: string, dequeueCount = 1): Promise<Invocation> {
		const isListener = ({ bindings }: RegisteredFunction) =>
			bindings.some((binding) => binding.queueName === queueName);
		const name = this.functions.find(isListener)?.name ?? `none for the queue ${queueName}`;
		return await this.#invoke({
			name,
			data: { string: text },
			metadata: { DequeueCount: { json: `${dequeueCount}` } },
		});
	}

	/**
	 * Works off all queues that functions listen to, poison queues last, as the host does by host.json: a message whose function fails
	 * is tried again, then moved to the poison queue. It waits for nothing: what is hidden for a while is tried again at once.
	 */
	async workOffQueues(connectionString: string, maxTries = maxDequeueCount): Promise<Invocation[]> {
		const invocations: Invocation[] = [];
		const listened = this.functions.flatMap(({ bindings }) => bindings.flatMap(({ queueName }) => queueName ?? []));
		for (;;) {
			const before = invocations.length;
			for (const queueName of listened.map(String).sort(isPoisonLast)) {
				for (const text of await receiveAll(connectionString, queueName)) {
					invocations.push(...(await this.#tryOften(connectionString, queueName, text, maxTries)));
				}
			}
			if (invocations.length === before) return invocations;
		}
	}

	async #tryOften(
		connectionString: string,
		queueName: string,
		text: string,
		maxTries: number,
	): Promise<readonly Invocation[]> {
		const tries: Invocation[] = [];
		do tries.push(await this.deliver(queueName, text, tries.length + 1));
		while (tries.at(-1)?.error !== null && tries.length < maxTries);
		if (tries.at(-1)?.error === null) return tries;
		const poison = new QueueClient(connectionString, `${queueName}-poison`);
		await poison.createIfNotExists();
		await poison.sendMessage(Buffer.from(text).toString("base64"));
		return tries;
	}

	/** How much memory the worker's process holds, and the most that it ever held, in bytes. */
	async memory(): Promise<{ readonly rss: number; readonly maxRss: number }> {
		return (await this.#worker.call("memory", null)) as { rss: number; maxRss: number };
	}

	/** What it wrote to stdout and stderr, beside the log of its invocations. */
	get stray(): readonly string[] {
		return this.#worker.stray;
	}

	/** As before the host lets a worker go. */
	async terminate(): Promise<void> {
		await this.#worker.call("terminate", null);
	}

	/** As a machine that is switched off: what runs is lost, and no code of it runs any more. */
	async kill(): Promise<void> {
		await this.#worker.stop("SIGKILL");
	}

	async #invoke(invocation: object): Promise<Invocation> {
		const before = this.#worker.logs.length;
		const eventsBefore = this.#worker.events.length;
		const error = await this.#worker.call("invoke", invocation).then(
			() => null,
			(failure: Error) => failure.message,
		);
		return { error, logs: this.#worker.logs.slice(before), events: this.#worker.events.slice(eventsBefore) };
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#worker.stop();
	}
}

const { maxDequeueCount } = hostJson.extensions.queues;

function isPoisonLast(a: string, b: string): number {
	return Number(a.endsWith("-poison")) - Number(b.endsWith("-poison")) || (a < b ? -1 : 1);
}

class Worker {
	readonly logs: string[] = [];
	readonly events: LoggedEvent[] = [];
	readonly stray: string[] = [];
	readonly #child: ChildProcess;
	readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
	#calls = 0;

	constructor(settings: Readonly<Record<string, string>>) {
		// The app sees its settings and nothing of this machine but the path.
		const env = { PATH: process.env.PATH, ...settings };
		this.#child = fork(fileURLToPath(new URL("worker.cjs", import.meta.url)), {
			env,
			execArgv: [],
			stdio: ["ignore", "pipe", "pipe", "ipc"],
		});
		for (const stream of [this.#child.stdout, this.#child.stderr]) {
			stream?.on("data", (data) => {
				this.stray.push(String(data));
				this.logs.push(String(data));
			});
		}
		this.#child.on("message", (answer: Answer) => this.#receive(answer));
		this.#child.on("exit", (code) => {
			for (const { reject } of this.#pending.values())
				reject(new Error(`the worker ended with ${code}: ${this.logs.join("\n")}`));
		});
	}

	call(method: "load" | "invoke" | "memory" | "terminate", parameter: unknown): Promise<unknown> {
		const id = ++this.#calls;
		const pending = Promise.withResolvers<unknown>();
		this.#pending.set(id, pending);
		this.#child.send({ id, method, parameter });
		return pending.promise;
	}

	async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const exited = once(this.#child, "exit");
		this.#child.kill(signal);
		await exited;
	}

	/** What the app itself logs is one event a line; whoever logs otherwise shows in each test that looks. */
	#takeLog({ category, message }: { readonly category: string; readonly message: string }): void {
		if (category !== "user") {
			this.logs.push(message);
			return;
		}
		const event = JSON.parse(message) as LoggedEvent;
		if (!(event.event in logEvents)) throw new Error(`no event of the log is called ${event.event}`);
		this.events.push(event);
		this.logs.push(event.message);
	}

	#receive(answer: Answer): void {
		if ("log" in answer) {
			this.#takeLog(answer.log);
			return;
		}
		const pending = this.#pending.get(answer.id);
		this.#pending.delete(answer.id);
		if (answer.error === undefined) pending?.resolve(answer.result);
		else pending?.reject(new Error(answer.error));
	}
}
