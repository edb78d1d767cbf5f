import type { ParsedCertificate } from "./certificate.ts";
import { findChainProblem } from "./chain.ts";
import { type Check, checkNames, type Inspection, type RefusalReason } from "./outcome.ts";
import type { PreparedEntry, PreparedRules } from "./prepare.ts";
import { printable } from "./printable.ts";
import { findUsageProblem } from "./usage.ts";

/** What a check came to, with the reason where it failed. */
export type Finding =
	| (Check & { readonly result: "passed" | "not-checked" })
	| (Check & { readonly result: "failed"; readonly reason: RefusalReason });

/** All checks of a certificate that was read, in order, and those of the routes that its entries of the list allow. */
export function judge(
	certificate: ParsedCertificate,
	rules: PreparedRules | undefined,
	routes: readonly string[],
	now: Date,
): { readonly findings: readonly Finding[]; readonly open: Inspection["routes"] } {
	const chain = judgeChain(certificate, rules, now);
	// Without a chain, an issuer is a name that anyone can have written.
	const hasChain = chain.result === "passed";
	const entries = rules?.entries.filter((entry) => isMeant(entry, certificate, hasChain));
	const open = routes.flatMap((route) => {
		const entry = entries?.find((one) => one.routes.has("*") || one.routes.has(route.toLowerCase()));
		return entry === undefined ? [] : [{ route, name: entry.name }];
	});
	const findings = [
		pass("readable", "it is one certificate"),
		judgeDates(certificate, now),
		chain,
		judgeBasicConstraints(certificate),
		judgeUsage(certificate),
		judgeList(entries, chain),
		judgeRoutes(entries, routes, open),
	];
	return { findings, open };
}

/** All checks where there is no certificate to be judged. */
export function judgeUnread({ reason, problem }: { reason: RefusalReason; problem: string }): readonly Finding[] {
	const [readable, ...others] = checkNames;
	return [fail(readable, reason, problem), ...others.map((check) => skip(check, "there is no certificate to look at"))];
}

function judgeDates({ facts: { notBefore, notAfter } }: ParsedCertificate, now: Date): Finding {
	// The other way round, a moment that is none would pass.
	if (!(now >= notBefore)) {
		return fail("dates", "certificate-not-yet-valid", `it is not valid before ${notBefore.toISOString()}`);
	}
	if (!(now <= notAfter)) return fail("dates", "certificate-expired", `it has expired at ${notAfter.toISOString()}`);
	return pass("dates", `it is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}`);
}

function judgeChain(certificate: ParsedCertificate, rules: PreparedRules | undefined, now: Date): Finding {
	if (rules === undefined) return skip("chain", "there are no rules that say which authorities to trust");
	if (rules.authorities.length === 0) return skip("chain", "the rules name no authorities: thumbprints alone decide");
	const problem = findChainProblem(certificate, rules, now);
	return problem === null
		? pass("chain", "it leads to one of the authorities")
		: fail("chain", "certificate-untrusted", problem);
}

function judgeBasicConstraints({ isAuthority }: ParsedCertificate): Finding {
	return isAuthority
		? fail(
				"basic-constraints",
				"certificate-is-authority",
				"it is the certificate of an authority (CA), not of a client",
			)
		: pass("basic-constraints", "it is not that of an authority");
}

function judgeUsage(certificate: ParsedCertificate): Finding {
	const problem = findUsageProblem(certificate);
	return problem === null
		? pass("usage", "it may be used for client authentication")
		: fail("usage", "certificate-usage", problem);
}

function judgeList(entries: readonly PreparedEntry[] | undefined, chain: Finding): Finding {
	if (entries === undefined) return skip("allow-list", "there are no rules that say who may come");
	if (entries.length > 0) return pass("allow-list", `it is ${listNames(entries)}`);
	const hint = chain.result === "failed" ? "; entries that name an issuer count only with a chain" : "";
	return fail("allow-list", "certificate-unknown", `it is not on the list${hint}`);
}

function judgeRoutes(
	entries: readonly PreparedEntry[] | undefined,
	routes: readonly string[],
	open: Inspection["routes"],
): Finding {
	if (entries === undefined) return skip("route", "there are no rules that say who may go where");
	if (entries.length === 0) return skip("route", "it is not on the list");
	if (routes.length === 0) return skip("route", "no route was asked for");
	if (open.length > 0) return pass("route", `it may use ${list(open.map(({ route }) => route))}`);
	return fail("route", "route-forbidden", `it is ${listNames(entries)}, and may not use ${list(routes)}`);
}

function isMeant(
	entry: PreparedEntry,
	{ facts, issuerKey, subjectKey }: ParsedCertificate,
	hasChain: boolean,
): boolean {
	const { sha1, sha256 } = facts.thumbprints;
	if (entry.thumbprint !== undefined) return entry.thumbprint === sha1 || entry.thumbprint === sha256;
	return hasChain && entry.issuerKey === issuerKey && (entry.subjectKey ?? subjectKey) === subjectKey;
}

function listNames(entries: readonly PreparedEntry[]): string {
	return list(entries.map(({ name }) => name));
}

function list(texts: readonly string[]): string {
	return printable(texts.map((text) => `"${text}"`).join(", "));
}

function pass(check: Check["check"], detail: string): Finding {
	return { check, result: "passed", detail };
}

function skip(check: Check["check"], detail: string): Finding {
	return { check, result: "not-checked", detail };
}

function fail(check: Check["check"], reason: RefusalReason, detail: string): Finding {
	return { check, result: "failed", detail, reason };
}
