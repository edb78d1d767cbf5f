import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface RegisteredFunction {
	readonly name: string;
	readonly bindings: readonly { readonly type: string; readonly [setting: string]: unknown }[];
}

/** How one invocation ended. */
export interface Invocation {
	/** The message of what the function threw, or null. */
	readonly error: string | null;
	/** What it logged, a line each. */
	readonly logs: readonly string[];
}

type Answer = { id: number; result?: unknown; error?: string } | { log: { level: string; message: string } };

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
		const before = this.#worker.logs.length;
		const error = await this.#worker.call("invoke", { name, trigger }).then(
			() => null,
			(failure: Error) => failure.message,
		);
		return { error, logs: this.#worker.logs.slice(before) };
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#worker.stop();
	}
}

class Worker {
	readonly logs: string[] = [];
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
		for (const stream of [this.#child.stdout, this.#child.stderr])
			stream?.on("data", (data) => this.logs.push(String(data)));
		this.#child.on("message", (answer: Answer) => this.#receive(answer));
		this.#child.on("exit", (code) => {
			for (const { reject } of this.#pending.values())
				reject(new Error(`the worker ended with ${code}: ${this.logs.join("\n")}`));
		});
	}

	call(method: "load" | "invoke", parameter: unknown): Promise<unknown> {
		const id = ++this.#calls;
		const pending = Promise.withResolvers<unknown>();
		this.#pending.set(id, pending);
		this.#child.send({ id, method, parameter });
		return pending.promise;
	}

	async stop(): Promise<void> {
		if (this.#child.exitCode !== null) return;
		const exited = once(this.#child, "exit");
		this.#child.kill();
		await exited;
	}

	#receive(answer: Answer): void {
		if ("log" in answer) {
			this.logs.push(answer.log.message);
			return;
		}
		const pending = this.#pending.get(answer.id);
		this.#pending.delete(answer.id);
		if (answer.error === undefined) pending?.resolve(answer.result);
		else pending?.reject(new Error(answer.error));
	}
}
