import { parseHeader } from "./certificate.ts";
import { judge, judgeUnread } from "./judge.ts";
import { type Inspection, type Outcome, type Refusal, toRefusal } from "./outcome.ts";
import { type PreparedRules, prepareRules } from "./prepare.ts";
import type { ClientCertificateRules } from "./rules.ts";

/** Judges the header `X-ARR-ClientCert` of a request to a route. Never throws. `now` is this moment by default. */
export type ClientCertificateCheck = (header: string | null | undefined, route: string, now?: Date) => Outcome;

/** As a check, for people who want to know why: says which of the routes are open to the certificate. Never throws. */
export type ClientCertificateInspector = (
	header: string | null | undefined,
	routes: readonly string[],
	now?: Date,
) => Inspection;

/**
 * Makes a check by rules. App Service validates nothing of what it forwards, and only forwards what the client proved to have
 * the key of where it asked for a certificate: see to it that `clientCertMode` is `Required` and `httpsOnly` is true.
 * Throws ClientCertificateRulesError for rules that cannot be used.
 */
export function createClientCertificateCheck(rules: ClientCertificateRules): ClientCertificateCheck {
	const prepared = prepareRules(rules);
	return (header, route, now = new Date()) => {
		const { certificate, checks, refusal, routes } = inspect(prepared, header, [route], now);
		const [open] = routes;
		if (open !== undefined && certificate !== null) return { allowed: true, name: open.name, certificate, checks };
		const thumbprint = certificate?.thumbprints.sha256 ?? null;
		return { allowed: false, ...(refusal as Refusal), thumbprint, certificate, checks };
	};
}

/**
 * Makes an inspector, by rules or without: then chain, list and routes are not checked.
 * Throws ClientCertificateRulesError for rules that cannot be used.
 */
export function createClientCertificateInspector(rules?: ClientCertificateRules): ClientCertificateInspector {
	const prepared = rules === undefined ? undefined : prepareRules(rules);
	return (header, routes, now = new Date()) => inspect(prepared, header, routes, now);
}

function inspect(
	rules: PreparedRules | undefined,
	header: string | null | undefined,
	routes: readonly string[],
	now: Date,
): Inspection {
	const parsed = parseHeader(header);
	const isRead = !("reason" in parsed);
	const { findings, open } = isRead ? judge(parsed, rules, routes, now) : { findings: judgeUnread(parsed), open: [] };
	const failed = findings.find((finding) => finding.result === "failed");
	return {
		certificate: isRead ? parsed.facts : null,
		checks: findings.map(({ check, result, detail }) => ({ check, result, detail })),
		refusal: failed === undefined ? null : toRefusal(failed.reason, failed.detail),
		routes: failed === undefined ? open : [],
	};
}
