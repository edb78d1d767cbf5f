import { startFrontEnd } from "../support/front-end/front-end.ts";
import { type FrontEnd, type HostCertificates, issueHostCertificates } from "../support/front-end/sample-hosts.ts";

/** What the parent needs to ask there. */
export interface BenchFrontEnd extends Pick<FrontEnd, "httpPort" | "httpsPort"> {
	readonly root: string;
	readonly client: HostCertificates["client"];
}

/** A front end in a process of its own: every tenth of so many hosts hangs, or the last tenth of them. */
const [count = 0, hangsLast = 0] = process.argv.slice(2).map(Number);
const certificates = await issueHostCertificates();
const isHanging = (index: number) => (hangsLast ? index >= 0.9 * count : index % 10 === 0);
const front = await startFrontEnd(
	Array.from({ length: count }, (_, index) => ({
		hostName: `app-${index}.azurewebsites.net`,
		certificate: certificates.host.pair,
		clientCert: "Required" as const,
		exclusionPaths: ["/health"],
		http20: true,
		fault: isHanging(index) ? ("hangs-before-tls" as const) : null,
	})),
);
const { httpPort, httpsPort } = front;
const message: BenchFrontEnd = { httpPort, httpsPort, root: certificates.root.pem, client: certificates.client };
process.send?.(message);
