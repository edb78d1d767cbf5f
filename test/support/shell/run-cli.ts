import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { findFaultsInData } from "../receiver/message-schema.ts";

const cli = path.join(import.meta.dirname, "../../../dist/cli.js");

export interface Ended {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs the built command in a process of its own, with these variables and no others. Reports in JSON must be as their schema says. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
	const options = { env: { PATH: process.env.PATH ?? "", ...env } };
	const ended = await new Promise<Ended>((resolve) => {
		execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
			resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
		});
	});
	for (const report of reportsIn(args, ended)) assert.deepEqual(findFaultsInData(report), []);
	return ended;
}

/** What `scan` and `verify` print in JSON. */
function reportsIn([command]: readonly string[], { stdout }: Ended): readonly unknown[] {
	if (command === "scan" && stdout.startsWith("[")) return JSON.parse(stdout);
	return command === "verify" && stdout.startsWith("{") ? JSON.parse(stdout).reports : [];
}

/** Where the built command lies, for a shell. */
export { cli as cliPath };
