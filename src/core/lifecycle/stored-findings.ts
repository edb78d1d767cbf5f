import type { Assessment, Finding } from "../evaluation/evaluate.ts";
import type { Scan } from "../evaluation/scan-result.ts";
import type { Change, MergedChanges } from "../model/change.ts";
import type { Exemption } from "../model/exemption.ts";
import type { StoredExemption, StoredFinding, StoredSite } from "../model/finding.ts";
import { parseSiteId } from "../model/resource-id.ts";
import type { Site } from "../model/site.ts";
import { storable } from "../model/text.ts";
import { mergeChanges } from "../remediation/merge-changes.ts";

/** What a scan found, as far as its findings are made from it. */
export type Findings = Pick<Scan, "assessments" | "certificates" | "seen" | "startedAt" | "finishedAt">;

/** The findings of a scan, as they are to be remembered if they are new. */
export function toStoredFindings(scan: Findings): readonly StoredFinding[] {
	const slotted = new Set<string>();
	for (const id of scan.seen) if (parseSiteId(id)?.slot) slotted.add(productionOf(id));
	return scan.assessments.flatMap((assessment) => {
		const hasSlots = slotted.has(assessment.site.id.toLowerCase());
		return toStoredFindingsOf(assessment, hasSlots, scan);
	});
}

/** Of the lower-case ID of a slot. */
function productionOf(slotId: string): string {
	return slotId.slice(0, slotId.lastIndexOf("/slots/"));
}

function toStoredFindingsOf(
	{ site, findings }: Assessment,
	hasSlots: boolean,
	{ certificates, startedAt, finishedAt }: Findings,
): readonly StoredFinding[] {
	if (findings.length === 0) return [];
	const stored = toStoredSite(site, hasSlots);
	const merge = (some: readonly Finding[]) => {
		const changes = some.flatMap(({ exemption, remedy }): readonly Change[] => (exemption === null ? remedy : []));
		return withinLimits(mergeChanges(site, changes, certificates, finishedAt));
	};
	// What is asked of one host name becomes one: a name that is to go must not be bound first.
	const byHostName = Map.groupBy(findings, ({ target }) => target?.toLowerCase() ?? null);
	const fixes = new Map([...byHostName].map(([name, some]) => [name, name === null ? null : merge(some)]));
	return findings.map((finding): StoredFinding => {
		const { rule, target, severity, policy, learnMore, exemption } = finding;
		const observed = cut(finding.observed);
		return {
			site: stored,
			rule,
			target,
			severity,
			desired: cut(finding.desired),
			observed,
			fingerprint: cut(finding.fingerprint ?? observed),
			explanation: cut(finding.explanation),
			policy: storable(policy),
			learnMore,
			exemption: exemption === null ? null : toStoredExemption(exemption),
			fix: fixes.get(target?.toLowerCase() ?? null) ?? merge([finding]),
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

function toStoredExemption({ name, category, reason, owner, expiresOn }: Exemption): StoredExemption {
	const note = (text: string) => cut(text, longestNote);
	return { name: note(name), category, reason: note(reason), owner: note(owner), expiresOn };
}

function toStoredSite(site: Site, hasSlots: boolean): StoredSite {
	const { id, subscriptionId, resourceGroup, name, slot, kind, armKind, onContainerApps, location, tier } = site;
	const { httpsOnly, clientCertMode, clientCertExclusionPaths: paths, verbatim, http20Enabled, minTlsVersion } = site;
	const areTooLong = JSON.stringify(verbatim.exclusionPaths).length > longestPaths;
	return {
		...{ id, subscriptionId, resourceGroup, name, slot, kind, onContainerApps, hasSlots },
		armKind: armKind?.slice(0, longestWord) ?? null,
		location: location.slice(0, longestWord),
		tier: tier?.slice(0, longestWord) ?? null,
		...{ httpsOnly, clientCertMode, http20Enabled, minTlsVersion },
		clientCertExclusionPaths: areTooLong ? { reported: false, reason: "they are too long to be remembered" } : paths,
		verbatim: areTooLong ? { ...verbatim, exclusionPaths: "" } : verbatim,
	};
}

/** A cell has its limits, whatever people write into policies, and ARM into tags. */
function withinLimits(fix: MergedChanges): MergedChanges {
	const { clientCertExclusionPaths: paths = "", ...others } = fix.properties;
	const manualSteps = [...fix.manualSteps];
	let { properties, tags } = fix;
	if (JSON.stringify(paths).length > longestPaths) {
		properties = others;
		manualSteps.push(
			`The exclusion paths that the policy wants are too long for a command (${paths.length} characters): set them in the portal or by a template.`,
		);
	}
	if (JSON.stringify(tags).length > longestTags) {
		tags = null;
		manualSteps.push(
			"azure-cli gives a slot the tags of production when it changes a binding, and the slot's own are too long for a command that sets them again: note them first.",
		);
	}
	return { ...fix, properties, tags, manualSteps: manualSteps.map((advice) => cut(advice, longestAdvice)) };
}
