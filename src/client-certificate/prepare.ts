import { type ParsedCertificate, parseCertificate } from "./certificate.ts";
import type { Trust } from "./chain.ts";
import { decodeCertificate } from "./decode.ts";
import { normalizeName, parseDistinguishedName } from "./distinguished-name.ts";
import { type ClientCertificateRules, ClientCertificateRulesError, findRulesProblems } from "./rules.ts";
import { toThumbprint } from "./thumbprint.ts";

/** Rules that were found usable, taken apart once. */
export interface PreparedRules extends Trust {
	readonly entries: readonly PreparedEntry[];
}

export interface PreparedEntry {
	readonly name: string;
	/** Hex, upper case: SHA-1 or SHA-256. */
	readonly thumbprint: string | undefined;
	/** As `normalizeName` gives them. */
	readonly issuerKey: string | undefined;
	readonly subjectKey: string | undefined;
	/** Lower case. */
	readonly routes: ReadonlySet<string>;
}

/** Throws ClientCertificateRulesError. */
export function prepareRules(rules: ClientCertificateRules): PreparedRules {
	const problems = findRulesProblems(rules);
	if (problems.length > 0) throw new ClientCertificateRulesError(problems);
	const parseList = (list: "authorities" | "intermediates"): readonly ParsedCertificate[] =>
		(rules[list] ?? []).flatMap((text, index) => {
			const decoded = decodeCertificate(text);
			const parsed = "certificate" in decoded ? parseCertificate(decoded.certificate) : decoded;
			if (!("problem" in parsed)) return [parsed];
			problems.push(`${list}[${index}]: ${parsed.problem}`);
			return [];
		});
	const trust = { authorities: parseList("authorities"), intermediates: parseList("intermediates") };
	if (problems.length > 0) throw new ClientCertificateRulesError(problems);
	return {
		...trust,
		entries: rules.certificates.map(({ name, thumbprint, issuer, subject, routes }) => ({
			name,
			thumbprint: thumbprint === undefined ? undefined : toThumbprint(thumbprint),
			issuerKey: toKey(issuer),
			subjectKey: toKey(subject),
			routes: new Set(routes.map((route) => route.toLowerCase())),
		})),
	};
}

function toKey(name: string | undefined): string | undefined {
	return name === undefined ? undefined : normalizeName(parseDistinguishedName(name) ?? []);
}
