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

/**
 * The certificate to bind a host name with: valid, made out to it, in the site's region, and in a resource group where
 * `az webapp config ssl bind` looks: the site's first, then its plan's. Of several, the one that expires last.
 */
export function certificateFor(
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
			.filter((certificate) => certificate.resourceGroup.toLowerCase() === resourceGroup?.toLowerCase())
			.toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime() || (a.thumbprint < b.thumbprint ? -1 : 1));
		if (latest) return latest;
	}
	return undefined;
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
