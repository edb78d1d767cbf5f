import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAzureHostName, isHostName, isTrafficManagerName } from "../../../src/core/model/host-name.ts";

describe("isAzureHostName", () => {
	const own = [
		"app.azurewebsites.net",
		"app-a1b2.westeurope-01.azurewebsites.net",
		"app.azurewebsites.us",
		"app.chinacloudsites.cn",
		"app.ase.appserviceenvironment.net",
		"app.ase.appserviceenvironment.us",
		"app.ase.appserviceenvironment.cn",
		"app.trafficmanager.net",
		"app.usgovtrafficmanager.net",
		"app.trafficmanager.cn",
	];
	for (const name of own) it(`${name} is`, () => assert.equal(isAzureHostName(name), true));
	const others = [
		"www.contoso.com",
		"azurewebsites.net",
		"notazurewebsites.net",
		"app.azurewebsites.net.contoso.com",
		"app.azurewebsitesxnet",
		"app.trafficmanager.net.contoso.com",
	];
	for (const name of others) it(`${name} is not`, () => assert.equal(isAzureHostName(name), false));
});

describe("isTrafficManagerName", () => {
	it("of every cloud", () => {
		for (const name of ["a.trafficmanager.net", "a.usgovtrafficmanager.net", "a.trafficmanager.cn"])
			assert.equal(isTrafficManagerName(name), true, name);
	});
	it("no other", () => {
		for (const name of ["a.azurewebsites.net", "a.usgovtrafficmanager.cn", "a.trafficmanager.net.contoso.com"])
			assert.equal(isTrafficManagerName(name), false, name);
	});
});

describe("isHostName", () => {
	const label = "a".repeat(63);
	/** Of four labels, with so many characters. */
	const long = (length: number) => `${label}.${label}.${label}.${"b".repeat(length - 3 * 64)}`;
	const names = [
		"contoso.com",
		"a.b-c.contoso.com",
		"_acme.contoso.com",
		"xn--mnchen-3ya.de",
		"1.contoso.com",
		`${label}.com`,
		`a.${label}`,
		long(253),
	];
	for (const name of names) it(`${name} is`, () => assert.equal(isHostName(name), true));
	const others = [
		"",
		"contoso",
		"contoso.com.",
		".contoso.com",
		"a..contoso.com",
		"*.contoso.com",
		"-a.contoso.com",
		"a-.contoso.com",
		"contoso.com-",
		"10.0.0.4",
		"www.contoso.com:443",
		"www.contoso.com/a",
		"münchen.de",
		"WWW.contoso.com",
		`${label}a.com`,
		`a.${label}a`,
		long(254),
	];
	for (const name of others) it(`${JSON.stringify(name)} is not`, () => assert.equal(isHostName(name), false));
});
