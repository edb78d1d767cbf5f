#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { addExemption, type ExemptionOptions, listExemptions, removeExemption } from "./cli/exemption.ts";
import { explainSite } from "./cli/explain.ts";
import type { InputOptions } from "./cli/input.ts";
import { lintPolicies, listPolicies, removePolicy, setPolicy } from "./cli/policy.ts";
import { listRules } from "./cli/rules.ts";
import { type ScanOptions, scan, scanFormats } from "./cli/scan.ts";
import { type VerifyOptions, verify, verifyFormats } from "./cli/verify.ts";
import { printable } from "./core/model/text.ts";

const policyFile = () =>
	new Option("--policy <file>", "read policies and exemptions from this JSON file instead of the tables");
const collect = (value: string, values: string[] = []) => [...values, value];

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
	.option("--subscription <id>", "scan this subscription (may be repeated)", collect)
	.option("--scope <id>", "only sites at or below this ARM ID")
	.addOption(policyFile())
	.addOption(new Option("--format <format>", "how to print").choices(scanFormats).default("table"))
	.option("--output <file>", "write to this file instead of stdout")
	.addHelpText("after", "\nExit status: 1 when anything drifted, else 2 when something could not be told, else 0.")
	.action(async (options: ScanOptions) => {
		process.exitCode = await scan(options, process.env);
	});

const policy = program.command("policy").description("read and edit the policies: what the sites should be like");
policy
	.command("list")
	.description("print every policy, and what is wrong with the rows")
	.addOption(policyFile())
	.action((options: InputOptions) => listPolicies(options, process.env));
policy
	.command("set")
	.description(
		"write cells of a policy, which is made where it is not there; nothing is written unless all of it is right",
	)
	.argument("<name>", "the policy")
	.argument("[key=value...]", "cells, for example httpsOnly=true clientCertMode=Required scope=/subscriptions/ID")
	.option("--unset <key>", "take this cell away (may be repeated)", collect)
	.action((name: string, assignments: string[], options: { unset?: string[] }) =>
		setPolicy(name, assignments, options, process.env),
	);
policy
	.command("remove")
	.description("take a policy away, and print how to bring it back")
	.argument("<name>", "the policy")
	.action((name: string) => removePolicy(name, process.env));
policy
	.command("lint")
	.description("print everything that is wrong with policies and exemptions: bad cells, conflicts, contradictions")
	.addOption(policyFile())
	.addHelpText("after", "\nExit status: 0 when nothing is wrong, 1 when anything is, 2 when it could not be read.")
	.action(async (options: InputOptions) => {
		process.exitCode = await lintPolicies(options, process.env);
	});
policy
	.command("explain")
	.description("print what the policies want of one site, and which policy decides each setting")
	.argument("<site-id>", "the resource ID of a site or slot")
	.addOption(policyFile())
	.action((id: string, options: InputOptions) => explainSite(id, options, process.env));

const exemption = program
	.command("exemption")
	.description("read and edit the exemptions: drift that is accepted for a while");
exemption
	.command("list")
	.description("print every exemption, and what is wrong with the rows")
	.addOption(policyFile())
	.action((options: InputOptions) => listExemptions(options, process.env));
exemption
	.command("add")
	.description("accept drift for a while")
	.argument("<name>", "a name of its own")
	.requiredOption("--scope <id>", "for sites at or below this ARM ID")
	.requiredOption("--rule <id>", "of this rule, or * for all")
	.option("--target <host>", "on this host name only")
	.requiredOption("--category <category>", "waiver: the risk is borne; mitigated: something else takes it away")
	.requiredOption("--reason <text>", "why")
	.requiredOption("--owner <who>", "who answers for it")
	.requiredOption("--expires <date>", "until then: 2027-01-31, or 2027-01-31T18:00:00Z")
	.action((name: string, options: ExemptionOptions) => addExemption(name, options, process.env));
exemption
	.command("remove")
	.description("take an exemption away, and print how to bring it back")
	.argument("<name>", "the exemption")
	.action((name: string) => removeExemption(name, process.env));

program
	.command("verify")
	.description("ask a site at its door: what it enforces of what the policies want, on each of its host names")
	.argument("<site-id|host>", "the resource ID of a site or slot, or one of its host names")
	.option("--subscription <id>", "look for the host name in this subscription (may be repeated)", collect)
	.addOption(policyFile())
	.option("--cert <file>", "a client certificate to send, in PEM or as PFX; passphrase in DRIFT_VERIFY_PASSPHRASE")
	.option("--key <file>", "its key in PEM, where the certificate's file does not hold it")
	.option("--ca <file>", "certificates in PEM to trust besides the public roots")
	.option(
		"--connect-to <host1:port1:host2:port2>",
		"connect to host2:port2 instead of host1:port1, as curl does: a private endpoint, or before DNS is switched (may be repeated)",
		collect,
	)
	.addOption(new Option("--format <format>", "how to print").choices(verifyFormats).default("table"))
	.addHelpText("after", "\nExit status: 1 when anything drifted, else 2 when something could not be told, else 0.")
	.action(async (target: string, options: VerifyOptions) => {
		process.exitCode = await verify(target, options, process.env);
	});

program.command("rules").description("print every rule: what it checks, and how severe its drift is").action(listRules);

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
		const lines = (error as Error).message.split("\n").map(printable);
		console.error(`mtls-drift: ${lines.join("\n")}`);
		process.exitCode = 2;
	}
}
