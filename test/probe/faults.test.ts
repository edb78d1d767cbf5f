import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readFault } from "../../src/probe/faults.ts";

const error = (code: string, message = "") => Object.assign(new Error(message), { code });
/** As Node gives it where the alert comes while it writes. */
const alert = (number: number) =>
	error("EPROTO", `write EPROTO …: some words of OpenSSL: …:SSL alert number ${number}`);

describe("an error of a request", () => {
	it("says that the server does not speak the protocol", () => {
		const faults = [
			alert(70),
			alert(120),
			error("ERR_SSL_UNSUPPORTED_PROTOCOL"),
			error("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"),
		];
		for (const fault of faults) assert.equal(readFault(fault), "not-spoken", fault.message);
	});

	it("says that the server wants HTTP/1.1 for this one", () => {
		for (const [code, message] of [
			["ERR_HTTP2_STREAM_ERROR", "Stream closed with error code NGHTTP2_HTTP_1_1_REQUIRED"],
			["ERR_HTTP2_SESSION_ERROR", "Session closed with error code 13"],
		] as const) {
			assert.equal(readFault(error(code, message)), "http-1.1-required", message);
		}
	});

	it("says that the server wants a certificate, or another one", () => {
		for (const number of [40, 42, 46, 48, 49, 116]) {
			const reason = `it broke off the TLS handshake with alert ${number}`;
			assert.deepEqual(readFault(alert(number)), { came: "alert", reason });
		}
	});

	it("says nothing of certificates where the server broke off before it had shown its own", () => {
		const reason = "it broke off the TLS handshake with alert 40";
		assert.deepEqual(readFault(alert(40), false), { came: "nothing", reason });
	});

	it("says nothing of certificates where the server has trouble of its own, or does not know the name", () => {
		for (const number of [10, 47, 50, 51, 71, 80, 112]) {
			const reason = `it broke off the TLS handshake with alert ${number}`;
			assert.deepEqual(readFault(alert(number)), { came: "nothing", reason });
		}
	});

	it("says that nobody listens only where that is so of each address", () => {
		const both = (...codes: string[]) =>
			Object.assign(new AggregateError(codes.map((code) => error(code))), { code: codes[0] });
		assert.deepEqual(readFault(both("ECONNREFUSED", "ECONNREFUSED")), { came: "refusal" });
		const reason = "one of its addresses gave no answer";
		assert.deepEqual(readFault(both("ECONNREFUSED", "ETIMEDOUT")), { came: "nothing", reason });
	});

	it("is told in words, and by its code where there are none", () => {
		assert.deepEqual(readFault(error("ECONNREFUSED")), { came: "refusal" });
		assert.deepEqual(readFault(error("ENOTFOUND")), { came: "nothing", reason: "there is no such name in DNS" });
		assert.deepEqual(readFault(error("HPE_INVALID")), { came: "nothing", reason: "it failed (HPE_INVALID)" });
		assert.deepEqual(readFault(new Error("?")), { came: "nothing", reason: "it failed (without a code)" });
	});
});
