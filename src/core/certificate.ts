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
	readonly location: string;
}

/** The certificates of a subscription, or why they could not be read. */
export type CertificateReading =
	| { readonly readable: true; readonly certificates: readonly Certificate[] }
	| { readonly readable: false; readonly reason: string };

/** Why a rule cannot tell without them. */
export function explainUnread(reason: string): string {
	return `the subscription's certificates could not be read: ${reason}`;
}

/**
 * The certificate to bind a host name with: valid, made out to it, in the site's region, and where `az webapp config ssl bind`
 * looks: in the site's resource group first, then in its plan's. Of several, the one that expires last.
 */
export function bestCertificate(
	hostName: string,
	site: Site,
	certificates: readonly Certificate[],
	now: Date,
): Certificate | undefined {
	const usable = certificates.filter(
		(certificate) =>
			certificate.expiresAt > now &&
			(certificate.validFrom === null || certificate.validFrom <= now) &&
			region(certificate.location) === region(site.location) &&
			certificate.hostNames.some((name) => isMadeOutTo(name, hostName)),
	);
	for (const resourceGroup of [site.resourceGroup, site.planResourceGroup]) {
		const [latest] = usable
			.filter((certificate) => isIn(certificate, resourceGroup))
			.toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime() || (a.thumbprint < b.thumbprint ? -1 : 1));
		if (latest) return latest;
	}
	return undefined;
}

/** The certificate with this thumbprint, where `az webapp config ssl bind` finds it for the site. */
export function certificateWith(
	thumbprint: string,
	site: Site,
	certificates: readonly Certificate[],
): Certificate | undefined {
	return certificates.find(
		(certificate) =>
			certificate.thumbprint === thumbprint &&
			[site.resourceGroup, site.planResourceGroup].some((resourceGroup) => isIn(certificate, resourceGroup)),
	);
}

function isIn(certificate: Certificate, resourceGroup: string | null): boolean {
	return certificate.resourceGroup.toLowerCase() === resourceGroup?.toLowerCase();
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
