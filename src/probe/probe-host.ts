import { type ProbePlan, whyNotProbed } from "../core/probe/plan.ts";
import {
	type Answer,
	type HostReading,
	nameProtocol,
	type Protocol,
	protocols,
	type Reply,
	type ServedCertificate,
	unprobed,
} from "../core/probe/reading.ts";
import { findAddresses } from "./addresses.ts";
import { getPlainly, openChannel, type Target } from "./channel.ts";
import { type ConnectTo, resolveConnectTo } from "./connect-to.ts";
import { type Fault, readFault } from "./faults.ts";
import type { TlsContexts } from "./tls-contexts.ts";

/** How hosts are asked. */
export interface ProbeOptions {
	readonly contexts: TlsContexts;
	readonly connectTo: readonly ConnectTo[];
	/** For a connection with its first request, and for each request after it. */
	readonly timeoutMs: number;
	readonly userAgent: string;
}

/** A host that has not answered in time is not asked again: it would only cost more of it. */
class TimeOut extends Error {
	override readonly name = "TimeOut";
}

/** One that answers each request just in time must not hold up a scan: so many time-outs are for all of them. */
const mostTimeouts = 12;

/**
 * Asks one host all that is planned, over one connection at a time, first what a caller without a certificate comes to, and last
 * the paths behind which an app may let it wait. Follows no redirect. Never throws for the host's sake.
 */
export async function probeHost(hostName: string, plan: ProbePlan, options: ProbeOptions): Promise<HostReading> {
	const plain = hostName.toLowerCase().replace(/\.$/, "");
	const refused = whyNotProbed(plain);
	if (refused !== undefined) return unprobed(hostName, refused);
	const replies: Reply[] = [];
	const spoken = new Set<Protocol>();
	let served: ServedCertificate | null = null;
	let plainHttp: Answer | null = null;
	let stopReason: string | null = null;
	let pathsStopReason: string | null = null;
	const total = mostTimeouts * options.timeoutMs;
	const end = performance.now() + total;

	try {
		const tls = await findTarget(plain, 443, options);
		if (plan.paths.length === 0) await shakeHands(tls);
		for (const protocol of protocols) {
			if (!(await request(tls, protocol, false, plan.paths))) break;
		}
		if (plan.plainHttp) plainHttp = await requestPlainHttp(await findTarget(plain, 80, options), options);
		for (const protocol of spoken) await request(tls, protocol, true, plan.pathsWithCertificate);
		try {
			for (const protocol of spoken) await request(tls, protocol, false, plan.lastPaths);
		} catch (error) {
			pathsStopReason = explainEnd(error);
		}
	} catch (error) {
		stopReason = explainEnd(error);
		pathsStopReason = stopReason;
	}
	return { hostName, stopReason, pathsStopReason, plainHttp, replies, served };

	/** Asks nothing but what certificate is served. */
	async function shakeHands(target: Target): Promise<void> {
		for (const protocol of protocols) {
			const context = options.contexts.of(protocol, false);
			if (context === null || served !== null) return;
			const channel = openChannel(target, protocol, context);
			const fail = (error: unknown) => {
				// Another protocol may do.
				if (error instanceof TimeOut) throw error;
			};
			await withinTime((signal) => channel.shakeHands(signal), options).catch(fail);
			served = channel.served();
		}
	}

	/** False where the other protocols need not be tried. */
	async function request(
		target: Target,
		protocol: Protocol,
		withCertificate: boolean,
		paths: readonly string[],
	): Promise<boolean> {
		const context = options.contexts.of(protocol, withCertificate);
		if (context === null || paths.length === 0) return true;
		const channel = openChannel(target, protocol, context);
		const record = (path: string, answer: Answer) => replies.push({ protocol, withCertificate, path, answer });
		try {
			for (const [index, path] of paths.entries()) {
				if (performance.now() > end) throw new TimeOut(`it was not done after ${total / 1000} s`);
				const read = (error: unknown) => readFaultInTime(error, channel.hasAgreed());
				const answer = await withinTime((signal) => channel.get(path, signal), options).catch(read);
				if (answer === "http-1.1-required") {
					spoken.add(protocol);
					continue;
				}
				if (answer === "not-spoken") {
					// Who offers no certificate was answered by it: what becomes of one who does is not known.
					if (spoken.has(protocol))
						record(path, { came: "nothing", reason: `it did not speak ${nameProtocol(protocol)} this time` });
					return true;
				}
				record(path, answer);
				if (answer.came !== "nothing" && answer.came !== "refusal") spoken.add(protocol);
				// A certificate can be asked for by one path alone: the others are asked anew.
				if (answer.came !== "nothing" && answer.came !== "refusal") continue;
				// The rest would come to the same.
				for (const other of paths.slice(index + 1)) record(other, answer);
				return answer.came !== "refusal";
			}
			return true;
		} finally {
			served ??= channel.served();
			channel.close();
		}
	}
}

/** Being out of time is the end of all. */
function readFaultInTime(error: unknown, hasAgreed: boolean): Fault {
	if (error instanceof TimeOut) throw error;
	return readFault(error, hasAgreed);
}

async function findTarget(hostName: string, port: number, options: ProbeOptions): Promise<Target> {
	const way = resolveConnectTo(options.connectTo, hostName, port);
	const addresses = await withinTime(() => findAddresses(way.host), options);
	return { hostName, ...way, addresses, userAgent: options.userAgent };
}

async function requestPlainHttp(target: Target, options: ProbeOptions): Promise<Answer> {
	try {
		return await withinTime((signal) => getPlainly(target, "/", signal), options);
	} catch (error) {
		if (error instanceof TimeOut) return { came: "nothing", reason: explainEnd(error) };
		const fault = readFault(error);
		return typeof fault === "string" ? { came: "nothing", reason: "it does not speak http" } : fault;
	}
}

/** Throws `TimeOut` where it takes too long. */
async function withinTime<T>(work: (signal: AbortSignal) => Promise<T>, { timeoutMs }: ProbeOptions): Promise<T> {
	const signal = AbortSignal.timeout(timeoutMs);
	try {
		return await orAborted(work(signal), signal);
	} catch (error) {
		throw signal.aborted ? new TimeOut(`no answer within ${timeoutMs / 1000} s`) : error;
	}
}

/** Of what cannot be stopped, nothing more is waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
		work.then(resolve, reject);
	});
}

function explainEnd(error: unknown): string {
	if (error instanceof TimeOut) return error.message;
	const fault = readFault(error);
	return typeof fault !== "string" && fault.came === "nothing" ? fault.reason : String(error);
}
