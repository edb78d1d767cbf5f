import { type Assessment, evaluate, needsOf } from "../core/evaluation/evaluate.ts";
import { explainConflicts, explainUnknowns } from "../core/evaluation/inconclusive.ts";
import type { Scan } from "../core/evaluation/scan-result.ts";
import { type Certificate, type CertificateReading, storeCertificates } from "../core/model/certificate.ts";
import { indexExemptions } from "../core/model/exemption.ts";
import { shorten } from "../core/model/problem.ts";
import type { Subscription } from "../core/model/scan.ts";
import type { Scope } from "../core/model/scope.ts";
import type { Reported, Site, SiteConfig } from "../core/model/site.ts";
import { type DesiredState, type EffectivePolicy, indexPolicies } from "../core/policy/precedence.ts";
import { countEnforcement, type EnforcementCounts, sumEnforcement } from "../core/probe/enforcement.ts";
import { type ProbePlan, planProbe } from "../core/probe/plan.ts";
import { type HostReading, notProbed, type ProbeReading } from "../core/probe/reading.ts";
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
	probeHost(hostName: string, plan: ProbePlan): Promise<HostReading>;
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
	readonly expectedIds: readonly string[];
	/** Judges just some sites, and asks them at their doors whatever the policies want of that. */
	readonly verify?: {
		covers(site: Site): boolean;
		/** Gets each of them, and what it said. */
		onAssessment(assessment: Assessment, probe: ProbeReading): void;
	};
	readonly progress?: Wanted["progress"];
}

/** Reads the sites of a subscription and judges each as it comes: only those with something to tell are kept. Never throws for ARM's sake. */
export async function scanSubscription(request: ScanRequest, ports: ScanPorts): Promise<Scan> {
	const { id, subscription, policySet, scope, expectedIds, verify, progress } = request;
	const startedAt = ports.now();
	const { policies, exemptions } = policySet;
	const effectivePolicyOf = indexPolicies(policies);
	const exemptionOf = indexExemptions(exemptions, startedAt);
	const certificateReader = readOnce(ports);
	const counts = { sites: 0, inSync: 0, drifted: 0, exempt: 0, unknown: 0, notCovered: 0 };
	const assessments: Assessment[] = [];
	let enforcement: EnforcementCounts | null = null;

	const wanted = { subscriptionId: subscription.id, scope, expectedIds, progress };
	const { unread, ...inventory } = await collectSites(wanted, ports, (sites) =>
		ports.trace("evaluate", { sites: sites.length }, () => evaluateSites(sites)),
	);
	counts.sites += unread;
	counts.unknown += unread;
	if (assessments.some(commandsCallForCertificates)) await certificateReader.load();
	const certificates = await certificateReader.soFar();
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
		enforcement,
		assessments,
		problems: problems.map(shorten),
		unreadPolicies: new Set(policySet.unread),
		certificates,
		requests: ports.requestsSent(),
		finishedAt: ports.now(),
	};

	async function evaluateSites(sites: readonly Site[]): Promise<void> {
		const judged = verify === undefined ? sites : sites.filter((site) => verify.covers(site));
		const listed = judged.map((site) => {
			const effectivePolicy = verify === undefined ? effectivePolicyOf(site) : wantVerified(effectivePolicyOf(site));
			return { site, effectivePolicy, needs: needsOf(site, effectivePolicy, rules) };
		});
		const read = listed.map(async ({ site, effectivePolicy, needs }) => {
			const probe = needs.has("probe") ? probeSite(site, effectivePolicy.desired, ports) : notProbed;
			return { site: needs.has("config") ? await withConfig(site, ports) : site, effectivePolicy, probe: await probe };
		});
		if (listed.some(({ needs }) => needs.has("certificates"))) await certificateReader.load();
		const basis = { rules, exemptionOf, certificates: await certificateReader.soFar(), now: startedAt };
		for (const { site, effectivePolicy, probe } of await Promise.all(read)) {
			const assessment = evaluate(site, effectivePolicy, { ...basis, probe });
			const { status, findings, unknowns, enforcementResults } = assessment;
			counts.sites += 1;
			counts[countOf[status]] += 1;
			if (enforcementResults.length > 0)
				enforcement = sumEnforcement([
					...(enforcement === null ? [] : [enforcement]),
					countEnforcement(enforcementResults),
				]);
			if (findings.length > 0 || unknowns.length > 0) assessments.push(assessment);
			verify?.onAssessment(assessment, probe);
		}
	}
}

/** What the site itself says of what is enforced. */
async function probeSite(site: Site, desired: DesiredState, ports: ScanPorts): Promise<ProbeReading> {
	const decision = planProbe(site, desired);
	if (!decision.canBeProbed) return { probed: false, reason: decision.reason };
	const { hostNames, plan } = decision;
	return { probed: true, hosts: await Promise.all(hostNames.map((name) => ports.probeHost(name, plan))) };
}

/** As if a policy wanted it: what else the policies want stays as it is. */
function wantVerified({ desired, ...effectivePolicy }: EffectivePolicy): EffectivePolicy {
	const policy = desired.verify.state === "desired" ? desired.verify.policy : "(asked for)";
	return { ...effectivePolicy, desired: { ...desired, verify: { state: "desired", value: true, policy } } };
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
function amend(site: Site, config: SiteConfig): Site {
	const prefer = <T>(inConfig: Reported<T>, inList: Reported<T>) =>
		inConfig.reported || !inList.reported ? inConfig : inList;
	const amended: SiteConfig = {
		minTlsVersion: prefer(config.minTlsVersion, site.minTlsVersion),
		http20Enabled: prefer(config.http20Enabled, site.http20Enabled),
	};
	return { ...site, ...amended };
}

const countOf = {
	"in-sync": "inSync",
	drifted: "drifted",
	unknown: "unknown",
	exempt: "exempt",
	"not-covered": "notCovered",
} as const;

const notRequested: CertificateReading = { readable: false, reason: "nobody asked for them" };

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
		load(): Promise<CertificateReading> {
			reading ??= read();
			return reading;
		},
		soFar: async () => (await reading) ?? notRequested,
	};
}
