import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";

/** An address to connect to. */
export interface Address {
	readonly address: string;
	readonly family: 4 | 6;
}

/** A host name that must not be asked, wherever its DNS got that address from. */
export class ForbiddenAddressError extends Error {
	override readonly name = "ForbiddenAddressError";
	constructor(address: string) {
		super(`its address ${address} is none of App Service: link-local, the platform's own, or no host's at all`);
	}
}

/**
 * Where machines find their credentials and their cloud, and what is no address of one host. A DNS record can lead there.
 * Sources: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16, RFC 3927, RFC 4291, RFC 6052, RFC 8215, RFC 2765, RFC 3056.
 */
const forbidden = new BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("168.63.129.16", "ipv4");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addAddress("::", "ipv6");
forbidden.addSubnet("224.0.0.0", 3, "ipv4");
forbidden.addSubnet("ff00::", 8, "ipv6");
// The same IPv4 addresses within IPv6 ones.
forbidden.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
forbidden.addAddress("64:ff9b::a83f:8110", "ipv6");
forbidden.addSubnet("64:ff9b:1::", 48, "ipv6");
forbidden.addSubnet("::a9fe:0", 112, "ipv6");
forbidden.addAddress("::a83f:8110", "ipv6");
forbidden.addSubnet("::ffff:0:a9fe:0", 112, "ipv6");
forbidden.addAddress("::ffff:0:a83f:8110", "ipv6");
forbidden.addSubnet("2002:a9fe::", 32, "ipv6");
forbidden.addSubnet("2002:a83f:8110::", 48, "ipv6");

export function isForbidden(address: string): boolean {
	return forbidden.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** The addresses of a host. Throws where there is none, or one of them must not be asked. */
export async function findAddresses(host: string): Promise<readonly Address[]> {
	const family = isIP(host);
	const found = family === 0 ? await lookup(host, { all: true }) : [{ address: host, family }];
	for (const { address } of found) if (isForbidden(address)) throw new ForbiddenAddressError(address);
	return found as Address[];
}

/** Hands out what was found and checked: DNS is not asked twice, since it could answer otherwise. */
export function lookupIn(addresses: readonly Address[]): LookupFunction {
	return (_, { all }, callback) => {
		if (all) callback(null, [...addresses]);
		else callback(null, (addresses[0] as Address).address, (addresses[0] as Address).family);
	};
}
