import type { HttpHandler } from "@azure/functions";
import type { EnqueuedScans } from "../scan/enqueue-scans.ts";
import { type RequestPorts, type RequestSettings, requestScans } from "../scan/request-scans.ts";
import type { Log } from "../telemetry/log.ts";
import { BadRequestError, readSubscriptions } from "../web/parameters.ts";
import { answerJson, chooseNamed, withErrors } from "./http.ts";
import { logTo } from "./log.ts";

/** Puts scans on the queue, and says which: 202; 503 where one of them could not be. */
export function createScanRequest(settings: RequestSettings, ports: Omit<RequestPorts, keyof Log>): HttpHandler {
	return withErrors(async (request, context) => {
		const named = readSubscriptions(request.query);
		if ((await request.text()).trim() !== "") {
			throw new BadRequestError("there is no body to be sent: name subscriptions as ?subscription=ID");
		}
		const { started, running, failed } = await requestScans(settings, (all) => chooseNamed(named, all), {
			...ports,
			...logTo(context),
		});
		const content = { started: started.map(describeScan), running: running.map(describeScan) };
		if (failed.length === 0) return answerJson(202, content);
		const message = [...new Set(failed.map((one) => one.message))].join("; ");
		logTo(context).logError("request-failed", message, { function: context.functionName });
		return answerJson(503, {
			...content,
			failed: failed.map(({ subscription }) => ({ subscription })),
			error: { code: "unavailable", message },
		});
	});
}

function describeScan({ subscription, scan: { id, since } }: EnqueuedScans["started"][number]) {
	return { subscription, scan: { id, since: since.toISOString() } };
}
