import { type Assessment, evaluate, needsOf } from "../core/evaluation/evaluate.ts";
import { explainConflicts, explainUnknowns } from "../core/evaluation/inconclusive.ts";
import type { Scan } from "../core/evaluation/scan-result.ts";
import { type Certificate, type CertificateReading, storeCertificates } from "../core/model/certificate.ts";
import { indexExemptions } from "../core/model/exemption.ts";
import { shorten } from "../core/model/problem.ts";
import type { Scope } from "../core/model/scope.ts";
import type { Site, SiteConfig } from "../core/model/site.ts";
import type { Subscription } from "../core/model/subscription.ts";
import { type DesiredState, type Layers, layerPolicies } from "../core/policy/precedence.ts";
import { countStandings, type DoorCounts, sumDoors } from "../core/probe/enforcement.ts";
import { type DoorPlan, planDoor } from "../core/probe/plan.ts";
import { type DoorReading, type HostReading, notAsked } from "../core/probe/reading.ts";
import { callsForCertificates } from "../core/remediation/merge-changes.ts";
import { rules } from "../core/rules/index.ts";
import type { PolicySet } from "../policies/policy-set.ts";
import type { Trace } from "../telemetry/signals.ts";
import { collectSites, type InventoryPorts, type Wanted } from "./inventory.ts";

/** What can be asked of Azure Resource Manager about one subscription. */
export interface SubscriptionPorts extends Omit<InventoryPorts, "trace"> {
	/** However many are asked for, few are asked at a time. */
	readConfig(site: Site): Promise<SiteConfig>;
	listCertificates(): Promise<readonly Certificate[]>;
	/** How many requests were sent to ARM so far. */
	requestsSent(): number;
	/** How many of them ARM answered with 429. */
	requestsThrottled(): number;
	now(): Date;
}

/** What a scan of one subscription needs from outside. */
export interface ScanPorts extends SubscriptionPorts {
	/** However many are asked for, few are asked at a time. Never throws for the host's sake. */
	askHost(hostName: string, plan: DoorPlan): Promise<HostReading>;
	readonly trace: Trace;
}

/** What to scan. */
export interface ScanRequest {
	readonly id: string;
	readonly subscription: Subscription;
	readonly policySet: Pick<PolicySet, "policies" | "exemptions" | "unread">;
	/** `/` for the whole subscription. */
	readonly scope: Scope;
	/** IDs of sites that are known from before, and may be missing from ARM's lists. */
	readonly known: readonly string[];
	/** Judges just some sites, and asks them at their doors whatever the policies want of that. */
	readonly verify?: {
		covers(site: Site): boolean;
		/** Gets each of them, and what it said. */
		take(assessment: Assessment, door: DoorReading): void;
	};
	readonly progress?: Wanted["progress"];
}

/** Reads the sites of a subscription and judges each as it comes: only those with something to tell are kept. Never throws for ARM's sake. */
export async function scanSubscription(request: ScanRequest, ports: ScanPorts): Promise<Scan> {
	const { id, subscription, policySet, scope, known, verify, progress } = request;
	const startedAt = ports.now();
	const { policies, exemptions } = policySet;
	const layersOf = layerPolicies(policies);
	const exemptionOf = indexExemptions(exemptions, startedAt);
	const held = readOnce(ports);
	const counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
	const assessments: Assessment[] = [];
	let doors: DoorCounts | null = null;

	const wanted = { subscriptionId: subscription.id, scope, known, progress };
	const { unread, ...inventory } = await collectSites(wanted, ports, (sites) =>
		ports.trace("evaluate", { sites: sites.length }, () => judge(sites)),
	);
	counts.sites += unread;
	counts.unknown += unread;
	if (assessments.some(commandsCallForCertificates)) await held.ask();
	const certificates = await held.soFar();
	const problems = [
		...inventory.problems,
		...explainUnknowns(subscription, assessments, certificates),
		...explainConflicts(assessments.flatMap(({ conflicts }) => conflicts)),
	];

	return {
		...inventory,
		id,
		subscription,
		startedAt,
		counts,
		doors,
		assessments,
		problems: problems.map(shorten),
		unreadPolicies: new Set(policySet.unread),
		certificates,
		requests: ports.requestsSent(),
		finishedAt: ports.now(),
	};

	async function judge(sites: readonly Site[]): Promise<void> {
		const judged = verify === undefined ? sites : sites.filter((site) => verify.covers(site));
		const listed = judged.map((site) => {
			const layers = verify === undefined ? layersOf(site) : wantVerified(layersOf(site));
			return { site, layers, needs: needsOf(site, layers, rules) };
		});
		const read = listed.map(async ({ site, layers, needs }) => {
			const door = needs.has("door") ? askDoor(site, layers.desired, ports) : notAsked;
			return { site: needs.has("config") ? await withConfig(site, ports) : site, layers, door: await door };
		});
		if (listed.some(({ needs }) => needs.has("certificates"))) await held.ask();
		const basis = { rules, exemptionOf, certificates: await held.soFar(), now: startedAt };
		for (const { site, layers, door } of await Promise.all(read)) {
			const assessment = evaluate(site, layers, { ...basis, door });
			const { status, findings, unknowns, standings } = assessment;
			counts.sites += 1;
			counts[countOf[status]] += 1;
			if (standings.length > 0) doors = sumDoors([...(doors === null ? [] : [doors]), countStandings(standings)]);
			if (findings.length > 0 || unknowns.length > 0) assessments.push(assessment);
			verify?.take(assessment, door);
		}
	}
}

/** What the site itself says of what is enforced. */
async function askDoor(site: Site, desired: DesiredState, ports: ScanPorts): Promise<DoorReading> {
	const errand = planDoor(site, desired);
	if (!errand.canBeAsked) return { asked: false, reason: errand.reason };
	const { hostNames, plan } = errand;
	return { asked: true, hosts: await Promise.all(hostNames.map((name) => ports.askHost(name, plan))) };
}

/** As if a policy wanted it: what else the policies want stays as it is. */
function wantVerified({ desired, ...layers }: Layers): Layers {
	const policy = desired.verify.state === "desired" ? desired.verify.policy : "(asked for)";
	return { ...layers, desired: { ...desired, verify: { state: "desired", value: true, policy } } };
}

/** With what only `config/web` tells. */
async function withConfig(site: Site, ports: ScanPorts): Promise<Site> {
	try {
		return amend(site, await ports.readConfig(site));
	} catch (error) {
		const unread = { reported: false, reason: `config/web could not be read: ${ports.describeError(error)}` } as const;
		return amend(site, { minTlsVersion: unread, http20Enabled: unread });
	}
}

/** What the list told stands where `config/web` does not tell it. */
function amend(site: Site, { minTlsVersion, http20Enabled }: SiteConfig): Site {
	return {
		...site,
		minTlsVersion: minTlsVersion.reported || !site.minTlsVersion.reported ? minTlsVersion : site.minTlsVersion,
		http20Enabled: http20Enabled.reported || !site.http20Enabled.reported ? http20Enabled : site.http20Enabled,
	};
}

const countOf = {
	"in-sync": "inSync",
	drifted: "drifted",
	unknown: "unknown",
	exempt: "exempt",
	"not-covered": "notCovered",
} as const;

const notAskedFor: CertificateReading = { readable: false, reason: "nobody asked for them" };

function commandsCallForCertificates({ site, findings }: Assessment): boolean {
	const open = findings.filter(({ exemption }) => exemption === null);
	return open.some(({ remedy }) => remedy.some((change) => callsForCertificates(site, change)));
}

/** One list for a subscription, and only where a rule or a command needs it. */
function readOnce(ports: ScanPorts) {
	let reading: Promise<CertificateReading> | undefined;
	const read = async (): Promise<CertificateReading> => {
		try {
			return { readable: true, certificates: storeCertificates(await ports.listCertificates()) };
		} catch (error) {
			return { readable: false, reason: ports.describeError(error) };
		}
	};
	return {
		ask(): Promise<CertificateReading> {
			reading ??= read();
			return reading;
		},
		soFar: async () => (await reading) ?? notAskedFor,
	};
}
