import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { StandInForAzure } from "../arm/emulator.ts";
import type { Ended } from "./run-cli.ts";

/** The real azure-cli that is on PATH, logged in to the stand-in, with a configuration of its own. */
export class AzureCli implements Disposable {
	readonly #folder = mkdtempSync(path.join(tmpdir(), "mtls-drift-az-"));
	readonly #azure: StandInForAzure;

	private constructor(azure: StandInForAzure) {
		this.#azure = azure;
	}

	/** Throws where there is no azure-cli, and says what to do. */
	static async login(azure: StandInForAzure): Promise<AzureCli> {
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
		return cli;
	}

	/** Runs a command line, or a whole script, in bash. */
	run(script: string): Promise<Ended> {
		return this.#spawn("bash", ["--norc", "-c", script]);
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, { recursive: true });
	}

	#spawn(program: string, words: readonly string[]): Promise<Ended> {
		const env = {
			PATH: process.env.PATH,
			HOME: this.#folder,
			LC_ALL: "C.UTF-8",
			...this.#azure.environment,
			AZURE_CONFIG_DIR: path.join(this.#folder, "config"),
			AZURE_CORE_COLLECT_TELEMETRY: "0",
			REQUESTS_CA_BUNDLE: this.#azure.certificate.file,
		};
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
