import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConnectTo, resolveConnectTo } from "../../src/probe/connect-to.ts";

describe("--connect-to", () => {
	const ways: readonly [connectTo: readonly string[], host: string, port: number, expected: string][] = [
		[[], "a.contoso.com", 443, "a.contoso.com:443"],
		[["a.contoso.com:443:10.0.0.4:8443"], "a.contoso.com", 443, "10.0.0.4:8443"],
		[["a.contoso.com:443:10.0.0.4:8443"], "a.contoso.com", 80, "a.contoso.com:80"],
		[["a.contoso.com:443:10.0.0.4:8443"], "b.contoso.com", 443, "b.contoso.com:443"],
		[["A.contoso.com::10.0.0.4:"], "a.contoso.com", 80, "10.0.0.4:80"],
		[["::[fd00::4]:8443"], "a.contoso.com", 80, "fd00::4:8443"],
		[[":443::8443"], "a.contoso.com", 443, "a.contoso.com:8443"],
		[[":443:one.contoso.com:", "::two.contoso.com:"], "a.contoso.com", 443, "one.contoso.com:443"],
		[[":443:one.contoso.com:", "::two.contoso.com:"], "a.contoso.com", 80, "two.contoso.com:80"],
	];
	for (const [texts, host, port, expected] of ways) {
		it(`${texts.join(" and ") || "none"}: ${host}:${port} leads to ${expected}`, () => {
			const connectTo = texts.map((text) => parseConnectTo(text) ?? assert.fail(text));
			const way = resolveConnectTo(connectTo, host, port);
			assert.equal(`${way.host}:${way.port}`, expected);
		});
	}

	for (const text of [
		"",
		"a",
		"a:443",
		"a:443:b",
		"a:443:b:c",
		"a:0:b:1",
		"a:1:b:65536",
		"a:1:fd00::4:1",
		"a:1:b:1:2",
	]) {
		it(`refuses "${text}"`, () => assert.equal(parseConnectTo(text), undefined));
	}
});
