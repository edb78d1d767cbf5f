import type { Assessment, Finding } from "../evaluation/evaluate.ts";
import type { Scan } from "../evaluation/scan-result.ts";
import type { Change, MergedChanges } from "../model/change.ts";
import type { Exemption } from "../model/exemption.ts";
import type { KnownExemption, KnownFinding, KnownSite } from "../model/finding.ts";
import { parseSiteId } from "../model/resource-id.ts";
import type { Site } from "../model/site.ts";
import { storable } from "../model/text.ts";
import { mergeChanges } from "../remediation/merge-changes.ts";

/** What a scan found, as far as its findings are made from it. */
export type Findings = Pick<Scan, "assessments" | "certificates" | "seen" | "startedAt" | "finishedAt">;

/** The findings of a scan, as they are to be remembered if they are new. */
export function knowFindings(scan: Findings): readonly KnownFinding[] {
	const slotted = new Set<string>();
	for (const id of scan.seen) if (parseSiteId(id)?.slot) slotted.add(productionOf(id));
	return scan.assessments.flatMap((assessment) => {
		const hasSlots = slotted.has(assessment.site.id.toLowerCase());
		return knowFindingsOf(assessment, hasSlots, scan);
	});
}

/** Of the lower-case ID of a slot. */
function productionOf(slotId: string): string {
	return slotId.slice(0, slotId.lastIndexOf("/slots/"));
}

function knowFindingsOf(
	{ site, findings }: Assessment,
	hasSlots: boolean,
	{ certificates, startedAt, finishedAt }: Findings,
): readonly KnownFinding[] {
	if (findings.length === 0) return [];
	const known = knowSite(site, hasSlots);
	const merge = (some: readonly Finding[]) => {
		const changes = some.flatMap(({ exemption, remedy }): readonly Change[] => (exemption === null ? remedy : []));
		return withinLimits(mergeChanges(site, changes, certificates, finishedAt));
	};
	// What is asked of one host name becomes one: a name that is to go must not be bound first.
	const byHostName = Map.groupBy(findings, ({ target }) => target?.toLowerCase() ?? null);
	const mendings = new Map([...byHostName].map(([name, some]) => [name, name === null ? null : merge(some)]));
	return findings.map((finding): KnownFinding => {
		const { rule, target, severity, policy, learnMore, exemption } = finding;
		const observed = cut(finding.observed);
		return {
			site: known,
			rule,
			target,
			severity,
			desired: cut(finding.desired),
			observed,
			comparable: cut(finding.comparable ?? observed),
			explanation: cut(finding.explanation),
			policy: storable(policy),
			learnMore,
			exemption: exemption === null ? null : knowExemption(exemption),
			mending: mendings.get(target?.toLowerCase() ?? null) ?? merge([finding]),
			firstSeen: startedAt,
			status: "open",
			endedAt: null,
		};
	});
}

/** Text in a cell of a table has its limits: rules cut theirs at some 4,000 characters, and this is the last resort. */
const longestText = 5000;
/** Of exclusion paths as JSON, that a command sets, or that it brings back. On Windows a command line has 8,191 characters at most. */
const longestPaths = 4000;
/** Of a word of ARM's. */
const longestWord = 200;

/** Of tags as JSON, in a command that sets them. */
const longestTags = 2000;
/** Of what people are advised: it can name many policies. */
const longestAdvice = 2000;
/** Of what people write into an exemption. */
const longestNote = 1500;

/** As JSON, where what is invisible takes six characters. */
function cut(text: string, most = longestText): string {
	let some = storable(text.slice(0, most));
	while (JSON.stringify(some).length > most + 2) some = some.slice(0, Math.floor(some.length / 2));
	return some;
}

function knowExemption({ name, category, reason, owner, expiresOn }: Exemption): KnownExemption {
	const note = (text: string) => cut(text, longestNote);
	return { name: note(name), category, reason: note(reason), owner: note(owner), expiresOn };
}

function knowSite(site: Site, hasSlots: boolean): KnownSite {
	const { id, subscriptionId, resourceGroup, name, slot, kind, armKind, onContainerApps, location, tier } = site;
	const { httpsOnly, clientCertMode, clientCertExclusionPaths: paths, stored, http20Enabled, minTlsVersion } = site;
	const areTooLong = JSON.stringify(stored.exclusionPaths).length > longestPaths;
	return {
		...{ id, subscriptionId, resourceGroup, name, slot, kind, onContainerApps, hasSlots },
		armKind: armKind?.slice(0, longestWord) ?? null,
		location: location.slice(0, longestWord),
		tier: tier?.slice(0, longestWord) ?? null,
		...{ httpsOnly, clientCertMode, http20Enabled, minTlsVersion },
		clientCertExclusionPaths: areTooLong ? { reported: false, reason: "they are too long to be remembered" } : paths,
		stored: areTooLong ? { ...stored, exclusionPaths: "" } : stored,
	};
}

/** A cell has its limits, whatever people write into policies, and ARM into tags. */
function withinLimits(mending: MergedChanges): MergedChanges {
	const { clientCertExclusionPaths: paths = "", ...others } = mending.properties;
	const byHand = [...mending.byHand];
	let { properties, tags } = mending;
	if (JSON.stringify(paths).length > longestPaths) {
		properties = others;
		byHand.push(
			`The exclusion paths that the policy wants are too long for a command (${paths.length} characters): set them in the portal or by a template.`,
		);
	}
	if (JSON.stringify(tags).length > longestTags) {
		tags = null;
		byHand.push(
			"azure-cli gives a slot the tags of production when it changes a binding, and the slot's own are too long for a command that sets them again: note them first.",
		);
	}
	return { ...mending, properties, tags, byHand: byHand.map((advice) => cut(advice, longestAdvice)) };
}
