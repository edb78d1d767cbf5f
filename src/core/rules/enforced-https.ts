import { type Circumstances, drifted, inSync, notApplicable, type Rule, type Verdict } from "../evaluation/rule.ts";
import type { Site } from "../model/site.ts";
import type { HostReading, HttpAnswer } from "../probe/reading.ts";
import { judgeHosts, lookForYourself, mendSettings, untold } from "./helpers/probed-hosts.ts";
import { httpsOnly } from "./https-only.ts";

/** Nobody must get an answer by plain http but the way to https. */
export const enforcedHttps: Rule<"httpsOnly"> = {
	id: "enforced-https",
	setting: "httpsOnly",
	perHostName: true,
	confirms: ["https-only"],
	driftedWhen:
		"a host name answers plain http with anything but a redirect to https or 403, where `httpsOnly` is desired",
	howSevere: "critical where `Required` is desired, else high",
	learnMore: "https://learn.microsoft.com/azure/app-service/configure-ssl-bindings#enforce-https",
	needs: (_, desired) => (desired ? ["door"] : []),
	check(site, desired, circumstances) {
		if (!desired) return [notApplicable("the policy wants plain http to be answered")];
		return judgeHosts(circumstances, (host) => judge(host, site, circumstances));
	},
};

function judge(host: HostReading, site: Site, circumstances: Circumstances): Verdict {
	const { hostName, plainHttp: answer, gaveUp } = host;
	if (answer === null) return untold(host, gaveUp ?? "plain http was not asked");
	if (answer.came === "refusal") return inSync(hostName);
	if (answer.came === "cut-off") return untold(host, "plain http: the connection was cut off");
	if (answer.came !== "response") return untold(host, `plain http: ${answer.reason}`);
	if (answer.hindrance !== null) return untold(host, `plain http: ${answer.hindrance}`);
	if (answer.status === 403 || leadsToHttps(answer)) return inSync(hostName);
	const { clientCertMode } = circumstances.desired;
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
			remedy: mendSettings(httpsOnly, site, circumstances) ?? [lookForYourself(hostName)],
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
