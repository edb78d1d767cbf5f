import type { X509Certificate } from "node:crypto";
import { decodeCertificate } from "./decode.ts";
import { parseDistinguishedName } from "./distinguished-name.ts";
import { printable } from "./printable.ts";
import { isSelfSigned } from "./self-signed.ts";
import { toThumbprint } from "./thumbprint.ts";

/** Who may come, and whom to trust. */
export interface ClientCertificateRules {
	/** Who may come, and to which routes. */
	readonly certificates: readonly AllowedCertificate[];
	/**
	 * Trusted certificates of authorities: PEM, or base64 of the DER, one each. Needed for entries that name an issuer.
	 * With any of them, every client certificate must lead to one of them, or be one itself, also where its thumbprint is listed.
	 */
	readonly authorities?: readonly string[];
	/** Certificates of authorities that help to build a chain and are not trusted by themselves. */
	readonly intermediates?: readonly string[];
}

/** An entry of the list: one certificate by its `thumbprint`, or all of an `issuer`; one of the two. */
export interface AllowedCertificate {
	/** For messages and for the app: `partner-contoso`. */
	readonly name: string;
	/** SHA-1 (40 hex digits) or SHA-256 (64); case, colons and spaces do not matter. */
	readonly thumbprint?: string;
	/** Distinguished name of who signed it: `CN=Contoso Issuing CA, O=Contoso, C=NL`; order and case do not matter. */
	readonly issuer?: string;
	/** Distinguished name of whom it was made for: narrows an issuer down. The whole name, no part of it. */
	readonly subject?: string;
	/** Names of routes, without regard to case; `*` for all. */
	readonly routes: readonly string[];
}

/** Rules that cannot be used, with everything that is wrong at once. The text never repeats a certificate. */
export class ClientCertificateRulesError extends Error {
	override readonly name = "ClientCertificateRulesError";
	readonly problems: readonly string[];
	constructor(problems: readonly string[]) {
		super(
			`The rules for client certificates cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
		);
		this.problems = problems;
	}
}

/** Everything that is wrong with rules, each text naming the entry; empty when nothing is. Takes whatever was parsed from JSON. */
export function findRulesProblems(rules: ClientCertificateRules): string[] {
	const { certificates, authorities, intermediates } = (isObject(rules) ? rules : {}) as Record<string, unknown>;
	const hasAuthorities = Array.isArray(authorities) && authorities.length > 0;
	return [
		...findEntriesProblems(certificates, hasAuthorities),
		...findAuthoritiesProblems("authorities", authorities, (one) => one.ca || isSelfSigned(one)),
		...findAuthoritiesProblems("intermediates", intermediates, ({ ca }) => ca),
	];
}

function findEntriesProblems(entries: unknown, hasAuthorities: boolean): string[] {
	if (!Array.isArray(entries) || entries.length === 0) return ["certificates: must list at least one"];
	const names = new Set<string>();
	return entries.flatMap((entry: unknown, index) => {
		if (!isObject(entry)) return [`certificates[${index}]: must hold a name, a thumbprint or an issuer, and routes`];
		const { name } = entry;
		const label = isText(name) ? `certificates[${index}] (${printable(name)})` : `certificates[${index}]`;
		const problems = findEntryProblems(entry, hasAuthorities);
		if (!isText(name)) problems.push("name must be a text that is not empty");
		else if (names.has(name.toLowerCase())) problems.push("name is that of another entry too: give it another");
		else names.add(name.toLowerCase());
		return problems.map((problem) => `${label}: ${problem}`);
	});
}

function findEntryProblems(entry: Readonly<Record<string, unknown>>, hasAuthorities: boolean): string[] {
	const { thumbprint, issuer, subject, routes } = entry;
	const problems: string[] = [];
	if ((thumbprint === undefined) === (issuer === undefined)) problems.push("takes one of thumbprint and issuer");
	if (thumbprint !== undefined && !isThumbprint(thumbprint)) {
		problems.push("thumbprint must be 40 hex digits (SHA-1) or 64 (SHA-256)");
	}
	for (const [field, name] of Object.entries({ issuer, subject })) {
		if (name !== undefined && !(isText(name) && parseDistinguishedName(name))) {
			problems.push(`${field} must be a distinguished name like CN=Contoso CA, O=Contoso, C=NL`);
		}
	}
	if (subject !== undefined && issuer === undefined) problems.push("subject goes with issuer only");
	if (issuer !== undefined && !hasAuthorities) {
		problems.push("issuer needs authorities: anyone can write an issuer's name into a certificate");
	}
	if (!Array.isArray(routes) || routes.length === 0 || !routes.every(isText)) {
		problems.push("routes must list at least one name of a route, or * for all");
	}
	return problems;
}

function findAuthoritiesProblems(list: string, texts: unknown, isFit: (one: X509Certificate) => boolean): string[] {
	if (texts === undefined) return [];
	if (!Array.isArray(texts)) return [`${list}: must be a list of certificates, PEM or base64 of the DER`];
	return texts.flatMap((text: unknown, index) => {
		const decoded = decodeCertificate(isText(text) ? text : "");
		const wanted = "give one certificate, as PEM or base64 of the DER";
		if ("problem" in decoded) return [`${list}[${index}]: ${decoded.problem}; ${wanted}`];
		return isFit(decoded.certificate) ? [] : [`${list}[${index}]: is not the certificate of an authority (CA)`];
	});
}

function isThumbprint(value: unknown): boolean {
	return typeof value === "string" && /^(?:[\dA-F]{40}|[\dA-F]{64})$/.test(toThumbprint(value));
}

function isText(value: unknown): value is string {
	return typeof value === "string" && value.trim() !== "";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null;
}
