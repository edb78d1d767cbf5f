import { list } from "@azure/arm-appservice/api/certificates";
import * as z from "zod";
import type { Certificate } from "../core/model/certificate.ts";
import type { SubscriptionClient } from "./client.ts";
import { fromSdk, readPages } from "./pages.ts";

/** What a binding needs to know of a certificate. The SDK's types promise it, ARM does not. */
const usable = z
	.object({
		id: z.string().regex(/\/resourceGroups\/[^/]+\//i),
		thumbprint: z.string().regex(/^[\da-f]{40}$/i),
		hostNames: z.array(z.unknown()),
		issueDate: z.date().nullish(),
		expirationDate: z.date(),
		serverFarmId: z.string().nullish(),
		location: z.string(),
	})
	.transform(
		({ id, thumbprint, hostNames, issueDate, expirationDate, serverFarmId, location }): Certificate => ({
			thumbprint: thumbprint.toUpperCase(),
			hostNames: hostNames.filter((name) => typeof name === "string"),
			validFrom: issueDate ?? null,
			expiresAt: expirationDate,
			resourceGroup: id.split("/")[4] as string,
			planId: serverFarmId ?? null,
			location,
		}),
	);

/** The certificates that App Service holds in a subscription; one without the facts that a binding needs is left out. */
export async function listCertificates(client: SubscriptionClient): Promise<Certificate[]> {
	const certificates: Certificate[] = [];
	for await (const page of readPages(fromSdk(list(client)))) {
		for (const certificate of page) {
			const parsed = usable.safeParse(certificate);
			if (parsed.success) certificates.push(parsed.data);
		}
	}
	return certificates;
}
