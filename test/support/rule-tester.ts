import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { desiredState } from "../../src/core/evaluate.ts";
import type { SettingName, Settings } from "../../src/core/policy.ts";
import type { Drift, Rule, Verdict } from "../../src/core/rule.ts";
import type { Site } from "../../src/core/site.ts";
import { applyChange } from "./apply-change.ts";
import { policy } from "./site.ts";

interface Case<S extends SettingName> {
	readonly site: Site;
	readonly desired: Settings[S];
	/** What the policy wants besides. */
	readonly others?: Partial<Settings>;
}

interface DriftCase<S extends SettingName> extends Case<S> {
	readonly expect: Pick<Drift, "severity" | "desired" | "observed"> & {
		readonly target?: string;
		readonly says: RegExp;
		/** It ends with what other rules mend. */
		readonly noRemedy?: true;
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
		for (const [name, { site, desired, others }] of Object.entries(cases.inSync)) {
			it(`in sync: ${name}`, () => {
				const verdicts = check(rule, site, desired, others);
				assert.deepEqual(new Set(verdicts.map(({ verdict }) => verdict)), new Set(["in-sync"]));
			});
		}
		for (const [name, { site, desired, others, expect }] of Object.entries(cases.drifted)) {
			it(`drifted: ${name}`, () => {
				const drifts = check(rule, site, desired, others).filter((verdict) => verdict.verdict === "drifted");
				assert.equal(drifts.length, 1);
				const [drift] = drifts as [Extract<Verdict, { verdict: "drifted" }>];
				const { says, noRemedy, target = null, ...facts } = expect;
				assert.deepEqual(
					{ severity: drift.severity, desired: drift.desired, observed: drift.observed, target: drift.target },
					{ ...facts, target },
				);
				assert.match(drift.explanation, says);
				if (noRemedy) {
					assert.deepEqual(drift.remedy, []);
					return;
				}
				const mended = drift.remedy.reduce(applyChange, site);
				assert.ok(drift.remedy.length > 0);
				assert.deepEqual(
					check(rule, mended, desired, others).filter(({ verdict }) => verdict === "drifted"),
					[],
				);
			});
		}
		const reasonCases = { unknown: cases.unknown, "not-applicable": cases.notApplicable ?? {} };
		for (const [verdict, named] of Object.entries(reasonCases)) {
			for (const [name, { site, desired, others, reason }] of Object.entries(named)) {
				it(`${verdict}: ${name}`, () => {
					const verdicts = check(rule, site, desired, others);
					const told = verdicts.flatMap((given) => ("reason" in given ? [`${given.verdict}: ${given.reason}`] : []));
					assert.deepEqual(told, [`${verdict}: ${reason}`]);
				});
			}
		}
	});
}

function check<S extends SettingName>(rule: Rule<S>, site: Site, desired: Settings[S], others: Partial<Settings> = {}) {
	const wanted = policy("default", { ...others, [rule.setting]: desired });
	return rule.check(site, desired, desiredState(site, [wanted]));
}
