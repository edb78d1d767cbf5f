import { type Rule, type RuleContext, unknown, type Verdict } from "../../evaluation/rule.ts";
import type { Change } from "../../model/change.ts";
import type { SettingName } from "../../model/policy.ts";
import type { Site } from "../../model/site.ts";
import type { HostReading } from "../../probe/reading.ts";

/** Judges each host name by what it said; what was not asked at all is unknown as a whole. */
export function judgeHosts(
	{ probe }: RuleContext,
	judge: (host: HostReading) => Verdict | readonly Verdict[],
): readonly Verdict[] {
	if (!probe.probed) return [unknown(probe.reason)];
	return probe.hosts.flatMap(judge);
}

/** A verdict on a host name that did not tell. */
export function inconclusive({ hostName }: HostReading, reason: string): Verdict {
	return unknown(`${hostName}: ${reason}`, hostName);
}

/** What mends what is configured, where that is what is wrong or cannot be told; undefined where the settings are right. */
export function fixSettings<S extends SettingName>(
	rule: Rule<S>,
	site: Site,
	context: RuleContext,
): readonly Change[] | undefined {
	const wanted = context.desired[rule.setting];
	if (wanted.state !== "desired") return undefined;
	const verdicts = rule.check(site, wanted.value as Parameters<Rule<S>["check"]>[1], context);
	const drifts = verdicts.filter((verdict) => verdict.verdict === "drifted");
	const firstUnknown = verdicts.find((verdict) => verdict.verdict === "unknown");
	if (firstUnknown !== undefined) {
		const advice = `Whether ${rule.setting} is as desired could not be read (${firstUnknown.reason}): look at it in the portal first.`;
		return [{ change: "manual-step", advice }];
	}
	if (drifts.length === 0) return undefined;
	if (!context.isAccepted(rule.id)) return drifts.flatMap(({ remedy }) => remedy);
	const advice = `What ${rule.id} found is accepted as it is, and the door cannot be otherwise meanwhile: accept that, too, or end the exemption.`;
	return [{ change: "manual-step", advice }];
}

/** What to do where Azure Resource Manager tells the desired settings and the door does otherwise. */
export function checkManually(hostName: string): Change {
	const advice = `No command for ${hostName}: by Azure Resource Manager the settings are as desired. See whether its DNS leads to App Service itself (something in front of it, such as Front Door or a proxy, has a door of its own), and whether a change of the last minutes has not arrived yet; then run mtls-drift verify ${hostName}.`;
	return { change: "manual-step", advice };
}
