import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connectAzure } from "../azure/connect.ts";
import { type ClientIdentity, composeIdentity, readAuthorities, whyUnusable } from "../config/client-identity.ts";
import { type Environment, readSettings } from "../config/settings.ts";
import { verifySettings } from "../config/verify.ts";
import type { Assessment } from "../core/evaluation/evaluate.ts";
import type { Scan } from "../core/evaluation/scan-result.ts";
import { isHostName } from "../core/model/host-name.ts";
import { parseSiteId } from "../core/model/resource-id.ts";
import type { Site } from "../core/model/site.ts";
import { printable } from "../core/model/text.ts";
import type { ProbeReading } from "../core/probe/reading.ts";
import {
	beyondSubscriptions,
	composeReport,
	notificationsOfProblems,
	notificationsOfScan,
	type Report,
	reportFacts,
} from "../core/report/report.ts";
import { findProblems } from "../policies/policy-set.ts";
import { connectProbes, type ProbeConfig } from "../probe/connect.ts";
import { parseConnectTo } from "../probe/connect-to.ts";
import { scanSubscription } from "../scan/scan-subscription.ts";
import { chooseSubscriptions } from "../scan/subscriptions.ts";
import { untraced } from "../telemetry/signals.ts";
import { type InputOptions, readInput } from "./input.ts";
import { showProgress } from "./progress.ts";
import { renderAnswers, renderEnforcement, renderEnforcementResults } from "./render/probes.ts";
import { renderTable } from "./render/table.ts";
import { paintTerminal, print } from "./render/terminal.ts";
import { renderVerifyJson } from "./render/verify-json.ts";
import { exitStatus, readSubscriptions } from "./scan.ts";

export const verifyFormats = ["table", "json"] as const;

export interface VerifyOptions extends InputOptions {
	/** Instead of `DRIFT_SUBSCRIPTIONS`. */
	readonly subscription?: readonly string[];
	/** Files, instead of `DRIFT_VERIFY_CERT` and its like. */
	readonly cert?: string;
	readonly key?: string;
	readonly ca?: string;
	readonly connectTo?: readonly string[];
	readonly format: (typeof verifyFormats)[number];
}

/** What came of asking a site; several can share a host name, as that of a Traffic Manager. */
interface Verified {
	readonly scan: Scan;
	readonly sites: readonly { readonly assessment: Assessment; readonly probe: ProbeReading }[];
}

/**
 * Asks one site of the inventory at its door, and prints what it enforces. Stores nothing. Gives the exit status: 1 drift, 2
 * something could not be told, 0 neither.
 */
export async function verify(given: string, options: VerifyOptions, env: Environment): Promise<0 | 1 | 2> {
	const target = readTarget(given);
	const probes = connectProbes(await readProbeConfig(options, env));
	const { azure, policySet } = await readInput(options, env);
	const { listSubscriptions, openSubscription } = connectAzure(azure);
	const wanted = target.subscriptionId === null ? readSubscriptions(options.subscription) : [target.subscriptionId];
	const subscriptions = await chooseSubscriptions(wanted ?? azure.subscriptions, listSubscriptions);

	let verified: Verified | undefined;
	const unread: string[] = [];
	for (const subscription of subscriptions) {
		const assessed: Verified["sites"][number][] = [];
		const onAssessment = (assessment: Assessment, probe: ProbeReading) => void assessed.push({ assessment, probe });
		const { update, stop } = showProgress(subscription.name, process.stderr);
		const { scope, covers } = target;
		const request = {
			id: randomUUID(),
			subscription,
			policySet,
			scope,
			expectedIds: target.expectedIds,
			progress: update,
		};
		const ports = { ...openSubscription(subscription.id), probeHost: probes.probeHost, trace: untraced };
		const scan = await scanSubscription({ ...request, verify: { covers, onAssessment } }, ports).finally(stop);
		if (assessed.length > 0) {
			verified = { scan, sites: assessed };
			break;
		}
		unread.push(...scan.problems.map(({ message }) => message));
	}
	if (verified === undefined) {
		const cause = unread.length === 0 ? "" : `; not everything could be read:\n${unread.join("\n")}`;
		throw new Error(`no site of the subscriptions that were read is ${target.name}${cause}`);
	}

	const { portal } = azure.cloud;
	const now = new Date();
	const problems = notificationsOfProblems(findProblems(policySet, now), now);
	const beyond =
		problems.length === 0 ? [] : [composeReport(beyondSubscriptions, { findings: [], problems }, { portal })];
	const { scan } = verified;
	const subject = { subscription: scan.subscription, scan: reportFacts(scan) };
	const reports = [...beyond, composeReport(subject, notificationsOfScan(scan), { portal })];
	if (options.format === "json") {
		const results = verified.sites.flatMap(({ assessment }) => assessment.enforcementResults);
		const hosts = verified.sites.flatMap(({ probe }) => (probe.probed ? probe.hosts : []));
		print(renderVerifyJson(reports, results, scan.enforcement, hosts));
	} else print(renderText(reports, verified));
	return exitStatus(reports);
}

interface Target {
	/** For people. */
	readonly name: string;
	/** Null where it can be in any. */
	readonly subscriptionId: string | null;
	readonly scope: string;
	readonly expectedIds: readonly string[];
	covers(site: Site): boolean;
}

function readTarget(given: string): Target {
	const text = given.trim().replace(/[/.]$/, "");
	const parts = parseSiteId(text);
	if (parts !== undefined) {
		const covers = ({ id }: Site) => id.toLowerCase() === text.toLowerCase();
		const subscriptionId = parts.subscriptionId.toLowerCase();
		return { name: text, subscriptionId, scope: text, expectedIds: [text], covers };
	}
	const host = text.toLowerCase();
	if (!isHostName(host)) {
		throw new Error(
			`"${given}" is neither the resource ID of a site or slot (/subscriptions/ID/resourceGroups/NAME/providers/Microsoft.Web/sites/NAME) nor a host name`,
		);
	}
	// Never a host that the inventory does not name.
	const covers = ({ hostNames }: Site) =>
		hostNames.reported && hostNames.value.some((name) => name.toLowerCase().replace(/\.$/, "") === host);
	return { name: `one with the host name ${host}`, subscriptionId: null, scope: "/", expectedIds: [], covers };
}

async function readProbeConfig(options: VerifyOptions, env: Environment): Promise<ProbeConfig> {
	const { verify: set } = readSettings({ verify: verifySettings }, env);
	const connectTo = (options.connectTo ?? []).map((text) => {
		const mapping = parseConnectTo(text);
		if (mapping === undefined) throw new Error(`--connect-to ${text} is not HOST1:PORT1:HOST2:PORT2`);
		return mapping;
	});
	return {
		identity: options.cert === undefined ? refuseKeyAlone(options, set.identity) : await readIdentity(options, env),
		authorities: options.ca === undefined ? set.authorities : await readAuthoritiesOf(options.ca),
		connectTo,
	};
}

function refuseKeyAlone({ key }: VerifyOptions, identity: ClientIdentity | null): ClientIdentity | null {
	if (key === undefined) return identity;
	throw new Error("--key is given without --cert");
}

async function readIdentity({ cert = "", key }: VerifyOptions, env: Environment): Promise<ClientIdentity> {
	const passphrase = env.DRIFT_VERIFY_PASSPHRASE || undefined;
	const keyText = key === undefined ? undefined : await readGiven("--key", key);
	const identity = composeIdentity(await readGiven("--cert", cert), keyText, passphrase);
	if (identity === undefined) throw new Error(`--cert ${cert} is neither PEM nor a PFX`);
	if (identity.pfx !== undefined && key !== undefined) {
		throw new Error(`--key is given beside --cert ${cert}, a PFX, which holds the key itself`);
	}
	const reason = whyUnusable(identity);
	if (reason !== undefined) throw new Error(`--cert ${cert} ${reason}`);
	return identity;
}

async function readAuthoritiesOf(file: string): Promise<readonly string[]> {
	const authorities = readAuthorities((await readGiven("--ca", file)).toString());
	if (authorities === undefined)
		throw new Error(`--ca ${file} holds no certificate in PEM, or one that cannot be read`);
	return authorities;
}

async function readGiven(option: string, file: string): Promise<Buffer> {
	return readFile(file).catch((error: NodeJS.ErrnoException) => {
		throw new Error(`${option} ${file} cannot be read (${error.code})`);
	});
}

function renderText(reports: readonly Report[], { scan, sites }: Verified): string {
	return [
		renderTable(reports, paintTerminal),
		...sites.flatMap(({ assessment, probe }) => [
			renderAnswers(probe),
			...(assessment.enforcementResults.length === 0 ? [] : [renderEnforcementResults(assessment.enforcementResults)]),
			...explainUngoverned(assessment),
		]),
		...(scan.enforcement === null ? [] : [renderEnforcement(scan.enforcement).trimEnd()]),
	].join("\n");
}

/** Fine is only what somebody wants. */
function explainUngoverned({ site, desired }: Assessment): string[] {
	const settings = ["httpsOnly", "clientCertMode", "clientCertExclusionPaths"] as const;
	const free = settings.filter((setting) => desired[setting].state === "not-governed");
	if (free.length === 0) return [];
	return [`No policy sets ${free.join(", ")} for ${printable(site.id)}: whether it enforces that was not judged.`];
}
