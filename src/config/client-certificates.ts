import * as z from "zod";
import { type ClientCertificateRules, findRulesProblems } from "../client-certificate/rules.ts";
import { printable } from "../core/model/text.ts";

/** The routes of the app's own HTTP API that a client certificate can be asked for. What `cert-info` is for, a certificate that is refused needs most. */
export const guardedRoutes = ["report", "findings", "scan", "health"] as const;
export type GuardedRoute = (typeof guardedRoutes)[number];

/** Who may use the app's own HTTP API besides having the function key. */
export interface ClientCertificateConfig {
	readonly rules: ClientCertificateRules;
	/** For probes that cannot send one. */
	readonly withoutCertificate: readonly GuardedRoute[];
}

const fields = ["certificates", "authorities", "intermediates", "withoutCertificate"];
const entryFields = ["name", "thumbprint", "issuer", "subject", "routes"];

/** Undefined: the function key is enough. */
export const clientCertificateSettings = z
	.object({ DRIFT_CLIENT_CERTS: z.string().optional() })
	.transform(({ DRIFT_CLIENT_CERTS: text }, context): ClientCertificateConfig | undefined => {
		if (text === undefined) return undefined;
		const refuse = (message: string) => {
			context.addIssue({ code: "custom", path: ["DRIFT_CLIENT_CERTS"], message });
			return z.NEVER;
		};
		const content = parseJson(text);
		if (!isObject(content)) return refuse("is not a JSON object like the one in the README");
		const { withoutCertificate = [], ...rules } = content;
		const problems = [
			...findUnknownFields(content),
			...findRulesProblems(rules as never),
			...findRouteProblems(content),
		];
		if (problems.length > 0) return refuse(`cannot be used: ${problems.join("; ")}`);
		return {
			rules: rules as unknown as ClientCertificateRules,
			withoutCertificate: (withoutCertificate as string[]).map((route) => route.toLowerCase() as GuardedRoute),
		};
	});

function findUnknownFields(content: Readonly<Record<string, unknown>>): string[] {
	const { certificates } = content;
	return [
		...unknown(content, fields),
		...(Array.isArray(certificates) ? certificates : []).flatMap((entry, index) =>
			isObject(entry) ? unknown(entry, entryFields).map((problem) => `certificates[${index}]: ${problem}`) : [],
		),
	];
}

function unknown(object: object, known: readonly string[]): string[] {
	const strange = Object.keys(object).filter((field) => !known.includes(field));
	return strange.map((field) => `takes ${known.join(", ")}, and not "${printable(field.slice(0, 40))}"`);
}

/** A misspelt route would lock somebody out, or let somebody in. */
function findRouteProblems({ certificates, withoutCertificate = [] }: Readonly<Record<string, unknown>>): string[] {
	const isKnown = (route: unknown) =>
		typeof route === "string" && (guardedRoutes as readonly string[]).includes(route.toLowerCase());
	const takes = `takes ${guardedRoutes.join(", ")}`;
	const entries = (Array.isArray(certificates) ? certificates : []).flatMap((entry, index) => {
		const routes: unknown[] = isObject(entry) && Array.isArray(entry.routes) ? entry.routes : [];
		return routes.every((route) => route === "*" || isKnown(route))
			? []
			: [`certificates[${index}]: routes ${takes}, or *`];
	});
	const isOpenWell = Array.isArray(withoutCertificate) && withoutCertificate.every(isKnown);
	return isOpenWell ? entries : [...entries, `withoutCertificate ${takes}`];
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
