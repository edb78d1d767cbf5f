import { createHash } from "node:crypto";
import * as z from "zod";
import { type FindingState, identityOfState, type ProblemState } from "../core/lifecycle/state.ts";
import { parseExclusionPaths } from "../core/model/exclusion-paths.ts";
import { exemptionCategories } from "../core/model/exemption.ts";
import {
	identityOfFinding,
	identityOfProblem,
	type StoredFinding,
	type StoredProblem,
	severities,
} from "../core/model/finding.ts";
import { problemCodes } from "../core/model/problem.ts";
import { parseSiteId } from "../core/model/resource-id.ts";
import { clientCertModes, siteKinds, sslStates, tlsVersions } from "../core/model/site.ts";

/** What a row holds besides its keys: columns that people read, and one of JSON with the rest. Fields that are null are left out. */
export type Columns = Readonly<Record<string, string | number | boolean | Date>>;

/** From the table, or from JSON. */
const date = z.union([z.date(), z.iso.datetime().transform((text) => new Date(text))]);

function reported<T extends z.ZodType>(value: T) {
	return z.union([
		z.object({ reported: z.literal(true), value }),
		z.object({ reported: z.literal(false), reason: z.string() }),
	]);
}

const armMode = z.enum(clientCertModes).exclude(["Ignore"]);
const boundState = z.enum(sslStates).exclude(["Disabled"]);
const formerBinding = z
	.object({ sslState: boundState, thumbprint: z.string().nullable(), isFound: z.boolean().nullable() })
	.nullable();

/** The names in here are those on disk, which earlier versions read and wrote: `comparable` is the fingerprint, `mending` the fix, `byHand` its manual steps. */
const details = z.object({
	comparable: z.string(),
	explanation: z.string(),
	learnMore: z.string(),
	exemption: z
		.object({
			name: z.string(),
			category: z.enum(exemptionCategories),
			reason: z.string(),
			owner: z.string(),
			expiresOn: date,
		})
		.nullable(),
	site: z.object({
		kind: z.enum(siteKinds),
		armKind: z.string().nullable(),
		onContainerApps: z.boolean(),
		location: z.string(),
		tier: z.string().nullable(),
		hasSlots: z.boolean(),
		httpsOnly: reported(z.boolean()),
		clientCertMode: reported(z.enum(clientCertModes)),
		/** As ARM spells them: what they mean is read from that. */
		clientCertExclusionPaths: reported(z.string()),
		storedMode: armMode.nullable(),
		http20Enabled: reported(z.boolean()),
		minTlsVersion: reported(z.enum(tlsVersions)),
	}),
	mending: z.object({
		properties: z
			.object({
				httpsOnly: z.boolean(),
				clientCertEnabled: z.boolean(),
				clientCertMode: armMode,
				clientCertExclusionPaths: z.string(),
			})
			.partial(),
		config: z.object({ minTlsVersion: z.enum(tlsVersions), http20Enabled: z.boolean() }).partial(),
		addedHostNames: z.array(z.string()),
		bindings: z.array(
			z.object({ hostName: z.string(), sslState: boundState, thumbprint: z.string(), before: formerBinding }),
		),
		unbindings: z.array(z.object({ hostName: z.string(), sslState: boundState, thumbprint: z.string() })),
		tags: z.record(z.string(), z.string()).nullable(),
		deletedHostNames: z.array(z.object({ hostName: z.string(), before: formerBinding })),
		byHand: z.array(z.string()),
	}),
});

const findingRow = z.object({
	resourceId: z.string(),
	rule: z.string(),
	target: z.string().nullable().default(null),
	severity: z.enum(severities),
	desired: z.string(),
	observed: z.string(),
	policy: z.string(),
	firstSeen: date,
	status: z.enum(["open", "resolved", "removed"]),
	endedAt: date.nullable().default(null),
	details: z
		.string()
		.transform((text, context) => {
			try {
				return JSON.parse(text) as unknown;
			} catch {
				context.addIssue("is no JSON");
				return z.NEVER;
			}
		})
		.pipe(details),
});

const problemRow = z.object({
	code: z.enum(problemCodes),
	scope: z.string(),
	message: z.string(),
	firstSeen: date,
	status: z.enum(["open", "resolved"]),
	endedAt: date.nullable().default(null),
});

/** The finding of a row; undefined where it is none of this version's. */
export function readFindingRow(fields: object): StoredFinding | undefined {
	const parsed = findingRow.safeParse(fields);
	if (!parsed.success) return undefined;
	const { resourceId, details: stored, ...facts } = parsed.data;
	const parts = parseSiteId(resourceId);
	if (parts === undefined) return undefined;
	const { comparable: fingerprint, mending, ...more } = stored;
	const { byHand: manualSteps, ...changes } = mending;
	const { clientCertExclusionPaths: paths, storedMode: mode, ...settings } = more.site;
	const site = {
		...{ id: resourceId, ...parts, ...settings },
		clientCertExclusionPaths: paths.reported ? { reported: true, value: parseExclusionPaths(paths.value) } : paths,
		verbatim: { mode, exclusionPaths: paths.reported ? paths.value : "" },
	};
	// zod says that a property may be undefined where it means that it may be missing.
	return { ...facts, ...more, fingerprint, fix: { ...changes, manualSteps }, site } as StoredFinding;
}

/** The problem of a row; undefined where it is none of this version's. */
export function readProblemRow(fields: object): StoredProblem | undefined {
	return problemRow.safeParse(fields).data;
}

export function writeFindingRow(finding: StoredFinding): Columns {
	const { rule, target, severity, desired, observed, policy, firstSeen, status, endedAt } = finding;
	const { fingerprint: comparable, explanation, learnMore, exemption, site, fix } = finding;
	const { manualSteps: byHand, ...changes } = fix;
	const { id: resourceId, kind, armKind, onContainerApps, location, tier, hasSlots, verbatim, ...rest } = site;
	const { httpsOnly, clientCertMode, clientCertExclusionPaths: paths, http20Enabled, minTlsVersion } = rest;
	const clientCertExclusionPaths = paths.reported ? { reported: true, value: verbatim.exclusionPaths } : paths;
	const settings = { httpsOnly, clientCertMode, clientCertExclusionPaths, http20Enabled, minTlsVersion };
	const facts = { kind, armKind, onContainerApps, location, tier, hasSlots, storedMode: verbatim.mode, ...settings };
	const mending = { ...changes, byHand };
	const json = JSON.stringify({ comparable, explanation, learnMore, exemption, mending, site: facts });
	return withoutNulls({
		...{ resourceId, rule, target, severity, desired, observed, policy, firstSeen, status, endedAt },
		exemption: exemption?.name ?? null,
		details: json,
	});
}

export function writeProblemRow({ code, scope, message, firstSeen, status, endedAt }: StoredProblem): Columns {
	return withoutNulls({ code, scope, message, firstSeen, status, endedAt });
}

/** Host names, resource IDs and the names of policies hold what a key must not. */
export function keyOfFinding(finding: Pick<StoredFinding, "site" | "rule" | "target">): string {
	return hash(identityOfFinding(finding));
}

export function keyOfProblem(problem: Pick<StoredProblem, "code" | "scope">): string {
	return `problem_${hash(identityOfProblem(problem))}`;
}

/** The key of the finding or problem itself. */
export function keyOfState(state: FindingState | ProblemState): string {
	return "code" in state ? keyOfProblem(state) : hash(identityOfState(state));
}

function hash(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

export function withoutNulls(fields: Readonly<Record<string, Columns[string] | null | undefined>>): Columns {
	return Object.fromEntries(
		Object.entries(fields).filter((field): field is [string, Columns[string]] => field[1] != null),
	);
}
