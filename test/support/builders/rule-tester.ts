import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Drift, Rule, Verdict } from "../../../src/core/evaluation/rule.ts";
import type { CertificateReading } from "../../../src/core/model/certificate.ts";
import type { SettingName, Settings } from "../../../src/core/model/policy.ts";
import type { Site } from "../../../src/core/model/site.ts";
import { type DesiredState, indexPolicies } from "../../../src/core/policy/precedence.ts";
import { planProbe } from "../../../src/core/probe/plan.ts";
import type { ProbeReading } from "../../../src/core/probe/reading.ts";
import { type Misbehaviour, probeModel } from "../front-end/probe-model.ts";
import { applyChanges } from "./apply-change.ts";
import { certificate, held, now, policy } from "./site.ts";

interface Case<S extends SettingName> {
	readonly site: Site;
	readonly desired: Settings[S];
	/** What the policy wants besides. */
	readonly others?: Partial<Settings>;
	/** Those of the subscription; none without it. */
	readonly certificates?: CertificateReading;
	/** Rules whose drift is exempt. */
	readonly accepted?: readonly string[];
	/** How its door differs from one that enforces what is configured; or why it was not asked. */
	readonly probe?: Misbehaviour | string;
}

interface DriftCase<S extends SettingName> extends Case<S> {
	readonly expect: Pick<Drift, "severity" | "desired" | "observed"> & {
		readonly target?: string;
		readonly says: RegExp;
		/** What no command mends: it ends with what other rules mend, or people have to do something. */
		readonly stays?: true | RegExp;
	};
}

interface ReasonCase<S extends SettingName> extends Case<S> {
	readonly reason: string;
}

/** Tests a rule by named cases of each verdict; each drift must be closed by its own remedy. */
export function testRule<S extends SettingName>(
	rule: Rule<S>,
	cases: {
		readonly inSync: Readonly<Record<string, Case<S>>>;
		readonly drifted: Readonly<Record<string, DriftCase<S>>>;
		readonly unknown: Readonly<Record<string, ReasonCase<S>>>;
		readonly notApplicable?: Readonly<Record<string, ReasonCase<S>>>;
	},
): void {
	describe(rule.id, () => {
		it("has a drift that a command closes", () =>
			assert.ok(Object.values(cases.drifted).some(({ expect }) => expect.stays === undefined)));
		for (const [name, example] of Object.entries(cases.inSync)) {
			it(`in sync: ${name}`, () => {
				const verdicts = check(rule, example);
				assert.deepEqual(new Set(verdicts.map(({ verdict }) => verdict)), new Set(["in-sync"]));
			});
		}
		for (const [name, { expect, ...example }] of Object.entries(cases.drifted)) {
			it(`drifted: ${name}`, () => {
				const drifts = check(rule, example).filter((verdict) => verdict.verdict === "drifted");
				assert.equal(drifts.length, 1);
				const [drift] = drifts as [Extract<Verdict, { verdict: "drifted" }>];
				const { says, stays, target = null, ...facts } = expect;
				assert.deepEqual(
					{ severity: drift.severity, desired: drift.desired, observed: drift.observed, target: drift.target },
					{ ...facts, target },
				);
				assert.match(drift.explanation, says);
				const advice = drift.remedy.flatMap((change) => (change.change === "manual-step" ? change.advice : []));
				if (stays instanceof RegExp) assert.match(advice.join("\n"), stays);
				else assert.deepEqual(advice, []);
				if (stays === true) assert.deepEqual(drift.remedy, []);
				if (stays !== undefined) return;
				const { certificates = heldBy(example.site) } = example;
				const fixed = applyChanges(example.site, drift.remedy, certificates, now);
				assert.deepEqual(
					check(rule, { ...example, site: fixed }).filter(({ verdict }) => verdict === "drifted"),
					[],
				);
			});
		}
		const reasonCases = { unknown: cases.unknown, "not-applicable": cases.notApplicable ?? {} };
		for (const [verdict, named] of Object.entries(reasonCases)) {
			for (const [name, { reason, ...example }] of Object.entries(named)) {
				it(`${verdict}: ${name}`, () => {
					const verdicts = check(rule, example);
					const notified = verdicts.flatMap((given) =>
						"reason" in given ? [`${given.verdict}: ${given.reason}`] : [],
					);
					assert.deepEqual(notified, [`${verdict}: ${reason}`]);
				});
			}
		}
	});
}

/** The certificates that its host names are bound to. */
function heldBy({ customHostNames }: Site): CertificateReading {
	const bound = customHostNames.reported ? customHostNames.value : [];
	return held(
		...bound.flatMap(({ name, thumbprint }) =>
			thumbprint === null ? [] : [certificate(name, { thumbprint, hostNames: [name] })],
		),
	);
}

function check<S extends SettingName>(
	rule: Rule<S>,
	{ site, desired, others = {}, certificates = held(), accepted = [], probe = {} }: Case<S>,
): readonly Verdict[] {
	// At the site itself, so that it may list host names.
	const wanted = policy("default", { ...others, [rule.setting]: desired }, { scope: site.id });
	const isAccepted = (id: string) => accepted.includes(id);
	const { desired: all } = indexPolicies([wanted])(site);
	return rule.check(site, desired, { desired: all, certificates, probe: probeSite(site, all, probe), isAccepted, now });
}

function probeSite(site: Site, desired: DesiredState, probe: Misbehaviour | string): ProbeReading {
	if (typeof probe === "string") return { probed: false, reason: probe };
	const decision = planProbe(site, desired);
	return decision.canBeProbed ? probeModel(site, decision.plan, probe) : { probed: false, reason: decision.reason };
}
