#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { type ScanOptions, scan } from "./cli/scan.ts";

const program = new Command("mtls-drift")
	.description(packageJson.description)
	.version(packageJson.version)
	.exitOverride()
	.showHelpAfterError("(mtls-drift --help tells more)");

program
	.command("scan")
	.description(
		"compare the sites of your subscriptions with the policies, and print what drifted with the commands that mend it",
	)
	.option("--subscription <id>", "scan this subscription (may be repeated)", (id: string, ids: string[] = []) => [
		...ids,
		id,
	])
	.option("--scope <id>", "only sites at or below this ARM ID")
	.option("--policy <file>", 'read policies from JSON, {"policies": [{"name", …}]}, instead of the table DriftPolicy')
	.addOption(new Option("--format <format>", "how to print").choices(["table", "json", "markdown"]).default("table"))
	.option("--output <file>", "write to this file instead of stdout")
	.addHelpText("after", "\nExit status: 1 when anything drifted, else 2 when something could not be told, else 0.")
	.action(async (options: ScanOptions) => {
		process.exitCode = await scan(options, process.env);
	});

process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
	// A reader that has seen enough, such as head, is no failure of ours.
	if (code === "EPIPE") process.exit();
	console.error(`mtls-drift: cannot print: ${message}`);
	process.exit(2);
});

try {
	await program.parseAsync();
} catch (error) {
	// commander has printed its own errors already; help and version are no errors.
	if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
	else {
		console.error(`mtls-drift: ${(error as Error).message}`);
		process.exitCode = 2;
	}
}
