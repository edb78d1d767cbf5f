import type { Site } from "../../../src/core/model/site.ts";
import type { ProbePlan } from "../../../src/core/probe/plan.ts";
import {
	type Answer,
	type HostReading,
	type HttpAnswer,
	type ProbeReading,
	type Protocol,
	protocols,
	type Reply,
	type ServedCertificate,
} from "../../../src/core/probe/reading.ts";
import { thumbprintOf } from "../arm/arm-objects.ts";

/** A request by https. */
export type Sent = Pick<Reply, "protocol" | "withCertificate" | "path"> & { readonly hostName: string };

/** How a door differs from one that enforces what the site is configured for. Undefined: as configured. */
export interface Misbehaviour {
	/** What becomes of what has to be asked for by TLS renegotiation, by a protocol that has none. */
	readonly withoutRenegotiation?: "open" | "closed" | "asked all the same";
	answer?(sent: Sent, site: Site): Answer | undefined;
	plainHttp?(hostName: string, site: Site): Answer | undefined;
	served?(hostName: string, site: Site): Partial<ServedCertificate> | null;
	stopReason?(hostName: string): string | undefined;
}

export function response(status: number, changes: Partial<HttpAnswer> = {}): HttpAnswer {
	return { came: "response", status, location: null, blocker: null, page: `page of ${status}`, ...changes };
}

/** What the host names of a site say as App Service's front end does, for all that is known of it. */
export function probeModel(site: Site, plan: ProbePlan, misbehaviour: Misbehaviour = {}): ProbeReading {
	if (!site.hostNames.reported) return { probed: false, reason: site.hostNames.reason };
	return { probed: true, hosts: site.hostNames.value.map((hostName) => probeHost(hostName, site, plan, misbehaviour)) };
}

function probeHost(hostName: string, site: Site, plan: ProbePlan, misbehaviour: Misbehaviour): HostReading {
	const stopReason = misbehaviour.stopReason?.(hostName) ?? null;
	const spoken = protocols.filter((protocol) => speaks(site, protocol));
	const reply = (withCertificate: boolean) => (protocol: Protocol) =>
		(withCertificate ? plan.pathsWithCertificate : [...plan.paths, ...plan.lastPaths]).map((path): Reply => {
			const sent = { hostName, protocol, withCertificate, path };
			return { ...sent, answer: misbehaviour.answer?.(sent, site) ?? answerAsConfigured(sent, site, misbehaviour) };
		});
	const redirect = response(301, { location: `https://${hostName}/` });
	const configured = site.httpsOnly.reported && site.httpsOnly.value ? redirect : response(200);
	return {
		hostName,
		stopReason,
		pathsStopReason: stopReason,
		plainHttp: plan.plainHttp ? (misbehaviour.plainHttp?.(hostName, site) ?? configured) : null,
		replies: [...spoken.flatMap(reply(false)), ...spoken.flatMap(reply(true))],
		served: serve(hostName, site, misbehaviour),
	};
}

function speaks({ http20Enabled, minTlsVersion }: Site, { http, tls }: Protocol): boolean {
	const offersHttp2 = http20Enabled.reported && http20Enabled.value;
	const from13 = minTlsVersion.reported && minTlsVersion.value === "1.3";
	return (http === "1.1" || offersHttp2) && (tls === "1.3" || !from13);
}

function answerAsConfigured(
	{ protocol, path, withCertificate }: Sent,
	{ clientCertMode, clientCertExclusionPaths }: Site,
	{ withoutRenegotiation = "closed" }: Misbehaviour,
): HttpAnswer {
	const excluded = clientCertExclusionPaths.reported ? clientCertExclusionPaths.value : [];
	const isRequired = clientCertMode.reported && clientCertMode.value === "Required";
	if (!isRequired || excluded.some((start) => path.toLowerCase().startsWith(start))) return response(200);
	const hasRenegotiation = protocol.http === "1.1" && protocol.tls === "1.2";
	const canBeProbed = excluded.length === 0 || hasRenegotiation || withoutRenegotiation === "asked all the same";
	if (!canBeProbed) return response(withoutRenegotiation === "open" ? 200 : 403);
	return response(withCertificate ? 200 : 403);
}

function serve(hostName: string, site: Site, misbehaviour: Misbehaviour): ServedCertificate | null {
	const { customHostNames } = site;
	const bound = customHostNames.reported ? customHostNames.value.find(({ name }) => name === hostName) : undefined;
	const changes = misbehaviour.served?.(hostName, site);
	if (changes === null) return null;
	return {
		thumbprint: bound?.thumbprint ?? thumbprintOf("azure"),
		namesHost: true,
		validFrom: new Date("2026-01-01T00:00:00Z"),
		expiresAt: new Date("2027-06-01T00:00:00Z"),
		distrust: null,
		...changes,
	};
}
