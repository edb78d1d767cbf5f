import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	type Audience,
	type FindingReason,
	findNews,
	type ProblemReason,
	type Told,
} from "../../../src/core/lifecycle/notification-diff.ts";
import { hasEndedState, stateOfFinding, stateOfProblem } from "../../../src/core/lifecycle/state.ts";
import type { KnownFinding, KnownProblem } from "../../../src/core/model/finding.ts";
import { exemption, judge, newsOf, now, policy, reported, site, subscriptionId } from "../../support/builders/site.ts";

const [{ finding: open } = { finding: undefined }] = newsOf([
	judge(site({ httpsOnly: reported(false) }), [policy("default", { httpsOnly: true })]),
]).findings as readonly { finding: KnownFinding }[];
assert.ok(open);
const exempt: KnownFinding = { ...open, exemption: exemption() };
const resolved: KnownFinding = { ...open, status: "resolved", endedAt: now };
const removed: KnownFinding = { ...open, status: "removed", endedAt: now };
const worse: KnownFinding = { ...open, severity: "critical" };
const milder: KnownFinding = { ...open, severity: "low" };

const everyone: Audience = { minSeverity: "low", scope: "/" };
const hour = 3_600_000;
const daily = { now, everyHours: 24 };

/** What a webhook knows that was told of these so many hours ago. */
function toldOf(findings: readonly KnownFinding[], hoursAgo = 1): Told {
	const toldAt = new Date(now.getTime() - hoursAgo * hour);
	return { findings: findings.map((finding) => ({ ...stateOfFinding(finding), toldAt })), problems: [] };
}

function reasonOf(told: Told, finding: KnownFinding, audience = everyone, reminders = daily): FindingReason | null {
	return findNews({ findings: [finding], problems: [] }, told, audience, reminders).findings[0]?.reason ?? null;
}

const nothing = toldOf([]);

describe("why a finding is told", () => {
	const lives: Record<string, [told: Told, now: KnownFinding, FindingReason | null]> = {
		"open, and never told of": [nothing, open, "new"],
		"exempt at first sight": [nothing, exempt, "exempted"],
		"came and went": [nothing, resolved, null],
		"came and went with its site": [nothing, removed, null],
		"as it was told": [toldOf([open]), open, null],
		"exempt, as it was told": [toldOf([exempt]), exempt, null],
		"exempt by another exemption": [toldOf([exempt]), { ...open, exemption: exemption({ name: "other" }) }, null],
		"in sync": [toldOf([open]), resolved, "resolved"],
		"in sync while exempt": [toldOf([exempt]), resolved, "resolved"],
		"its site is gone": [toldOf([open]), removed, "removed"],
		"its site is gone while exempt": [toldOf([exempt]), removed, "removed"],
		accepted: [toldOf([open]), exempt, "exempted"],
		"accepted, and worse": [toldOf([open]), { ...exempt, severity: "critical" }, "exempted"],
		"accepted no more": [toldOf([exempt]), open, "exemption-ended"],
		"accepted no more, and worse": [toldOf([exempt]), worse, "exemption-ended"],
		"again after it was resolved": [toldOf([resolved]), open, "reopened"],
		"again after its site was gone": [toldOf([removed]), open, "reopened"],
		"again, and exempt": [toldOf([resolved]), exempt, "exempted"],
		"still resolved": [toldOf([resolved]), resolved, null],
		"gone after it was resolved": [toldOf([resolved]), removed, null],
		worse: [toldOf([open]), worse, "changed"],
		"another observed value": [toldOf([open]), { ...open, observed: "maybe", comparable: "maybe" }, "changed"],
		"another desired value": [toldOf([open]), { ...open, desired: "false" }, "changed"],
		"changed while exempt": [toldOf([exempt]), { ...exempt, severity: "critical" }, "changed"],
		"what only time has changed": [toldOf([open]), { ...open, observed: "11 days" }, null],
		"another policy that wants the same": [toldOf([open]), { ...open, policy: "other" }, null],
		"open for a day": [toldOf([open], 24), open, "reminder"],
		"open for a day, to a second": [toldOf([open], 24 - 1 / 3600), open, "reminder"],
		"open for most of a day": [toldOf([open], 23), open, null],
		"changed after a day": [toldOf([open], 24), worse, "changed"],
		"exempt for days": [toldOf([exempt], 100), exempt, null],
		"resolved for days": [toldOf([resolved], 100), resolved, null],
	};
	for (const [name, [told, finding, reason]] of Object.entries(lives)) {
		it(`${name}: ${reason ?? "it is not"}`, () => assert.equal(reasonOf(told, finding), reason));
	}

	it("never reminds where that is not wanted", () =>
		assert.equal(reasonOf(toldOf([open], 1000), open, everyone, { now, everyHours: 0 }), null));

	it("says nothing of what nothing is known of any more", () =>
		assert.deepEqual(findNews({ findings: [], problems: [] }, toldOf([open]), everyone, daily).findings, []));

	const strict: Audience = { ...everyone, minSeverity: "high" };
	const severities: Record<string, [told: Told, now: KnownFinding, FindingReason | null]> = {
		"too mild": [nothing, milder, null],
		"too mild, and exempt": [nothing, { ...exempt, severity: "low" }, null],
		"just severe enough": [nothing, open, "new"],
		"got severe": [nothing, worse, "new"],
		"milder than it was told": [toldOf([worse]), milder, "changed"],
		"still too mild after that": [toldOf([milder]), { ...milder, comparable: "other", observed: "other" }, null],
		"too mild to remind of": [toldOf([milder], 100), milder, null],
		"in sync after it got milder": [toldOf([milder]), { ...milder, status: "resolved", endedAt: now }, "resolved"],
	};
	for (const [name, [told, finding, reason]] of Object.entries(severities)) {
		it(`to a webhook for high and above, ${name}: ${reason ?? "it is not"}`, () =>
			assert.equal(reasonOf(told, finding, strict), reason));
	}

	it("tells only of sites in the scope, cut at a slash and without case", () => {
		const group = `/subscriptions/${subscriptionId}/resourceGroups/RG-APP`;
		assert.equal(reasonOf(nothing, open, { ...everyone, scope: group }), "new");
		assert.equal(reasonOf(nothing, open, { ...everyone, scope: group.slice(0, -1) }), null);
		assert.equal(reasonOf(toldOf([open]), resolved, { ...everyone, scope: `${group}-2` }), null);
	});
});

describe("why a problem is told", () => {
	const bad: KnownProblem = {
		code: "site-unreadable",
		scope: `/subscriptions/${subscriptionId}/resourceGroups/rg-app`,
		message: "It could not be read.",
		firstSeen: now,
		status: "open",
		endedAt: null,
	};
	const over: KnownProblem = { ...bad, status: "resolved", endedAt: now };
	const told = (problem: KnownProblem, hoursAgo = 1): Told => ({
		findings: [],
		problems: [{ ...stateOfProblem(problem), toldAt: new Date(now.getTime() - hoursAgo * hour) }],
	});
	const why = (before: Told, problem: KnownProblem, audience = everyone): ProblemReason | null =>
		findNews({ findings: [], problems: [problem] }, before, audience, daily).problems[0]?.reason ?? null;

	const lives: Record<string, [told: Told, now: KnownProblem, ProblemReason | null]> = {
		"never told of": [nothing, bad, "new"],
		"came and went": [nothing, over, null],
		"as it was told": [told(bad), bad, null],
		"as it was told, in other words": [told(bad), { ...bad, message: "It cannot be read." }, null],
		"open for a day": [told(bad, 24), bad, "reminder"],
		over: [told(bad), over, "resolved"],
		"still over": [told(over, 100), over, null],
		"again after it was over": [told(over), bad, "new"],
	};
	for (const [name, [before, problem, reason]] of Object.entries(lives)) {
		it(`${name}: ${reason ?? "it is not"}`, () => assert.equal(why(before, problem), reason));
	}

	it("passes any severity, and concerns scopes at, above and below it", () => {
		const strict: Audience = { minSeverity: "critical", scope: bad.scope.toUpperCase() };
		const scopes = {
			[bad.scope]: "new",
			[`${bad.scope}/providers/Microsoft.Web/sites/app`]: "new",
			[`/subscriptions/${subscriptionId}`]: "new",
			"/": "new",
			"DriftPolicy/default/httpsOnly": "new",
			[`/subscriptions/${subscriptionId}/resourceGroups/rg`]: null,
		};
		for (const [scope, reason] of Object.entries(scopes)) {
			assert.equal(why(nothing, { ...bad, scope }, strict), reason, scope);
		}
	});
});

describe("how a finding stands", () => {
	it("is over, though it was accepted", () => {
		assert.equal(stateOfFinding({ ...exempt, status: "resolved", endedAt: now }).state, "resolved");
		assert.equal(stateOfFinding(exempt).state, "exempt");
	});

	const ended = { open: false, exempt: false, resolved: true, removed: true } as const;
	for (const [state, expect] of Object.entries(ended)) {
		it(`${state} is ${expect ? "its end" : "not its end"}`, () =>
			assert.equal(hasEndedState(state as keyof typeof ended), expect));
	}
});
