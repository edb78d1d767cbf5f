import { connectAzure } from "../azure/connect.ts";
import type { Environment } from "../config/settings.ts";
import {
	type Field,
	type Policy,
	type SettingName,
	type Settings,
	settingNames,
	writeField,
	writePolicy,
	writeSetting,
} from "../core/model/policy.ts";
import { parseSiteId } from "../core/model/resource-id.ts";
import { scopeDepth } from "../core/model/scope.ts";
import type { Site } from "../core/model/site.ts";
import { printable } from "../core/model/text.ts";
import { type Desired, indexPolicies, rankPolicies } from "../core/policy/precedence.ts";
import { type InputOptions, readInput } from "./input.ts";
import { describeProblem, drawTable, print } from "./render/terminal.ts";

/** Prints what the policies want of one site, setting by setting: the value, the policy that won and those that lost. */
export async function explainSite(given: string, options: InputOptions, env: Environment): Promise<void> {
	const id = given.trim().replace(/\/$/, "");
	const parts = parseSiteId(id);
	if (parts === undefined) {
		throw new Error(
			`"${given}" is not the resource ID of a site or slot: /subscriptions/ID/resourceGroups/NAME/providers/Microsoft.Web/sites/NAME`,
		);
	}
	const { azure, policySet } = await readInput(options, env);
	const site = await readSite(id, connectAzure(azure).openSubscription(parts.subscriptionId));
	const { policies, desired } = indexPolicies(policySet.policies)(site);

	print(printable(describeSite(site)), "");
	const rows = settingNames.map((setting) => {
		const ranking = rankPolicies(setting, policies, scopeDepth(site.id));
		return [setting, ...explainSetting(setting, desired[setting], ranking)];
	});
	print(drawTable(["setting", "value", "from policy", "over"], rows));
	print("", policies.length === 0 ? "No policy selects it." : "The policies that select it, the most specific first:");
	for (const policy of policies) print(`  ${printable(`${policy.name}  ${describeSelectors(policy)}`)}`);
	// A row that cannot be used may be the one that somebody misses here.
	const bad = policySet.problems.filter(({ code }) => code !== "exemption-invalid");
	if (bad.length > 0) print("", ...bad.map(describeProblem));
}

async function readSite(
	id: string,
	arm: ReturnType<ReturnType<typeof connectAzure>["openSubscription"]>,
): Promise<Site> {
	const reading = await arm.readSite(id).catch((error) => {
		throw new Error(`${id} cannot be read: ${arm.describeError(error)}`);
	});
	if (reading === undefined) throw new Error(`there is no site ${id}`);
	if (!reading.readable) throw new Error(`${id} cannot be read: ${reading.reason}`);
	return reading.site;
}

function describeSite({ id, kind, tags }: Site): string {
	const shown = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
	return `${id} is a ${kind}${shown.length === 0 ? " without tags" : ` with the tags ${shown.join(", ")}`}.`;
}

function explainSetting<S extends SettingName>(
	setting: S,
	desired: Desired<Settings[S]>,
	{ winners, losers }: ReturnType<typeof rankPolicies>,
): [value: string, winners: string, losers: string] {
	const withValue = (policy: Policy) => {
		const field = policy.settings[setting] as Field<Settings[S]>;
		return printable(`${policy.name}: ${writeField(setting, field) || "none"}`);
	};
	const over = losers.map(withValue).join("\n");
	const names = winners.map(({ name }) => printable(name)).join("\n");
	if (desired.state === "desired") return [printable(writeSetting(setting, desired.value)) || "none", names, over];
	if (desired.state === "unknown") return ["unknown", winners.map(withValue).join("\n"), over];
	return [winners.length === 0 ? "not governed" : "Any: not governed", names, over];
}

function describeSelectors(policy: Policy): string {
	const { scope, tag, kind } = Object.fromEntries(writePolicy(policy));
	return [scope, ...(tag === undefined ? [] : [`tag ${tag}`]), ...(kind === undefined ? [] : [`kind ${kind}`])].join(
		", ",
	);
}
