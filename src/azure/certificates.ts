import { createWebSiteManagement } from "@azure/arm-appservice/api";
import { list } from "@azure/arm-appservice/api/certificates";
import type { Certificate } from "../core/certificate.ts";
import type { Arm } from "./arm.ts";

/** The certificates that App Service holds in a subscription; one without the facts that a binding needs is left out. */
export async function listCertificates(arm: Arm, subscriptionId: string): Promise<Certificate[]> {
	const certificates: Certificate[] = [];
	for await (const { id, thumbprint, hostNames, expirationDate, location } of list(
		createWebSiteManagement(arm.credential, subscriptionId, arm.options),
	)) {
		const resourceGroup = /\/resourceGroups\/([^/]+)\//i.exec(id ?? "")?.[1];
		if (resourceGroup === undefined || !thumbprint || !hostNames || !expirationDate) continue;
		certificates.push({
			thumbprint: thumbprint.toUpperCase(),
			hostNames,
			expiresAt: expirationDate,
			resourceGroup,
			location: location ?? "",
		});
	}
	return certificates;
}
