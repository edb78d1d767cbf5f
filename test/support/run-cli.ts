import { execFile } from "node:child_process";
import path from "node:path";

const cli = path.join(import.meta.dirname, "../../dist/cli.js");

export interface Ended {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs the built command in a process of its own, with these variables and no others. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
	const options = { env: { PATH: process.env.PATH ?? "", ...env } };
	return new Promise((resolve) => {
		execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
			resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
		});
	});
}

/** Where the built command lies, for a shell. */
export { cli as cliPath };
