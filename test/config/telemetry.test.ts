import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exportsTelemetry, readTelemetry } from "../../src/config/telemetry.ts";

describe("where telemetry goes", () => {
	const connection = { APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=a" };

	it("is nowhere unless a setting says so", () => {
		assert.deepEqual(readTelemetry({}), { insights: null, otlp: false });
		assert.equal(
			exportsTelemetry({ APPLICATIONINSIGHTS_CONNECTION_STRING: " ", OTEL_EXPORTER_OTLP_ENDPOINT: "" }),
			false,
		);
	});

	it("is Application Insights, by a key or by identity", () => {
		assert.deepEqual(readTelemetry(connection).insights, {
			connectionString: "InstrumentationKey=a",
			identity: null,
		});
		const identityOf = (text: string, more = {}) =>
			readTelemetry({ ...connection, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text, ...more }).insights?.identity;
		assert.deepEqual(identityOf("Authorization=AAD"), { clientId: undefined });
		assert.deepEqual(identityOf("Authorization=AAD", { AZURE_CLIENT_ID: "a" }), { clientId: "a" });
		assert.deepEqual(identityOf("ClientId=b;Authorization=AAD", { AZURE_CLIENT_ID: "a" }), { clientId: "b" });
	});

	it("is a collector, or both", () => {
		const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" };
		assert.deepEqual(readTelemetry(collector), { insights: null, otlp: true });
		const { insights, otlp } = readTelemetry({ ...connection, ...collector });
		assert.deepEqual([insights !== null, otlp], [true, true]);
		assert.equal(exportsTelemetry(collector), true);
	});
});
