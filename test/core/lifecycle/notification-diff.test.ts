import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
	type FindingReason,
	findNotifications,
	type Notified,
	type ProblemReason,
	type ReceiverFilter,
} from "../../../src/core/lifecycle/notification-diff.ts";
import { hasEndedState, stateOfFinding, stateOfProblem } from "../../../src/core/lifecycle/state.ts";
import type { StoredFinding, StoredProblem } from "../../../src/core/model/finding.ts";
import {
	exemption,
	judge,
	notificationsOf,
	now,
	policy,
	reported,
	site,
	subscriptionId,
} from "../../support/builders/site.ts";

const [{ finding: open } = { finding: undefined }] = notificationsOf([
	judge(site({ httpsOnly: reported(false) }), [policy("default", { httpsOnly: true })]),
]).findings as readonly { finding: StoredFinding }[];
assert.ok(open);
const exempt: StoredFinding = { ...open, exemption: exemption() };
const resolved: StoredFinding = { ...open, status: "resolved", endedAt: now };
const removed: StoredFinding = { ...open, status: "removed", endedAt: now };
const worse: StoredFinding = { ...open, severity: "critical" };
const milder: StoredFinding = { ...open, severity: "low" };

const everyone: ReceiverFilter = { minSeverity: "low", scope: "/" };
const hour = 3_600_000;
const daily = { now, everyHours: 24 };

/** What a webhook knows that was told of these so many hours ago. */
function notifiedOf(findings: readonly StoredFinding[], hoursAgo = 1): Notified {
	const notifiedAt = new Date(now.getTime() - hoursAgo * hour);
	return { findings: findings.map((finding) => ({ ...stateOfFinding(finding), notifiedAt })), problems: [] };
}

function reasonOf(
	notified: Notified,
	finding: StoredFinding,
	receiver = everyone,
	reminders = daily,
): FindingReason | null {
	return (
		findNotifications({ findings: [finding], problems: [] }, notified, receiver, reminders).findings[0]?.reason ?? null
	);
}

const nothing = notifiedOf([]);

describe("why a finding is told", () => {
	const lives: Record<string, [notified: Notified, now: StoredFinding, FindingReason | null]> = {
		"open, and never told of": [nothing, open, "new"],
		"exempt at first sight": [nothing, exempt, "exempted"],
		"came and went": [nothing, resolved, null],
		"came and went with its site": [nothing, removed, null],
		"as it was told": [notifiedOf([open]), open, null],
		"exempt, as it was told": [notifiedOf([exempt]), exempt, null],
		"exempt by another exemption": [notifiedOf([exempt]), { ...open, exemption: exemption({ name: "other" }) }, null],
		"in sync": [notifiedOf([open]), resolved, "resolved"],
		"in sync while exempt": [notifiedOf([exempt]), resolved, "resolved"],
		"its site is gone": [notifiedOf([open]), removed, "removed"],
		"its site is gone while exempt": [notifiedOf([exempt]), removed, "removed"],
		accepted: [notifiedOf([open]), exempt, "exempted"],
		"accepted, and worse": [notifiedOf([open]), { ...exempt, severity: "critical" }, "exempted"],
		"accepted no more": [notifiedOf([exempt]), open, "exemption-ended"],
		"accepted no more, and worse": [notifiedOf([exempt]), worse, "exemption-ended"],
		"again after it was resolved": [notifiedOf([resolved]), open, "reopened"],
		"again after its site was gone": [notifiedOf([removed]), open, "reopened"],
		"again, and exempt": [notifiedOf([resolved]), exempt, "exempted"],
		"still resolved": [notifiedOf([resolved]), resolved, null],
		"gone after it was resolved": [notifiedOf([resolved]), removed, null],
		worse: [notifiedOf([open]), worse, "changed"],
		"another observed value": [notifiedOf([open]), { ...open, observed: "maybe", fingerprint: "maybe" }, "changed"],
		"another desired value": [notifiedOf([open]), { ...open, desired: "false" }, "changed"],
		"changed while exempt": [notifiedOf([exempt]), { ...exempt, severity: "critical" }, "changed"],
		"what only time has changed": [notifiedOf([open]), { ...open, observed: "11 days" }, null],
		"another policy that wants the same": [notifiedOf([open]), { ...open, policy: "other" }, null],
		"open for a day": [notifiedOf([open], 24), open, "reminder"],
		"open for a day, to a second": [notifiedOf([open], 24 - 1 / 3600), open, "reminder"],
		"open for most of a day": [notifiedOf([open], 23), open, null],
		"changed after a day": [notifiedOf([open], 24), worse, "changed"],
		"exempt for days": [notifiedOf([exempt], 100), exempt, null],
		"resolved for days": [notifiedOf([resolved], 100), resolved, null],
	};
	for (const [name, [notified, finding, reason]] of Object.entries(lives)) {
		it(`${name}: ${reason ?? "it is not"}`, () => assert.equal(reasonOf(notified, finding), reason));
	}

	it("never reminds where that is not wanted", () =>
		assert.equal(reasonOf(notifiedOf([open], 1000), open, everyone, { now, everyHours: 0 }), null));

	it("says nothing of what nothing is known of any more", () =>
		assert.deepEqual(
			findNotifications({ findings: [], problems: [] }, notifiedOf([open]), everyone, daily).findings,
			[],
		));

	const strict: ReceiverFilter = { ...everyone, minSeverity: "high" };
	const severities: Record<string, [notified: Notified, now: StoredFinding, FindingReason | null]> = {
		"too mild": [nothing, milder, null],
		"too mild, and exempt": [nothing, { ...exempt, severity: "low" }, null],
		"just severe enough": [nothing, open, "new"],
		"got severe": [nothing, worse, "new"],
		"milder than it was told": [notifiedOf([worse]), milder, "changed"],
		"still too mild after that": [notifiedOf([milder]), { ...milder, fingerprint: "other", observed: "other" }, null],
		"too mild to remind of": [notifiedOf([milder], 100), milder, null],
		"in sync after it got milder": [notifiedOf([milder]), { ...milder, status: "resolved", endedAt: now }, "resolved"],
	};
	for (const [name, [notified, finding, reason]] of Object.entries(severities)) {
		it(`to a webhook for high and above, ${name}: ${reason ?? "it is not"}`, () =>
			assert.equal(reasonOf(notified, finding, strict), reason));
	}

	it("tells only of sites in the scope, cut at a slash and without case", () => {
		const group = `/subscriptions/${subscriptionId}/resourceGroups/RG-APP`;
		assert.equal(reasonOf(nothing, open, { ...everyone, scope: group }), "new");
		assert.equal(reasonOf(nothing, open, { ...everyone, scope: group.slice(0, -1) }), null);
		assert.equal(reasonOf(notifiedOf([open]), resolved, { ...everyone, scope: `${group}-2` }), null);
	});
});

describe("why a problem is told", () => {
	const bad: StoredProblem = {
		code: "site-unreadable",
		scope: `/subscriptions/${subscriptionId}/resourceGroups/rg-app`,
		message: "It could not be read.",
		firstSeen: now,
		status: "open",
		endedAt: null,
	};
	const over: StoredProblem = { ...bad, status: "resolved", endedAt: now };
	const notified = (problem: StoredProblem, hoursAgo = 1): Notified => ({
		findings: [],
		problems: [{ ...stateOfProblem(problem), notifiedAt: new Date(now.getTime() - hoursAgo * hour) }],
	});
	const why = (before: Notified, problem: StoredProblem, receiver = everyone): ProblemReason | null =>
		findNotifications({ findings: [], problems: [problem] }, before, receiver, daily).problems[0]?.reason ?? null;

	const lives: Record<string, [notified: Notified, now: StoredProblem, ProblemReason | null]> = {
		"never told of": [nothing, bad, "new"],
		"came and went": [nothing, over, null],
		"as it was told": [notified(bad), bad, null],
		"as it was told, in other words": [notified(bad), { ...bad, message: "It cannot be read." }, null],
		"open for a day": [notified(bad, 24), bad, "reminder"],
		over: [notified(bad), over, "resolved"],
		"still over": [notified(over, 100), over, null],
		"again after it was over": [notified(over), bad, "new"],
	};
	for (const [name, [before, problem, reason]] of Object.entries(lives)) {
		it(`${name}: ${reason ?? "it is not"}`, () => assert.equal(why(before, problem), reason));
	}

	it("passes any severity, and concerns scopes at, above and below it", () => {
		const strict: ReceiverFilter = { minSeverity: "critical", scope: bad.scope.toUpperCase() };
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
