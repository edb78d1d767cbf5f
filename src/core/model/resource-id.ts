import type { Site } from "./site.ts";

// A segment of dots would lead a URL elsewhere; azure-cli takes a word that starts with @ for the name of a file to read.
const shape =
	/^\/subscriptions\/(?<subscriptionId>(?!@)[^/\0]{1,260})\/resourceGroups\/(?<resourceGroup>(?!@|\.+\/)[^/\0]{1,260})\/providers\/Microsoft\.Web\/sites\/(?<name>(?!@|\.+(?:\/|$))[^/\0]{1,260})(?:\/slots\/(?<slot>(?!@|\.+$)[^/\0]{1,260}))?$/i;

/** The parts of the ARM ID of a site or slot; undefined when it is neither's. */
export function parseSiteId(id: string): Pick<Site, "subscriptionId" | "resourceGroup" | "name" | "slot"> | undefined {
	const parts = shape.exec(id)?.groups as
		| { subscriptionId: string; resourceGroup: string; name: string; slot?: string }
		| undefined;
	return parts === undefined ? undefined : { ...parts, slot: parts.slot ?? null };
}
