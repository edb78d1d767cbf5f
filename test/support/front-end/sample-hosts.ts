import { X509Certificate } from "node:crypto";
import { connectProbes, type HostProber, type ProbeConfig } from "../../../src/probe/connect.ts";
import { exportKey, type Issued, issueAuthority, issueLeaf, serverAuth } from "../certificates/client-certificates.ts";
import type { FrontEndSite, startFrontEnd } from "./front-end.ts";

const day = 86_400_000;
const at = (days: number) => new Date(Date.now() + days * day).toISOString();
const dates = { notBefore: at(-1), notAfter: at(30) };

/** A certificate that a host serves, and what ARM calls it. */
export interface HostCertificate {
	readonly pair: FrontEndSite["certificate"];
	readonly thumbprint: string;
}

/** What it takes to ask hosts at their doors, and to be asked. */
export interface HostCertificates {
	readonly root: Issued;
	readonly client: { readonly cert: string; readonly key: string };
	readonly host: HostCertificate;
	readonly otherHost: HostCertificate;
	readonly expired: HostCertificate;
	readonly otherName: HostCertificate;
	readonly untrusted: HostCertificate;
	/** By its subject alone, which counts no more. */
	readonly bySubject: HostCertificate;
}

export async function issueHostCertificates(): Promise<HostCertificates> {
	const root = await issueAuthority(dates);
	const stranger = await issueAuthority({ ...dates, name: "CN=Nobody knows" });
	const issue = async (changes: Parameters<typeof issueLeaf>[0] = {}): Promise<HostCertificate> => {
		const names = ["*.contoso.com", "*.azurewebsites.net"].map((value) => ({ type: "dns", value }) as const);
		const options = { ...dates, name: "CN=hosts", altNames: names, issuer: root, extendedKeyUsage: [serverAuth] };
		const issued = await issueLeaf({ ...options, ...changes });
		const thumbprint = new X509Certificate(issued.der).fingerprint.replaceAll(":", "");
		return { pair: { cert: issued.pem, key: await exportKey(issued) }, thumbprint };
	};
	const client = await issueLeaf({ ...dates, name: "CN=prober, O=Contoso" });
	return {
		root,
		client: { cert: client.pem, key: await exportKey(client) },
		host: await issue(),
		otherHost: await issue(),
		expired: await issue({ notBefore: at(-30), notAfter: at(-1) }),
		otherName: await issue({ altNames: [{ type: "dns", value: "www.fabrikam.com" }] }),
		untrusted: await issue({ issuer: stranger }),
		bySubject: await issue({ name: "CN=app.azurewebsites.net", altNames: [] }),
	};
}

export type FrontEnd = Awaited<ReturnType<typeof startFrontEnd>>;

/** The product's own doors, all of which lead to a front end. */
export function leadTo(
	{ httpPort, httpsPort }: FrontEnd,
	{ root }: HostCertificates,
	identity: ProbeConfig["identity"] = null,
	timeoutMs?: number,
): HostProber {
	const connectTo = [
		{ fromHost: null, fromPort: 443, toHost: "127.0.0.1", toPort: httpsPort },
		{ fromHost: null, fromPort: 80, toHost: "127.0.0.1", toPort: httpPort },
	];
	return connectProbes({ identity, authorities: [root.pem], connectTo }, timeoutMs);
}

/** The same for a command line. */
export function connectToOptions({ httpPort, httpsPort }: FrontEnd): string[] {
	return ["--connect-to", `:443:127.0.0.1:${httpsPort}`, "--connect-to", `:80:127.0.0.1:${httpPort}`];
}
