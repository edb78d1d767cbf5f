import { drifted, inSync, notApplicable, type Rule, type RuleContext, type Verdict } from "../evaluation/rule.ts";
import type { Site } from "../model/site.ts";
import type { HostReading, HttpAnswer } from "../probe/reading.ts";
import { checkManually, fixSettings, inconclusive, judgeHosts } from "./helpers/probed-hosts.ts";
import { httpsOnly } from "./https-only.ts";

/** Nobody must get an answer by plain http but the way to https. */
export const enforcedHttps: Rule<"httpsOnly"> = {
	id: "enforced-https",
	setting: "httpsOnly",
	perHostName: true,
	verifies: ["https-only"],
	description:
		"a host name answers plain http with anything but a redirect to https or 403, where `httpsOnly` is desired",
	severityNote: "critical where `Required` is desired, else high",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings#enforce-https",
	needs: (_, desired) => (desired ? ["probe"] : []),
	check(site, desired, context) {
		if (!desired) return [notApplicable("the policy wants plain http to be answered")];
		return judgeHosts(context, (host) => judgeHttps(host, site, context));
	},
};

function judgeHttps(host: HostReading, site: Site, context: RuleContext): Verdict {
	const { hostName, plainHttp: answer, stopReason } = host;
	if (answer === null) return inconclusive(host, stopReason ?? "plain http was not asked");
	if (answer.came === "refusal") return inSync(hostName);
	if (answer.came === "cut-off") return inconclusive(host, "plain http: the connection was cut off");
	if (answer.came !== "response") return inconclusive(host, `plain http: ${answer.reason}`);
	if (answer.blocker !== null) return inconclusive(host, `plain http: ${answer.blocker}`);
	if (answer.status === 403 || leadsToHttps(answer)) return inSync(hostName);
	const { clientCertMode } = context.desired;
	const certificateRequired = clientCertMode.state === "desired" && clientCertMode.value === "Required";
	const observed = isRedirect(answer) ? "redirected to http" : "answered";
	return drifted(
		{
			severity: certificateRequired ? "critical" : "high",
			desired: "refused or redirected to https",
			observed,
			explanation: [
				`GET http://${hostName}/ got ${answer.status}${isRedirect(answer) ? ", and not to https" : ""}.`,
				certificateRequired
					? "Over plain http no client certificate can be asked for: callers get in without one."
					: "What callers send and receive there is not encrypted.",
			].join(" "),
			remedy: fixSettings(httpsOnly, site, context) ?? [checkManually(hostName)],
		},
		hostName,
	);
}

function isRedirect({ status, location }: HttpAnswer): boolean {
	return [301, 302, 303, 307, 308].includes(status) && location !== null;
}

function leadsToHttps(answer: HttpAnswer): boolean {
	return isRedirect(answer) && /^https:\/\//i.test(answer.location ?? "");
}
