import type { Site } from "./site.ts";

/** A certificate that App Service holds (`Microsoft.Web/certificates`). */
export interface Certificate {
	/** Upper-case hexadecimal SHA-1. */
	readonly thumbprint: string;
	/** The names it is made out to; `*.contoso.com` stands for one label. */
	readonly hostNames: readonly string[];
	/** Null where ARM does not tell. */
	readonly validFrom: Date | null;
	readonly expiresAt: Date;
	readonly resourceGroup: string;
	/** The ID of the App Service plan that it was made for; null where it is for none. */
	readonly planId: string | null;
	readonly location: string;
}

/** Certificates by what they are looked for. */
export interface CertificateStore {
	readonly byThumbprint: ReadonlyMap<string, Certificate>;
	/** By the name of the resource group in lower case. */
	readonly byResourceGroup: ReadonlyMap<string, readonly Certificate[]>;
	/** By the plan's ID in lower case. */
	readonly byPlan: ReadonlyMap<string, readonly Certificate[]>;
}

/** The certificates of a subscription, or why they could not be read. */
export type CertificateReading =
	| { readonly readable: true; readonly certificates: CertificateStore }
	| { readonly readable: false; readonly reason: string };

export function storeCertificates(certificates: readonly Certificate[]): CertificateStore {
	return {
		byThumbprint: new Map(certificates.map((certificate) => [certificate.thumbprint, certificate])),
		byResourceGroup: Map.groupBy(certificates, ({ resourceGroup }) => resourceGroup.toLowerCase()),
		byPlan: Map.groupBy(certificates, ({ planId }) => planId?.toLowerCase() ?? ""),
	};
}

/** Why a rule cannot tell without them. */
export function explainUnread(reason: string): string {
	return `the subscription's certificates could not be read: ${reason}`;
}

/**
 * The certificate to bind a host name with: valid, made out to it, in the site's region, and where `az webapp config ssl bind`
 * looks: in the site's resource group first, then in its plan's, then among those made for its plan. Of several, the one that expires last; `laterThan` leaves
 * those out that do not outlive the one that is bound.
 */
export function bestCertificate(
	hostName: string,
	site: Site,
	certificates: CertificateStore,
	now: Date,
	laterThan = now,
): Certificate | undefined {
	for (const some of certificatesInReach(site, certificates)) {
		const [latest] = some
			.filter((certificate) => certificate.expiresAt > laterThan && fits(certificate, hostName, site, now))
			.toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime() || (a.thumbprint < b.thumbprint ? -1 : 1));
		if (latest) return latest;
	}
	return undefined;
}

/** Whether a host name can be bound with the certificate of this thumbprint. */
export function canBind(
	thumbprint: string,
	hostName: string,
	site: Site,
	certificates: CertificateStore,
	now: Date,
): boolean {
	return certificatesInReach(site, certificates).some((some) =>
		some.some((certificate) => certificate.thumbprint === thumbprint && fits(certificate, hostName, site, now)),
	);
}

/** The certificate of this thumbprint, be it valid or not, if it is where `az webapp config ssl bind` looks. */
export function certificateInReach(
	thumbprint: string,
	site: Site,
	certificates: CertificateStore,
): Certificate | undefined {
	return certificatesInReach(site, certificates)
		.flat()
		.find((certificate) => certificate.thumbprint === thumbprint);
}

function certificatesInReach(site: Site, { byResourceGroup, byPlan }: CertificateStore): (readonly Certificate[])[] {
	const { resourceGroup, planResourceGroup, planId } = site;
	return [
		byResourceGroup.get(resourceGroup.toLowerCase()) ?? [],
		byResourceGroup.get(planResourceGroup?.toLowerCase() ?? "") ?? [],
		planId === null ? [] : (byPlan.get(planId.toLowerCase()) ?? []),
	];
}

function fits(certificate: Certificate, hostName: string, site: Site, now: Date): boolean {
	return (
		certificate.expiresAt > now &&
		(certificate.validFrom === null || certificate.validFrom <= now) &&
		region(certificate.location) === region(site.location) &&
		certificate.hostNames.some((name) => isMadeOutTo(name, hostName))
	);
}

function isMadeOutTo(certificateName: string, hostName: string): boolean {
	const name = certificateName.toLowerCase();
	const host = hostName.toLowerCase();
	return name === host || (name.startsWith("*.") && name.slice(1) === host.slice(host.indexOf(".")));
}

/** ARM writes one region as `West Europe` and as `westeurope`. */
function region(location: string): string {
	return location.toLowerCase().replaceAll(" ", "");
}
