import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { parseExclusionPaths } from "./core/exclusion-paths.ts";
import type { Cell, Policy, SettingName, Settings } from "./core/policy.ts";
import type { Problem } from "./core/problem.ts";
import { parseScope } from "./core/scope.ts";
import { clientCertModes, siteKinds, tlsVersions } from "./core/site.ts";

/** What a row of policies came to: a policy where its selectors can be trusted, and what is wrong with its cells. */
export interface PolicyRow {
	readonly policy: Policy | null;
	readonly problems: readonly Problem[];
}

const text = z.string("must be text").trim();

/** One of some words, read without regard to case and given back in the spelling here. */
function oneOf<const T extends string>(...words: T[]) {
	return text.transform((value, context): T => {
		const word = words.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
		if (word !== undefined) return word;
		context.addIssue(`takes ${words.join(", ")}`);
		return z.NEVER;
	});
}

const selectors = {
	scope: text.transform((value, context) => {
		const scope = parseScope(value);
		if (scope !== undefined) return scope;
		context.addIssue(
			"takes /, /subscriptions/ID, /subscriptions/ID/resourceGroups/NAME, or the resource ID of a site or slot",
		);
		return z.NEVER;
	}),
	tag: text.regex(/^[^=]*[^=\s][^=]*=./s, "takes name=value, or name=* for any value").transform((value) => {
		const separator = value.indexOf("=");
		const wanted = value.slice(separator + 1).trim();
		return { name: value.slice(0, separator).trim(), value: wanted === "*" ? null : wanted };
	}),
	kind: oneOf(...siteKinds),
} as const;

const settings: { readonly [S in SettingName]: z.ZodType<Settings[S] | "Any"> } = {
	httpsOnly: z.union([z.boolean(), oneOf("true", "false", "Any")], "takes true, false or Any").transform((value) => {
		if (value === "Any") return value;
		return value === true || value === "true";
	}),
	clientCertMode: oneOf(...clientCertModes, "Any"),
	clientCertExclusionPaths: text.transform((value, context) => {
		if (value.toLowerCase() === "any") return "Any" as const;
		const paths = parseExclusionPaths(value);
		if (paths.every((path) => path.startsWith("/") && !/\p{Cc}/u.test(path))) return paths;
		context.addIssue("takes paths that start with /, split by ; or , (the empty text for none), or Any");
		return z.NEVER;
	}),
	customDomainTls: oneOf("SniEnabled", "IpBasedEnabled", "Bound", "Any"),
	// An editor of tables may keep 1.2 as a number.
	minTlsVersion: z
		.union(
			[z.number().transform((value) => (Number.isInteger(value) ? `${value}.0` : String(value))), text],
			`takes ${[...tlsVersions, "Any"].join(", ")}`,
		)
		.pipe(oneOf(...tlsVersions, "Any")),
};

/** Columns of the policy format whose rules this version does not have. */
const notChecked = ["domainBindings", "certificateMinDays", "http20Enabled", "verify"];

const selectorNames = Object.keys(selectors) as (keyof typeof selectors)[];
const settingNames = Object.keys(settings) as SettingName[];
const columns = [...selectorNames, ...settingNames, ...notChecked];

/**
 * Reads one row of desired state, from the table, a file or the command line. A bad setting is invalid where the row would
 * have won; a row with a bad or unknown selector is no policy at all, since nobody can tell what it was meant to govern.
 */
export function readPolicyRow(name: string, cells: Readonly<Record<string, unknown>>): PolicyRow {
	// One problem for each cell: what is said last of it weighs most.
	const problems = new Map<string, Problem>();
	const report = (column: string, what: string) =>
		problems.set(column, {
			code: "policy-invalid",
			scope: `DriftPolicy/${name}/${column}`,
			message: `DriftPolicy, row "${name}", column "${column}" ${what}`,
		});
	const governsNothing = "The row governs nothing until that is mended.";
	let selectable = true;
	const read: { scope: string; tag?: NonNullable<Policy["tag"]>; kind?: NonNullable<Policy["kind"]> } = { scope: "/" };
	const settingCells: Partial<Record<SettingName, Cell<unknown>>> = {};
	const seen = new Set<string>();

	for (const [spelling, value] of Object.entries(cells)) {
		const column = columns.find((known) => known.toLowerCase() === spelling.trim().toLowerCase());
		if (column !== undefined && seen.has(column)) {
			report(column, `stands there twice, in different spellings; keep one. ${governsNothing}`);
			selectable = false;
		} else if (isSelector(column)) {
			const parsed = selectors[column].safeParse(value);
			if (parsed.success) Object.assign(read, { [column]: parsed.data });
			else report(column, `is ${show(value)}, but it ${complaint(parsed.error)}. ${governsNothing}`);
			selectable &&= parsed.success;
		} else if (isSetting(column)) {
			const parsed = settings[column].safeParse(value);
			settingCells[column] = parsed.success ? toCell(parsed.data) : { is: "invalid" };
			if (!parsed.success) {
				report(
					column,
					`is ${show(value)}, but it ${complaint(parsed.error)}. The setting is unknown wherever this row would have won.`,
				);
			}
		} else if (column !== undefined) {
			report(column, "is not checked by this version of mtls-drift: it finds no drift there.");
		} else {
			const nearest = nearestColumn(spelling);
			if (isSetting(nearest)) {
				settingCells[nearest] ??= { is: "invalid" };
				report(
					spelling,
					`is unknown. Did you mean ${nearest}? That setting is unknown wherever this row would have won.`,
				);
			} else {
				const hint =
					nearest !== undefined ? `Did you mean ${nearest}?` : `A policy has the columns ${columns.join(", ")}.`;
				report(spelling, `is unknown. ${hint} ${governsNothing}`);
				selectable = false;
			}
		}
		if (column !== undefined) seen.add(column);
	}

	const policy = { name, ...read, settings: settingCells as Policy["settings"] };
	return { policy: selectable ? policy : null, problems: [...problems.values()] };
}

/** The column that a spelling was meant for, where no more than a third of it is wrong. */
function nearestColumn(spelling: string): string | undefined {
	const lowerCase = columns.map((column) => column.toLowerCase());
	const nearest = closest(spelling.trim().toLowerCase(), lowerCase);
	const isNear = distance(spelling.trim().toLowerCase(), nearest) <= Math.ceil(nearest.length / 3);
	return isNear ? columns[lowerCase.indexOf(nearest)] : undefined;
}

function isSelector(column: string | undefined): column is keyof typeof selectors {
	return (selectorNames as (string | undefined)[]).includes(column);
}

function isSetting(column: string | undefined): column is SettingName {
	return (settingNames as (string | undefined)[]).includes(column);
}

function toCell<T>(value: T | "Any"): Cell<T> {
	return value === "Any" ? { is: "any" } : { is: "value", value };
}

function complaint(error: z.ZodError): string {
	return error.issues.map(({ message }) => message).join("; ");
}

/** Quoted, and cut where it is long: what people typed, not what a card should be filled with. */
function show(value: unknown): string {
	const shown = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? String(value);
	return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
