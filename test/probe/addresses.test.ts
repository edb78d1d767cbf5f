import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findAddresses, isForbidden } from "../../src/probe/addresses.ts";

describe("the addresses that are never asked", () => {
	const cases: Readonly<Record<string, boolean>> = {
		"169.254.169.254": true,
		"169.254.130.1": true,
		"168.63.129.16": true,
		"0.0.0.0": true,
		"224.0.0.1": true,
		"255.255.255.255": true,
		"fe80::1": true,
		"fe80::1%eth0": true,
		"febf::1": true,
		"::": true,
		"ff02::1": true,
		"fd00:ec2::254": true,
		"::ffff:169.254.169.254": true,
		"::ffff:a9fe:a9fe": true,
		"::ffff:168.63.129.16": true,
		"64:ff9b::a9fe:a9fe": true,
		"64:ff9b::a83f:8110": true,
		"64:ff9b:1::a9fe:a9fe": true,
		"::169.254.169.254": true,
		"::168.63.129.16": true,
		"::ffff:0:169.254.169.254": true,
		"::ffff:0:168.63.129.16": true,
		"2002:a9fe:a9fe::1": true,
		"2002:a83f:8110::1": true,
		// A private endpoint, and a tunnel to one.
		"10.0.0.4": false,
		"127.0.0.1": false,
		"::1": false,
		"fd00::4": false,
		"20.50.2.1": false,
		"168.63.129.17": false,
		"169.253.255.255": false,
		"2603:1020::1": false,
	};
	for (const [address, expected] of Object.entries(cases)) {
		it(`${address}: ${expected ? "refused" : "asked"}`, () => assert.equal(isForbidden(address), expected));
	}

	it("refuses a host as soon as one of its addresses is among them", async () => {
		await assert.rejects(findAddresses("169.254.169.254"), /its address 169\.254\.169\.254 is none of App Service/);
		assert.deepEqual(await findAddresses("127.0.0.1"), [{ address: "127.0.0.1", family: 4 }]);
	});
});
