import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ArmEmulator } from "../arm/emulator.ts";
import { findOnPath } from "./find-on-path.ts";
import type { Ended } from "./run-cli.ts";

/**
 * The real azure-cli that is on PATH, logged in to the stand-in, with a configuration of its own. The commands of `run` find an `az`
 * before it that hands its words to a server (azure-cli-server.py), in which the same azure-cli is loaded already.
 */
export class AzureCli implements Disposable {
	readonly #folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-az-"));
	readonly #azure: ArmEmulator;
	#server: ChildProcess | undefined;

	private constructor(azure: ArmEmulator) {
		this.#azure = azure;
	}

	/** Throws where there is no azure-cli, and says what to do. */
	static async login(azure: ArmEmulator): Promise<AzureCli> {
		const cli = new AzureCli(azure);
		const version = await cli.#spawn("az", ["version"]);
		if (version.status !== 0) {
			throw new Error(
				`These tests run the real azure-cli, and there is none that works on PATH (${version.stderr.trim()}). Install it: https://learn.microsoft.com/cli/azure/install-azure-cli`,
			);
		}
		const { endpoint } = azure;
		const cloud = {
			endpoints: {
				...{
					activeDirectory: endpoint,
					activeDirectoryGraphResourceId: endpoint,
					gallery: endpoint,
					management: endpoint,
				},
				...{ microsoftGraphResourceId: endpoint, resourceManager: endpoint, sqlManagement: endpoint },
				vmImageAliasDoc: endpoint,
				activeDirectoryResourceId: "https://management.azure.com",
			},
			suffixes: { storageEndpoint: "core.windows.net", keyvaultDns: ".vault.azure.net" },
		};
		const file = path.join(cli.#folder, "cloud.json");
		writeFileSync(file, JSON.stringify(cloud));
		for (const words of [
			["cloud", "register", "--name", "StandIn", "--skip-endpoint-discovery", "--cloud-config", `@${file}`],
			["cloud", "set", "--name", "StandIn"],
			["login", "--identity"],
		]) {
			const { status, stderr } = await cli.#spawn("az", words);
			if (status !== 0) throw new Error(`az ${words.join(" ")} failed: ${stderr}`);
		}
		await cli.#startServer();
		return cli;
	}

	/** Runs a command line, or a whole script, in bash. */
	run(script: string): Promise<Ended> {
		return this.#spawn("bash", ["--norc", "-c", script], `${this.#clientFolder}:${process.env.PATH}`);
	}

	/** The same by the `az` on PATH itself. */
	runAlone(script: string): Promise<Ended> {
		return this.#spawn("bash", ["--norc", "-c", script]);
	}

	[Symbol.dispose](): void {
		this.#server?.kill();
		rmSync(this.#folder, { recursive: true });
	}

	get #clientFolder(): string {
		return path.join(this.#folder, "bin");
	}

	async #startServer(): Promise<void> {
		const [python] = /(?<=^#!)\S*python\S*/.exec(readFileSync(findOnPath(["az"]) ?? "", "utf8")) ?? [];
		// Some packages start azure-cli by a shell script: then each command loads it.
		if (python === undefined) return;
		const socket = path.join(this.#folder, "socket");
		this.#server = spawn(python, [path.join(import.meta.dirname, "azure-cli-server.py"), socket], {
			env: this.#environment(),
			stdio: ["ignore", "pipe", "inherit"],
		});
		process.once("exit", () => this.#server?.kill());
		const lines = createInterface({ input: this.#server.stdout as Readable });
		const said = await Promise.race([once(lines, "line"), once(lines, "close")]);
		if (said[0] !== "ready") throw new Error(`azure-cli-server.py did not start: ${said[0] ?? "it ended"}`);
		mkdirSync(this.#clientFolder);
		const client = path.join(this.#clientFolder, "az");
		writeFileSync(client, `#!${python} -SEs\n${clientScript(socket)}`);
		chmodSync(client, 0o755);
	}

	#environment(searchPath = process.env.PATH): Record<string, string | undefined> {
		return {
			PATH: searchPath,
			HOME: this.#folder,
			LC_ALL: "C.UTF-8",
			...this.#azure.environment,
			AZURE_CONFIG_DIR: path.join(this.#folder, "config"),
			AZURE_CORE_COLLECT_TELEMETRY: "0",
			REQUESTS_CA_BUNDLE: this.#azure.certificate.file,
		};
	}

	#spawn(program: string, words: readonly string[], searchPath?: string): Promise<Ended> {
		const env = this.#environment(searchPath);
		return new Promise((resolve) => {
			const child = spawn(program, words, { env, stdio: ["ignore", "pipe", "pipe"] });
			let [stdout, stderr] = ["", ""];
			child.stdout.setEncoding("utf8").on("data", (text: string) => {
				stdout += text;
			});
			child.stderr.setEncoding("utf8").on("data", (text: string) => {
				stderr += text;
			});
			child.once("error", ({ message }) => resolve({ status: -1, stdout, stderr: message }));
			child.once("close", (code) => resolve({ status: code ?? -1, stdout, stderr }));
		});
	}
}

/** Hands over words and streams, and ends as the command does. */
function clientScript(socketFile: string): string {
	return `import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect(${JSON.stringify(socketFile)})
request = json.dumps({"words": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}).encode() + b"\\n"
socket.send_fds(server, [request[:1]], [0, 1, 2])
server.sendall(request[1:])
sys.exit(int(server.recv(16)))
`;
}
